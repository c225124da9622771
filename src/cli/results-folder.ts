// Where the files of a run go: a folder of its own, never an older run's.

import { randomBytes } from 'node:crypto'
import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
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
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new Fault('usage', `the results folder ${folder} cannot be made: ${(error as Error).message}`, { info: { file: folder }, hint: 'name another one with --out DIR', cause: error })
  }
  if (given === undefined) await pointLatestAt(folder)
  return folder
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
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(fresh, text)
  await rename(fresh, file)
}
