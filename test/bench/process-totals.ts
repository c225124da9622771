// What a whole process took, told by itself when it ends: this module is loaded beside the program (node --import), and is
// also what asks for that.

import { appendFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { helperCpu, lastSeen, threadsNow, type HelperCpu, type ThreadCpu } from './helper-threads.ts'

export interface ProcessTotals {
  /** User and system, all threads from start to end. */
  readonly cpuMicroseconds: number
  /** Most memory that it held at any time. */
  readonly peakRssBytes: number
  /** Part of the CPU. Absent where the system does not tell. */
  readonly helperCpu?: HelperCpu
}

/** Of the process, as a thread of it finds it when it ends. */
interface Look {
  readonly cpuMicroseconds: number
  readonly peakRssBytes: number
  readonly threads?: readonly ThreadCpu[]
}

const variable = 'BENCH_TOTALS_FILE'

const wanted = process.env[variable]
if (wanted !== undefined) {
  // Each thread looks: its profiler's ends with it.
  process.once('exit', () => {
    const { user, system } = process.cpuUsage(), threads = threadsNow()
    const look: Look = { cpuMicroseconds: user + system, peakRssBytes: process.resourceUsage().maxRSS * 1024, ...(threads && { threads }) }
    appendFileSync(wanted, `${JSON.stringify(look)}\n`)
  })
}

/** Of the one process that `work` starts with these flags of Node. `folder` is for a file in between. */
export async function totalsOf(folder: string, work: (nodeFlags: readonly string[]) => Promise<unknown>): Promise<ProcessTotals> {
  const file = path.join(folder, 'process-totals.jsonl')
  await rm(file, { force: true })
  process.env[variable] = file
  try {
    await work(['--import', import.meta.url])
    const looks = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as Look)
    // The main thread ends last.
    const { cpuMicroseconds, peakRssBytes } = looks.at(-1)!
    const threads = lastSeen(looks.map((look) => look.threads ?? []))
    return { cpuMicroseconds, peakRssBytes, ...(threads.length > 0 && { helperCpu: helperCpu(threads) }) }
  } finally {
    delete process.env[variable]
    await rm(file, { force: true })
  }
}
