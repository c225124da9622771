// What a run read in its epochs, from its event log.

import type { RunEvent } from '../../src/metrics/events.ts'
import type { Counts } from './case.ts'

/**
 * Objects and bytes of all epochs but the first, in which the code is compiled, over their time and the CPU since just before
 * the second. @throws {Error} when the log does not tell
 */
export function epochCounts(events: readonly RunEvent[]): Counts {
  let requests = 0, bytes = 0, wall = 0, epoch = 0, begin = 0, cpuBefore: number | undefined, cpuAtEnd: number | undefined
  for (const event of events) {
    if (event.type === 'epoch-begin') ({ epoch, at: begin } = event)
    else if (event.type === 'epoch-end' && epoch > 1) wall += event.at - begin
    else if (event.type === 'batch' && event.epoch > 1) [requests, bytes] = [requests + event.objects, bytes + event.bytes]
    else if (event.type === 'health') {
      // One before the first epoch, and one after each.
      if (epoch <= 1) cpuBefore = event.clientCpuSeconds
      else cpuAtEnd = event.clientCpuSeconds
    }
  }
  if (wall <= 0 || cpuBefore === undefined || cpuAtEnd === undefined) throw new Error('the log of the run has no second epoch, or does not tell its CPU time')
  return { requests, bytes, wallSeconds: wall / 1e9, cpuSeconds: cpuAtEnd - cpuBefore }
}
