// Listing as `run` finds a data set: pages from several places at once, into its file table.

import { listFiles } from '../../src/dataset/listing.ts'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { Sample } from './case.ts'

export interface ListTask {
  readonly spec: S3Spec
  readonly prefix: string
  readonly numFiles: number
  readonly numSubfolders: number
  /** 0: once, with cold code. */
  readonly seconds: number
  /** `pages` only reads them; `table` does all that `run` does. */
  readonly what: 'pages' | 'table'
}

export async function runListing({ spec, prefix, numFiles, numSubfolders, seconds, what }: ListTask): Promise<Sample> {
  const store = await openStore(spec)
  const layout = { prefix, filePrefix: 'img', extension: 'npz', numFilesTrain: numFiles, numFilesEval: 0, numSubfoldersTrain: numSubfolders, numSubfoldersEval: 0 }
  const once = async (): Promise<number> => {
    if (what === 'table') return (await listFiles(store, { layout, set: 'train', numSamplesPerFile: 1 })).table.numFiles
    let keys = 0
    for await (const page of store.list(`${prefix}/train/`)) keys += page.length
    return keys
  }
  const turn = async (end: number): Promise<number> => {
    let keys = 0
    do keys += await once()
    while (performance.now() < end)
    return keys
  }
  if (seconds > 0) await turn(performance.now() + 500)
  const cpu = process.cpuUsage(), begin = performance.now()
  const keys = await turn(begin + seconds * 1000)
  const wallSeconds = (performance.now() - begin) / 1000, { user, system } = process.cpuUsage(cpu)
  await store.close()
  const cpuSeconds = (user + system) / 1e6
  return { keys, wallSeconds, cpuSeconds, keysPerCpuSecond: keys / cpuSeconds, keysPerSecond: keys / wallSeconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 }
}
