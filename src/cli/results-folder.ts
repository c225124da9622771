// Where the files of a run go: a folder of its own, or a named one, where they take the place of an older run's.

import { randomBytes } from 'node:crypto'
import { readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { resultSchema } from '../report/json.ts'
import { Fault, isFault } from '../util/fault.ts'
import { makeFolder } from '../util/make-folder.ts'

export const resultsRoot = 'dlio-s3-results'

/** "20261122T213000Z-unet3d-7f3c". `wallMilliseconds` since 1970. */
export function folderName(workload: string, wallMilliseconds: number): string {
  const stamp = new Date(wallMilliseconds).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `${stamp}-${workload.replaceAll(/[^\w.-]+/g, '_')}-${randomBytes(2).toString('hex')}`
}

/** Makes the folder. With no name given it lies in dlio-s3-results/, and `latest` there points to it. */
export async function openResultsFolder(given: string | undefined, workload: string, wallMilliseconds: number): Promise<string> {
  const folder = path.resolve(given ?? path.join(resultsRoot, folderName(workload, wallMilliseconds)))
  await makeFolder(folder).catch((error: unknown) => { throw fileFault(folder, error) })
  await removeOlderResult(folder).catch((error: unknown) => { throw isFault(error) ? error : fileFault(folder, error) })
  if (given === undefined) await pointLatestAt(folder)
  return folder
}

/** What a results file that cannot be written is: not a bug, and not the store's fault. */
export function fileFault(file: string, error: unknown): Fault<'usage'> {
  return new Fault('usage', `${file} cannot be written: ${(error as Error).message}`, { info: { file }, hint: 'name another folder with --out DIR', cause: error })
}

const ownNames = /^(?:result\.json|events\.jsonl|report\.txt|summary\.json|dlio\.log|\d+_output\.json|\d+_per_epoch_stats\.json)$/

/** A new result neither stands beside parts of an older one nor takes the place of anything else: only our own results give way. */
async function removeOlderResult(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => ownNames.test(name))
  if (names.length === 0) return
  const result = await readFile(path.join(folder, 'result.json'), 'utf8').catch(() => '')
  const isOurs = result === '' ? names.every((name) => name === 'events.jsonl') : result.includes(`"${resultSchema}"`)
  if (!isOurs) throw new Fault('usage', `${folder} holds ${names[0]!}, which is not from a run of dlio-s3`, { info: { file: folder }, hint: 'name another folder with --out DIR' })
  for (const name of names) await rm(path.join(folder, name), { force: true })
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
    await makeFolder(path.dirname(file))
    await writeFile(fresh, text)
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw fileFault(file, error)
  }
}
