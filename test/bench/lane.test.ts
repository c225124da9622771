import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsLoad, runLane, type LaneContext } from '../../src/bench/lane.ts'
import { firstDone } from '../../src/bench/run-load.ts'
import { Tally, type Timed } from '../../src/bench/tally.ts'
import { abortedFault, Fault, type StorageReason } from '../../src/util/fault.ts'
import { ManualClock } from '../support/manual-clock.ts'

function fault(reason: StorageReason): Fault<'storage'> {
  return new Fault('storage', `it was ${reason}`, { info: { reason, operation: 'read' } })
}

interface Bench { readonly context: LaneContext; readonly tally: Tally; readonly clock: ManualClock; readonly controller: AbortController; readonly givenUp: unknown[] }

function prepare(limits: { count?: number; deadline?: number }): Bench {
  const tally = new Tally(), clock = new ManualClock(), controller = new AbortController()
  const givenUp: unknown[] = []
  const giveUp = (error: unknown): void => { givenUp.push(error); controller.abort(abortedFault()) }
  const context = { tally: () => tally, hasWorked: () => tally.succeeded > 0, tickets: new Int32Array(1), count: limits.count ?? Infinity, deadline: limits.deadline ?? Infinity, signal: controller.signal, giveUp, clock }
  return { context, tally, clock, controller, givenUp }
}

/** Requests of 10 µs and 100 bytes. */
function slow(clock: ManualClock): () => Promise<{ begin: number; end: number; bytes: number }> {
  return async () => {
    const begin = clock.now()
    await clock.sleep(10_000)
    return { begin, end: clock.now(), bytes: 100 }
  }
}

for (const count of [0, 1, 7]) {
  test(`lanes that share ${count} requests make ${count}`, async () => {
    const { context, tally, clock } = prepare({ count })
    const ends = await Promise.all([1, 2, 3].map(() => runLane(slow(clock), context)))
    assert.deepEqual([tally.succeeded, tally.bytes], [count, 100 * count])
    assert.equal(ends.filter((end) => end !== undefined).length, Math.min(3, count))
  })
}

test('no request begins at the deadline or after it, and the one under way counts', async () => {
  const { context, tally, clock } = prepare({ deadline: 35_000 })
  const end = await runLane(slow(clock), context)
  assert.deepEqual([tally.succeeded, tally.begin, tally.end], [4, 0, 40_000])
  assert.deepEqual(end, { at: 40_000, bytes: 100 })
})

test('failures are counted by reason, and the lane goes on', async () => {
  const { context, tally, givenUp } = prepare({ count: 10 })
  await runLane(async (ticket) => {
    if (ticket % 2 === 1) throw fault(ticket === 9 ? 'server' : 'throttled')
    return { begin: 0, firstByte: 1000, end: 2000, bytes: 1 }
  }, context)
  assert.deepEqual([tally.succeeded, tally.failed, Object.fromEntries(tally.errors), givenUp], [5, 5, { throttled: 4, server: 1 }, []])
  assert.equal(tally.firstFailure?.message, 'it was throttled')
})

test('a denial ends the load at once', async () => {
  const { context, tally, givenUp } = prepare({})
  await runLane(() => Promise.reject(fault('denied')), context)
  assert.deepEqual([tally.failed, givenUp.length], [1, 1])
})

test('a stop is no failure', async () => {
  const { context, tally, controller, givenUp } = prepare({})
  await runLane(() => { controller.abort(abortedFault('SIGINT')); return Promise.reject(abortedFault('SIGINT')) }, context)
  assert.deepEqual([tally.failed, givenUp], [0, []])
})

const endings: readonly (readonly [error: unknown, failures: number, hasWorked: boolean, ends: boolean])[] = [
  [fault('throttled'), 1, false, false], [fault('throttled'), 19, true, false], [fault('throttled'), 20, true, true],
  [fault('unreachable'), 1, false, true], [fault('unreachable'), 1, true, false], [fault('no-key'), 1, false, false],
  [fault('denied'), 1, true, true], [fault('no-bucket'), 1, true, true], [fault('tls'), 1, true, true],
  [new Fault('credentials', 'no', { info: {} }), 1, true, true], [new TypeError('a bug'), 1, true, true],
]
for (const [error, failures, hasWorked, ends] of endings) {
  test(`${String(error)}, ${failures} in a row, ${hasWorked ? 'after' : 'before'} any success, ${ends ? 'ends' : 'does not end'} the load`, () => {
    assert.equal(endsLoad(error, failures, hasWorked), ends)
  })
}

test('tallies add up, across threads', () => {
  const parts = [0, 1, 2].map((i) => {
    const tally = new Tally()
    tally.retries = i
    for (let n = 0; n < 10; n++) tally.add({ begin: 1000 * (10 * i + n), firstByte: 1000 * (10 * i + n) + 5000, end: 1000 * (10 * i + n) + 20_000, bytes: 3 })
    if (i === 1) tally.fail(fault('server'), 5000, 90_000)
    return tally
  })
  const all = new Tally()
  for (const part of parts) all.merge(structuredClone(part.toJSON()))
  all.merge(new Tally().toJSON())
  assert.deepEqual([all.succeeded, all.failed, all.bytes, all.retries, all.begin, all.end], [30, 1, 90, 3, 0, 90_000])
  assert.deepEqual([all.firstByte.count, all.total.count, all.total.max, all.firstFailure?.code], [30, 30, 20_000, 'storage'])
})

const range = (begin: number): Timed => ({ begin, firstByte: begin + 2000, end: begin + 10_000, bytes: 50 })

test('an object in ranges is one thing read, and a request each', () => {
  const tally = new Tally()
  tally.add({ begin: 1000, firstByte: 3000, end: 31_000, bytes: 150, requests: [range(1000), range(11_000), range(21_000)] })
  tally.add({ begin: 40_000, end: 45_000, bytes: 10 })
  const all = new Tally()
  all.merge(structuredClone(tally.toJSON()))
  assert.deepEqual([all.succeeded, all.requests, all.bytes, all.begin, all.end], [2, 4, 160, 1000, 45_000])
  assert.deepEqual([all.firstByte.count, all.firstByte.max, all.total.count, all.total.max], [3, 2000, 4, 10_000])
})

test('the first lane to be done is the end of the stretch in which all were busy', () => {
  const tally = new Tally()
  assert.equal(firstDone({ tally, lanes: [] }), undefined)
  for (const end of [10, 20, 25, 32]) tally.add({ begin: 0, end, bytes: 100 })
  assert.deepEqual(firstDone({ tally, lanes: [{ at: 25, bytes: 100 }, { at: 20, bytes: 100 }, { at: 32, bytes: 100 }] }), { at: 20, bytes: 200 })
})
