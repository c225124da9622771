// Folders with those above them. Node's own `recursive` never ends where a file system says ENOENT of a name that it will not
// have, as /proc does: it makes the folder above, which is there, and tries again.

import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Makes `folder`, and above it what is missing; one that is there is as good. @throws the file system's error; 'EPERM' where it lets no folder be made. */
export async function makeFolder(folder: string): Promise<void> {
  if (await tryMake(folder) !== 'ENOENT') return
  const above = path.dirname(folder)
  if (above !== folder && !await isFolder(above)) await makeFolder(above)
  // Once more in any case: somebody else may have made what is above in between.
  if (await tryMake(folder) === 'ENOENT') throw Object.assign(new Error(`${above} lets no folder be made in it`), { code: 'EPERM' })
}

/** 'ENOENT' when it is not made because of what is above it; undefined once it is there. */
async function tryMake(folder: string): Promise<'ENOENT' | undefined> {
  try {
    await mkdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'ENOENT'
    // Of one that is there file systems say this and that: EEXIST, EROFS, EPERM.
    if (!await isFolder(folder)) throw error
  }
  return undefined
}

async function isFolder(name: string): Promise<boolean> {
  return await stat(name).then((found) => found.isDirectory(), () => false)
}
