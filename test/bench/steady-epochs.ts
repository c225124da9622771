// What a run did after its first epoch, from its event log.

import type { RunEvent } from '../../src/metrics/events.ts'
import type { Counts } from './case.ts'

/** Objects and bytes of every epoch but the first, over the time and CPU of these epochs. @throws {Error} with fewer than two epochs */
export function steadyEpochs(events: readonly RunEvent[]): Counts {
  let requests = 0, bytes = 0, wall = 0, begin = 0, epoch = 0, cpuAfterFirst: number | undefined, cpuAtEnd: number | undefined
  for (const event of events) {
    if (event.type === 'epoch-begin') [epoch, begin] = [event.epoch, event.at]
    else if (event.type === 'epoch-end' && epoch > 1) wall += event.at - begin
    else if (event.type === 'batch' && event.epoch > 1) [requests, bytes] = [requests + event.objects, bytes + event.bytes]
    else if (event.type === 'health' && epoch > 0) {
      // One after each epoch.
      if (epoch === 1) cpuAfterFirst = event.clientCpuSeconds
      cpuAtEnd = event.clientCpuSeconds
    }
  }
  if (wall <= 0 || cpuAfterFirst === undefined || cpuAtEnd === undefined) throw new Error('the run has no epoch after its first')
  return { requests, bytes, wallSeconds: wall / 1e9, cpuSeconds: cpuAtEnd - cpuAfterFirst }
}
