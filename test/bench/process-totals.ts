// What a whole process took, told by itself when it ends: this module is loaded beside the program (node --import), and is
// also what asks for that.

import { writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { isMainThread } from 'node:worker_threads'

export interface ProcessTotals {
  /** User and system, all threads from start to end. */
  readonly cpuMicroseconds: number
  /** Most memory that it held at any time. */
  readonly peakRssBytes: number
}

const variable = 'BENCH_TOTALS_FILE'

const wanted = process.env[variable]
if (isMainThread && wanted !== undefined) {
  process.once('exit', () => {
    const { user, system } = process.cpuUsage()
    writeFileSync(wanted, JSON.stringify({ cpuMicroseconds: user + system, peakRssBytes: process.resourceUsage().maxRSS * 1024 } satisfies ProcessTotals))
  })
}

/** Of the one process that `work` starts with these flags of Node. `folder` is for a file in between. */
export async function totalsOf(folder: string, work: (nodeFlags: readonly string[]) => Promise<unknown>): Promise<ProcessTotals> {
  const file = path.join(folder, 'process-totals.json')
  process.env[variable] = file
  try {
    await work(['--import', import.meta.url])
    return JSON.parse(await readFile(file, 'utf8')) as ProcessTotals
  } finally {
    delete process.env[variable]
    await rm(file, { force: true })
  }
}
