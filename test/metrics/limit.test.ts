import { test } from 'node:test'
import assert from 'node:assert/strict'
import { limitOf, type LimitFacts, type LimitName } from '../../src/metrics/limit.ts'

/** A run that waits for a store which is slow in transfer, with an idle client. */
const facts: LimitFacts = {
  windowSteps: 500, dataWaitShare: 0.4, auPercent: 60, computeErrorPercent: 0.3, cpuShare: 0.2, usualLoopDelaySeconds: 0.001, decodeShare: 0.1, slotShare: 0.9, slots: 8,
  fetchSeconds: 80, decodeSeconds: 5, firstByteMeanSeconds: 0.01, firstByteMinSeconds: 0.005, totalMeanSeconds: 0.1, totalP50Seconds: 0.09, totalP99Seconds: 0.3,
}

const rows: readonly (readonly [string, Partial<LimitFacts>, LimitName, RegExp])[] = [
  ['no steps', { windowSteps: 0, dataWaitShare: undefined, auPercent: undefined }, 'unknown', /^0 measured steps cannot tell, 10 can/],
  ['nine steps', { windowSteps: 9 }, 'unknown', /^9 measured steps/],
  ['ten steps are enough', { windowSteps: 10 }, 'store', /./],
  ['compute steps that come 10 % late', { auPercent: 99, computeErrorPercent: 10 }, 'client', /compute steps took 10.0% longer/],
  ['compute steps just below', { auPercent: 99, computeErrorPercent: 9.99 }, 'accelerators', /./],
  ['no compute steps', { auPercent: 99, computeErrorPercent: undefined }, 'accelerators', /./],
  ['AU at 95 %', { auPercent: 95 }, 'accelerators', /the store kept up/],
  ['AU just below', { auPercent: 94.9 }, 'store', /./],
  ['little data wait, but slow barriers', { auPercent: 80, dataWaitShare: 0.05 }, 'accelerators', /data wait was 5.0%/],
  ['accelerators come before a busy client', { auPercent: 99, cpuShare: 1 }, 'accelerators', /./],
  ['client CPU at 85 %', { cpuShare: 0.85 }, 'client', /client CPU 85.0% of all cores/],
  ['client CPU just below', { cpuShare: 0.849 }, 'store', /./],
  ['client CPU not known', { cpuShare: undefined }, 'store', /./],
  ['a late event loop', { usualLoopDelaySeconds: 0.0101 }, 'client', /event-loop delay p99 of 10.1 ms or more in over half of the seconds/],
  ['an event loop of exactly 10 ms', { usualLoopDelaySeconds: 0.01 }, 'store', /./],
  ['threads that decode', { decodeShare: 0.7, decodeSeconds: 90 }, 'client', /decoded 70.0% of the time/],
  ['threads that decode, and wait longer', { decodeShare: 0.7 }, 'store', /./],
  ['decoding longer than fetching without full threads', { decodeSeconds: 90 }, 'unknown', /neither cores nor threads were full/],
  ['no request timings', { firstByteMeanSeconds: undefined }, 'unknown', /no request timings/],
  ['fewer reads in flight than waiting explains', { slotShare: 0.19 }, 'concurrency', /only 19.0% of the permitted 8 reads were in flight/],
  ['reads in bursts, all alike', { slotShare: 0.21 }, 'unknown', /reads came in bursts/],
  ['reads in bursts, some slow', { slotShare: 0.49, totalP99Seconds: 0.45 }, 'store', /p99 450 ms against a median of 90.0 ms/],
  ['reads in bursts, percentiles not known', { slotShare: 0.49, totalP99Seconds: undefined }, 'unknown', /bursts/],
  ['first byte dominates and nothing queues', { firstByteMeanSeconds: 0.09, firstByteMinSeconds: 0.05 }, 'concurrency', /did not queue/],
  ['first byte dominates and requests queue', { firstByteMeanSeconds: 0.09, firstByteMinSeconds: 0.03 }, 'store', /requests queued/],
  ['transfer dominates', {}, 'store', /90.0% of a read was transfer/],
]
for (const [name, changes, who, evidence] of rows) {
  test(`${name}: ${who}`, () => {
    const limit = limitOf({ ...facts, ...changes })
    assert.equal(limit.who, who)
    assert.match(limit.evidence, evidence)
  })
}
