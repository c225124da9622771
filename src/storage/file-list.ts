// The keys of a directory tree in the order S3 lists them.

import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { isTemporary } from './file-keys.ts'
import { compareKeys } from './key-order.ts'

/** What `error` of the file system says when nothing is there. Anything else is for the caller to tell: what cannot be read is not absent. */
export function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
  throw error
}

/** Keys of the files below `root` that begin with `prefix` and follow `startAfter`. Links to files count, links to folders are not followed. */
export async function * listFiles(root: string, prefix: string, startAfter: string | undefined, folder = ''): AsyncGenerator<string> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(absent) ?? []
  const names: string[] = []
  for (const entry of entries) {
    if (isTemporary(entry.name)) continue
    // With its slash a folder sorts where its files belong: "a.txt" before "a/b", for '.' is less than '/'.
    if (entry.isDirectory()) names.push(`${folder}${entry.name}/`)
    else if (entry.isFile() || (entry.isSymbolicLink() && await isFile(path.join(root, folder, entry.name)))) names.push(`${folder}${entry.name}`)
  }
  for (const name of names.toSorted(compareKeys)) {
    if (name.endsWith('/')) {
      const mayHold = name.startsWith(prefix) || prefix.startsWith(name)
      const mayFollow = startAfter === undefined || startAfter.startsWith(name) || compareKeys(name, startAfter) > 0
      if (mayHold && mayFollow) yield * listFiles(root, prefix, startAfter, name)
    } else if (name.startsWith(prefix) && (startAfter === undefined || compareKeys(name, startAfter) > 0)) yield name
  }
}

async function isFile(file: string): Promise<boolean> {
  const found = await stat(file).catch(absent)
  return found?.isFile() ?? false
}
