// What a run read in its epochs, from its event log.

import type { RunEvent } from '../../src/metrics/events.ts'
import type { Counts } from './case.ts'

/** Objects and bytes of all epochs, over their time and the CPU since just before the first. @throws {Error} when the log does not tell */
export function epochCounts(events: readonly RunEvent[]): Counts {
  let requests = 0, bytes = 0, wall = 0, begin: number | undefined, cpuBefore: number | undefined, cpuAtEnd: number | undefined
  for (const event of events) {
    if (event.type === 'epoch-begin') begin = event.at
    else if (event.type === 'epoch-end' && begin !== undefined) wall += event.at - begin
    else if (event.type === 'batch') [requests, bytes] = [requests + event.objects, bytes + event.bytes]
    else if (event.type === 'health') {
      // One before the first epoch, and one after each.
      if (begin === undefined) cpuBefore = event.clientCpuSeconds
      else cpuAtEnd = event.clientCpuSeconds
    }
  }
  if (wall <= 0 || cpuBefore === undefined || cpuAtEnd === undefined) throw new Error('the log of the run has no epoch, or does not tell its CPU time')
  return { requests, bytes, wallSeconds: wall / 1e9, cpuSeconds: cpuAtEnd - cpuBefore }
}
