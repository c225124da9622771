// The CPU of threads that no profile is about: V8's own, which compile and collect beside the program, and the profiler's.
// Linux tells it, for each thread that lives.

import { opendirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface ThreadCpu {
  readonly id: number
  readonly name: string
  /** User and system, in steps of 10 ms. */
  readonly microseconds: number
}

export interface HelperCpu {
  readonly helperMicroseconds: number
  readonly profilerMicroseconds: number
}

/** The clock ticks of /proc: 100 a second, whatever the kernel counts in. */
const microsecondsPerTick = 10_000

/** One thread's `stat`: id, name in brackets that may hold anything, state; user and system time are the 12th and 13th of what follows the name. */
export function parseStat(text: string): ThreadCpu {
  const close = text.lastIndexOf(')')
  const fields = text.slice(close + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  if (!(ticks >= 0)) throw new Error(`"${text}" is no stat of a thread`)
  return { id: Number.parseInt(text, 10), name: text.slice(text.indexOf('(') + 1, close), microseconds: ticks * microsecondsPerTick }
}

/** Of this process, in the order in which they were started: readdir would sort them. Undefined where there is no /proc. */
export function threadsNow(folder = '/proc/self/task'): ThreadCpu[] | undefined {
  try {
    const threads: ThreadCpu[] = []
    const entries = opendirSync(folder)
    for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
      try {
        threads.push(parseStat(readFileSync(path.join(folder, entry.name, 'stat'), 'latin1')))
      } catch (error) {
        // It has ended since.
        if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      }
    }
    entries.closeSync()
    return threads
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What later looks saw of a thread is all of it; a thread that is gone by then keeps what it had. In the order of the first look at each. */
export function lastSeen(looks: readonly (readonly ThreadCpu[])[]): ThreadCpu[] {
  return [...new Map(looks.flat().map((thread) => [thread.id, thread])).values()]
}

const helperNames = new Set(['V8Worker', 'DelayedTaskSche'])
/** Their number where nobody gives --v8-pool-size, and the one that holds what is to be done later. */
const helpers = 4 + 1

/** `threads` in the order in which they were started, the main thread first. Node 24 names V8's threads; Node 20 does not, but starts them before all others. */
export function helperCpu(threads: readonly ThreadCpu[]): HelperCpu {
  const named = threads.filter(({ name }) => helperNames.has(name))
  return {
    helperMicroseconds: sum(named.length > 0 ? named : threads.slice(1, 1 + helpers)),
    profilerMicroseconds: sum(threads.filter(({ name }) => name === 'v8:ProfEvntProc')),
  }
}

function sum(threads: readonly ThreadCpu[]): number {
  return threads.reduce((so, { microseconds }) => so + microseconds, 0)
}
