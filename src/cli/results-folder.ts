// Where the files of a run go: a folder of its own, or a named one, where they take the place of an older run's.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { resultSchema } from '../report/json.ts'
import { Fault } from '../util/fault.ts'

export const resultsRoot = 'dlio-s3-results'

/** "20261122T213000Z-unet3d-7f3c". `wallMilliseconds` since 1970. */
export function folderName(workload: string, wallMilliseconds: number): string {
  const stamp = new Date(wallMilliseconds).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `${stamp}-${workload.replaceAll(/[^\w.-]+/g, '_')}-${randomBytes(2).toString('hex')}`
}

/** Makes the folder. With no name given it lies in dlio-s3-results/, and `latest` there points to it. */
export async function openResultsFolder(given: string | undefined, workload: string, wallMilliseconds: number): Promise<string> {
  const folder = path.resolve(given ?? path.join(resultsRoot, folderName(workload, wallMilliseconds)))
  await mkdir(folder, { recursive: true }).catch((error: unknown) => { throw fileFault(folder, error) })
  await removeOlderResult(folder).catch((error: unknown) => { throw fileFault(folder, error) })
  if (given === undefined) await pointLatestAt(folder)
  return folder
}

/** What a results file that cannot be written is: not a bug, and not the store's fault. */
export function fileFault(file: string, error: unknown): Fault<'usage'> {
  return new Fault('usage', `${file} cannot be written: ${(error as Error).message}`, { info: { file }, hint: 'name another folder with --out DIR', cause: error })
}

const ownNames = /^(?:events\.jsonl|report\.txt|summary\.json|dlio\.log|\d+_output\.json|\d+_per_epoch_stats\.json)$/

/** A new result must not stand beside parts of an older one. Only a folder with a result.json of ours is touched, and only our names in it. */
async function removeOlderResult(folder: string): Promise<void> {
  const result = path.join(folder, 'result.json')
  const text = await readFile(result, 'utf8').catch(() => '')
  if (!text.includes(`"${resultSchema}"`)) return
  const names = (await readdir(folder)).filter((name) => ownNames.test(name))
  for (const name of [...names, 'result.json']) await rm(path.join(folder, name), { force: true })
}

/** A convenience: a file system without links, or another program's `latest`, is no reason to fail. */
async function pointLatestAt(folder: string): Promise<void> {
  const link = path.join(path.dirname(folder), 'latest')
  const fresh = `${link}-${randomBytes(4).toString('hex')}`
  try {
    const isOurs = await readlink(link).then(() => true, (error: NodeJS.ErrnoException) => error.code === 'ENOENT')
    if (!isOurs) return
    await symlink(path.basename(folder), fresh)
    await rename(fresh, link)
  } catch {
    await rm(fresh, { force: true })
  }
}

/** Writes a whole file or leaves the one before: readers never see half of it. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const fresh = `${file}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(fresh, text)
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw fileFault(file, error)
  }
}
