import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import type { RunEvent } from '../../src/metrics/events.ts'
import { foldEvents, SummaryFold } from '../../src/metrics/fold.ts'
import { requestCounts } from '../../src/metrics/run-totals.ts'
import type { RunSummary } from '../../src/metrics/summary.ts'
import { isFault } from '../../src/util/fault.ts'
import { beginAt, blockEvents, millisecond, runBegin, second, settings, syntheticRun } from './synthetic-run.ts'

function assertNear(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} is not ${expected}`)
}

suite('a log that cannot be folded is refused', () => {
  const rows: readonly (readonly [string, readonly RunEvent[]])[] = [
    ['begins with nothing', []],
    ['begins with a epoch-begin event', [{ type: 'epoch-begin', epoch: 1, at: 1, stepsExpected: 4 }]],
    ['begins with schema dlio-s3/events@9', [{ ...runBegin(), schema: 'dlio-s3/events@9' as never }]],
  ]
  for (const [message, events] of rows) {
    test(message, () => { assert.throws(() => foldEvents(events, settings()), (error) => isFault(error, 'usage') && error.message.includes(message)) })
  }
})

test('a run that only began: interrupted, no epochs, nothing undefined turned into 0', () => {
  const summary = foldEvents([runBegin()], settings({ auGoal: 0.9 }))
  assert.deepEqual([summary.status, summary.elapsedSeconds, summary.epochs, summary.totals.window.auPercent, summary.goal, summary.limit.who], ['interrupted', 0, [], undefined, undefined, 'unknown'])
})

suite('one rank, four steps of 5 ms load, 50 ms compute and 1 ms barrier', () => {
  const summary = foldEvents(syntheticRun({ epochs: 2, steps: 4 }), settings({ auGoal: 0.85 }))
  const [epoch] = summary.epochs

  test('the window is steps 2 to 4: 168 ms of which 150 ms compute', () => {
    assertNear(epoch!.train.window.seconds, 0.168)
    assertNear(epoch!.train.window.auPercent, 100 * 150 / 168)
    assertNear(epoch!.train.window.samplesPerSecond, 12 / 0.168)
    assert.deepEqual([epoch!.train.window.steps, epoch!.train.window.samples], [3, 12])
  })
  test('the times of a step add up to the window', () => {
    const { computeSeconds, dataWaitSeconds, barrierSeconds, otherSeconds } = epoch!.train.window.time
    assert.deepEqual([computeSeconds, dataWaitSeconds, barrierSeconds, otherSeconds], [0.15, 0.015, 0.003, 0])
    assert.deepEqual([...epoch!.train.window.dataWaitsSeconds], [0.005, 0.005, 0.005])
  })
  test('DLIO counts first step and barriers otherwise: (224 − 55) ms', () => {
    assertNear(epoch!.train.dlio.auPercent, 100 * 150 / 169)
    assertNear(epoch!.train.dlio.samplesPerSecond, 2 / 0.169 * 4)
  })
  test('totals over the epochs, and the goal', () => {
    assert.deepEqual([summary.totals.steps, summary.totals.samples, summary.totals.objectsRead, summary.totals.requests, summary.totals.errors], [8, 32, 32, 32, 0])
    assertNear(summary.totals.window.auPercent, 100 * 150 / 168)
    assertNear(summary.totals.phaseSeconds, 2 * 0.224)
    assert.deepEqual([summary.goal?.met, summary.goal?.dlioMet, summary.goal?.goalPercent], [true, true, 85])
  })
})

test('AU over epochs is weighted by window time, not by epoch', () => {
  const summary = foldEvents(syntheticRun({ epochs: 2, steps: 3, load: (epoch) => epoch === 1 ? 49 : 9 }), settings())
  const [first, later] = summary.epochs.map((epoch) => epoch.train.window.auPercent)
  assert.deepEqual([Math.round(first!), Math.round(later!)], [50, 83])
  assertNear(summary.totals.window.auPercent, 100 * 200 / (200 + 120))
})

test('two ranks: the window is common, the slower one keeps both waiting, the barrier shows it', () => {
  const summary = foldEvents(syntheticRun({ begin: { accelerators: 2 }, epochs: 1, steps: 3, load: (_, __, rank) => rank * 9 }), settings())
  const { window, dlioRanks, ranks } = summary.epochs[0]!.train
  assertNear(window.seconds, 0.12)
  assertNear(window.auPercent, 100 * 200 / 240)
  assertNear(window.samplesPerSecond, 16 / 0.12)
  assertNear(window.time.dataWaitSeconds, 0.018)
  assertNear(window.time.barrierSeconds, 2 * (0.001 + 0.01))
  assert.deepEqual([ranks.length, dlioRanks.length, window.steps], [2, 2, 2])
})

for (const [excludeStartSteps, excludeEndSteps, steps] of [[0, 0, 4], [1, 0, 3], [1, 1, 2], [2, 2, 0], [4, 0, 0], [9, 9, 0]] as const) {
  test(`${excludeStartSteps} first and ${excludeEndSteps} last steps left out of 4: ${steps} count`, () => {
    const { window } = foldEvents(syntheticRun({ epochs: 1, steps: 4 }), settings({ excludeStartSteps, excludeEndSteps })).totals
    assert.equal(window.steps, steps)
    if (steps === 0) assert.deepEqual([window.auPercent, window.samplesPerSecond, window.seconds, window.dataWaitsSeconds.length], [undefined, undefined, 0, 0])
    else assertNear(window.seconds, steps * 0.056)
  })
}

test('a checkpoint between two blocks is in neither time', () => {
  const plan = { phase: 'train', epoch: 1, ranks: 1, loads: [[5], [5]], compute: 50, samples: 4, recordBytes: 100 } as const
  const one = blockEvents({ ...plan, at: beginAt })
  const two = blockEvents({ ...plan, at: one.endAt + 10 * second, block: 2, firstStep: 3 })
  const begin: RunEvent = { type: 'epoch-begin', epoch: 1, at: beginAt, stepsExpected: 4 }
  const { train } = foldEvents([runBegin(), begin, ...one.events, ...two.events], settings()).epochs[0]!
  assertNear(train.seconds, 4 * 0.056)
  assertNear(train.window.seconds, 3 * 0.056)
  assert.deepEqual(train.ranks[0]!.map((block) => [block.block, block.steps.length, block.ended]), [[1, 2, true], [2, 2, true]])
})

test('an interrupted epoch keeps its steps, ends with the last one, and is judged by no goal', () => {
  const events = syntheticRun({ epochs: 2, steps: 6, stopAfter: 3, end: { status: 'interrupted' } })
  const summary = foldEvents(events, settings({ auGoal: 0.5 }))
  const last = summary.epochs[1]!
  assert.deepEqual([summary.status, summary.goal, last.trainEndAt, last.train.steps, last.train.window.steps], ['interrupted', undefined, undefined, 3, 2])
  assert.deepEqual(summary.epochs.map((epoch) => epoch.complete), [true, false])
  assertNear(last.train.seconds, 3 * 0.056)
})

test('a log cut off by a kill is an interrupted run that ends with its last event', () => {
  const summary = foldEvents(syntheticRun({ epochs: 1, steps: 4, end: 'none' }), settings())
  assert.equal(summary.status, 'interrupted')
  assertNear(summary.elapsedSeconds, (100 + 20 + 1 + 224 + 1 + 1) / 1000)
  assert.equal(summary.health.clientCpuSeconds, 0.6)
})

test('a kill inside an epoch: its block ends with its last step', () => {
  const { epochs } = foldEvents(syntheticRun({ epochs: 1, steps: 6, stopAfter: 3, end: 'none' }), settings())
  const { train, endAt, complete } = epochs[0]!
  assert.deepEqual([endAt, complete, train.ranks[0]![0]!.ended], [undefined, false, false])
  assertNear(train.seconds, 3 * 0.056)
})

test('an epoch stopped in its evaluation is not complete', () => {
  const events = syntheticRun({ epochs: 1, steps: 2, evalSteps: 3 })
  const lastStep = events.findLast((event) => event.type === 'step')
  assert.deepEqual(foldEvents(events, settings()).epochs.map((epoch) => epoch.complete), [true])
  assert.deepEqual(foldEvents(events.filter((event) => event !== lastStep), settings()).epochs.map((epoch) => epoch.complete), [false])
})

test('batches read ahead of their epoch, and never consumed, are counted as read', () => {
  const events = [...syntheticRun({ epochs: 1, steps: 2, end: 'none' })]
  const batch = events.find((event) => event.type === 'batch')!
  const summary = foldEvents([events[0]!, { ...batch, epoch: 2 }, ...events.slice(1)], settings())
  assert.deepEqual(summary.epochs.map((epoch) => [epoch.epoch, epoch.train.steps, epoch.train.objects]), [[1, 2, 8], [2, 0, 4]])
  assert.equal(summary.totals.objectsRead, 12)
})

test('generation alone', () => {
  const summary = foldEvents(syntheticRun({ epochs: 0, steps: 0, generated: true }), settings())
  assert.deepEqual([summary.generation?.seconds, summary.generation?.objectsKept, summary.epochs, summary.dataset], [2, 28, [], undefined])
})

test('the same summary in one go, step by step, and asked for in between', () => {
  const events = syntheticRun({ begin: { accelerators: 2 }, epochs: 3, steps: 5, evalSteps: 2, generated: true })
  const fold = new SummaryFold(settings({ auGoal: 0.9 }))
  events.forEach((event, i) => {
    fold.add(event)
    if (i % 7 === 0) fold.summary()
  })
  assert.deepEqual(plain(fold.summary()), plain(foldEvents(events, settings({ auGoal: 0.9 }))))
})

test('a summary that was given out does not change when the fold goes on', () => {
  const events = syntheticRun({ epochs: 2, steps: 4 })
  const fold = new SummaryFold(settings())
  const half = events.findIndex((event) => event.type === 'epoch-begin' && event.epoch === 2)
  for (const event of events.slice(0, half)) fold.add(event)
  const early = fold.summary()
  const count = early.latency.total.count
  for (const event of events.slice(half)) fold.add(event)
  assert.deepEqual([early.latency.total.count, fold.summary().latency.total.count], [count, 2 * count])
})

suite('the event loop of the measuring thread: one sample a second, the first of them 2 ms', () => {
  const waiting = syntheticRun({ epochs: 1, steps: 20, compute: 0, load: () => 10, end: 'none' })
  const rows: readonly (readonly [name: string, delays: readonly number[], worst: number, isClient: boolean])[] = [
    ['no more', [], 0.002, false],
    ['one hiccup in a minute', [...Array.from({ length: 58 }, () => 0.0005), 0.5], 0.5, false],
    ['late in half of them', [0.05, 0.05, 0.001], 0.05, false],
    ['late in more than half of them', [0.05, 0.04, 0.03, 0.001], 0.05, true],
  ]
  for (const [name, delays, worst, isClient] of rows) {
    test(`${name}: ${isClient ? 'the client is the limit' : 'not the limit'}, and the worst one is shown`, () => {
      const summary = foldEvents([...waiting, ...delays.map(healthSample)], settings())
      assert.equal(summary.health.loopDelayP99Seconds, worst)
      assert.equal(summary.limit.who === 'client', isClient, summary.limit.evidence)
    })
  }

  test('before the first epoch nothing is stamped, so nothing counts', () => {
    const summary = foldEvents([waiting[0]!, ...[1, 2, 3].map((i) => healthSample(0.5, i)), ...waiting.slice(1)], settings())
    assert.deepEqual([summary.health.loopDelayP99Seconds, summary.health.usualLoopDelaySeconds], [0.002, 0.002])
  })
})

test('CPU used before the first epoch is not training’s', () => {
  const generating: RunEvent = { type: 'health', at: beginAt + 110 * millisecond, clientCpuSeconds: 7.5, rssBytes: 1, loopDelayP99Seconds: 0 }
  const run = syntheticRun({ epochs: 1, steps: 20, compute: 0, load: () => 10, end: { clientCpuSeconds: 7.6, cores: 2 } })
  const summary = foldEvents([run[0]!, generating, ...run.slice(1).filter((event) => event.type !== 'health')], settings())
  assert.deepEqual([summary.health.clientCpuSeconds, summary.limit.who === 'client'], [7.6, false], summary.limit.evidence)
})

test('requests that failed for good are requests too; damaged data came with a request that did not fail', () => {
  const fine = syntheticRun({ epochs: 1, steps: 4 })
  const failed = fine.map((event): RunEvent => event.type === 'batch' && event.step === 2 ? { ...event, errors: 1, firstByte: event.firstByte.slice(1), total: event.total.slice(1) } : event)
  const damaged = fine.map((event): RunEvent => event.type === 'batch' && event.step === 2 ? { ...event, objects: 0 } : event)
  const counts = [fine, failed, damaged].map((events) => requestCounts(foldEvents(events, settings())))
  // One request more was the listing.
  assert.deepEqual(counts, [{ requests: 17, retries: 0, errors: 0 }, { requests: 17, retries: 0, errors: 1 }, { requests: 17, retries: 0, errors: 0 }])
})

test('requests, retries and errors of the whole run: reading, generation and listing', () => {
  const events = syntheticRun({ epochs: 1, steps: 5, generated: true }).map((event): RunEvent => event.type === 'dataset' ? { ...event, requests: 9, retries: 4 } : event)
  assert.deepEqual(requestCounts(foldEvents(events, settings())), { requests: 20 + 101 + 9, retries: 1 + 2 + 4, errors: 0 })
  assert.deepEqual(requestCounts(foldEvents([runBegin()], settings())), { requests: 0, retries: 0, errors: 0 })
})

test('1000 steps: the slowest 1 % are told apart', () => {
  const { window } = foldEvents(syntheticRun({ epochs: 1, steps: 1000, load: rareLongLoad }), settings({ excludeStartSteps: 0 })).totals
  assertNear(window.slowest?.dataWaitSeconds, 10 * 0.449)
  assert.equal(foldEvents(syntheticRun({ epochs: 1, steps: 999, load: rareLongLoad }), settings({ excludeStartSteps: 0 })).totals.window.slowest, undefined)
})

test('the steps’ begin is their block’s, in nanoseconds of the run', () => {
  const { beginAt: blockBegin, steps } = foldEvents(syntheticRun({ epochs: 1, steps: 2 }), settings()).epochs[0]!.train.ranks[0]![0]!
  assert.equal(blockBegin, beginAt + 121 * millisecond)
  assert.equal(steps.at(1).loadBeginAt, blockBegin + 56 * millisecond)
  assert.throws(() => steps.at(2), RangeError)
})

function healthSample(delay: number, i: number): RunEvent {
  return { type: 'health', at: beginAt + (3 + i) * second, clientCpuSeconds: 0.7, rssBytes: 1, loopDelayP99Seconds: delay }
}

function rareLongLoad(_epoch: number, step: number): number {
  return step % 100 === 0 ? 449 : 4
}

/** What can be compared: histograms and steps by their content. */
function plain(summary: RunSummary): unknown {
  return JSON.parse(JSON.stringify(summary, (_, value: unknown) => value !== null && typeof value === 'object' && 'rows' in value ? (value as { rows(): unknown }).rows() : value))
}
