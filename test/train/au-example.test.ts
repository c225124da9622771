// The worked example of DLIO's AU, run end to end: simulated time, inline runner, objects in memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { solo } from '../../src/collective/solo.ts'
import type { Communicator } from '../../src/collective/communicator.ts'
import { inlineRunner } from '../../src/loader/inline.ts'
import type { BatchTask } from '../../src/loader/protocol.ts'
import type { RunEvent } from '../../src/metrics/events.ts'
import { foldEvents } from '../../src/metrics/fold.ts'
import { bytesSource } from '../../src/format/bytes-source.ts'
import { loadFormat } from '../../src/format/index.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { train } from '../../src/train/run.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { fromSeconds } from '../../src/util/units.ts'
import { BufferPool } from '../../src/worker/buffers.ts'
import { Memos } from '../../src/worker/memos.ts'
import { runBatch } from '../../src/worker/run-batch.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { withRead, writeNpzFiles } from '../support/memory-data.ts'

/** 5 steps of 4 samples; load, compute and barrier in seconds; figures as the reference computed them. */
const example = {
  load: [2, 0.1, 0, 0, 0.05], compute: 1, barrier: 0.01, batchSize: 4,
  wall: 7.199999999999999, auPercent: 95.23809523809526, throughputArgonne: 2.8571428571428577, throughputMlcommons: 3.80952380952381,
}

/** A store whose first read of each step takes that step's load time. */
function slowed(store: ObjectStore, clock: ManualClock, loadSeconds: readonly number[]): ObjectStore {
  let reads = 0
  return withRead(store, async (key, range, into, options) => {
    const begin = clock.now()
    const seconds = reads % example.batchSize === 0 ? loadSeconds[reads / example.batchSize]! : 0
    reads++
    await clock.sleep(fromSeconds(seconds), options?.signal)
    await store.read(key, range, into, options)
    return { begin, firstByte: clock.now(), end: clock.now() }
  })
}

async function runExample(dialect: 'argonne' | 'mlcommons'): Promise<{ events: RunEvent[]; clock: ManualClock }> {
  const clock = new ManualClock()
  const memory = openMemoryStore(`au-example-${dialect}`)
  const files = await writeNpzFiles(memory, 20)
  const controller = new AbortController()
  const bench = {
    store: slowed(memory, clock, example.load), format: await loadFormat('npz'), files: { train: files, eval: files }, readMode: 'object' as const, window: 1,
    buffers: new BufferPool(1 << 20, 1 << 20), memos: new Memos(), clock, signal: controller.signal, thread: 0, preprocess: () => 0, takeRetries: () => ({}),
  }
  // The reference's wall time is a sum of doubles and carries their rounding: the last barrier ends at exactly that sum.
  let steps = 0
  const communicator: Communicator = { ...solo, async barrier(signal) {
    steps++
    if (steps === example.load.length) clock.advanceTo(example.wall * 1e9)
    else await clock.sleep(fromSeconds(example.barrier), signal)
  } }
  const tasks: BatchTask[] = example.load.map((_, index) => ({ phase: 'train', epoch: 1, rank: 0, step: index + 1, samples: Uint32Array.from([0, 1, 2, 3], (i) => index * 4 + i) }))
  const events: RunEvent[] = [{
    type: 'run-begin', schema: 'dlio-s3/events@1', at: 0, wallStart: '2026-01-01T00:00:00.000Z', version: '0', workload: 'au-example', target: 'memory', transport: 'memory', format: 'npz',
    decode: 'full', readMode: 'object', dialect, accelerators: 1, threads: 0, readsInFlight: 1, memoryLimitBytes: 1 << 20, seed: 123,
  }, { type: 'dataset', beginAt: 0, endAt: 0, filesTrain: 20, filesEval: 0, bytesTrain: 20 * 562, bytesEval: 0, samplesPerFile: 1, recordBytes: 64, stepsPerEpoch: 5, stepsPerEval: 0, requests: 1, retries: 0 }]
  await train({
    plan: { accelerators: 1, epochs: 1, stepsPerEpoch: 5, batchSize: example.batchSize, computationTime: { type: 'constant', mean: example.compute }, readThreads: 0, prefetchSize: 0, seed: 1 },
    tasksOf: () => tasks, runner: inlineRunner((task) => runBatch(bench, task)), communicator, memory: new Semaphore(1 << 20), costOf: () => 1,
    clock, sink: (event) => { events.push(event) }, signal: controller.signal, abort: (reason) => { controller.abort(reason) }, memoryUsage: () => ({ rss: 0, heapUsed: 0 }),
  })
  events.push({ type: 'run-end', at: clock.now(), status: 'complete', peakRssBytes: 0, cores: 1, errors: 0 })
  return { events, clock }
}

for (const [dialect, throughput] of [['argonne', example.throughputArgonne], ['mlcommons', example.throughputMlcommons]] as const) {
  test(`a run in simulated time gives the example's AU and its ${dialect} throughput to the last digit`, async () => {
    const { events } = await runExample(dialect)
    const summary = foldEvents(events, { excludeStartSteps: 1, excludeEndSteps: 0, batchSize: example.batchSize, batchSizeEval: 1 })
    const epoch = summary.epochs[0]!.train
    assert.equal(epoch.dlio.auPercent, example.auPercent)
    assert.equal(epoch.dlio.samplesPerSecond, throughput)
  })
}

test('every step of the run lasted what the example says', async () => {
  const { events } = await runExample('argonne')
  const steps = events.filter((event) => event.type === 'step')
  assert.deepEqual(steps.map((step) => step.loadEndAt - step.loadBeginAt), example.load.map(fromSeconds))
  assert.deepEqual(steps.map((step) => step.computeEndAt - step.computeBeginAt), example.load.map(() => 1e9))
  assert.deepEqual(steps.slice(0, -1).map((step) => step.barrierEndAt - step.computeEndAt), Array.from({ length: 4 }, () => 1e7))
  const batches = events.filter((event) => event.type === 'batch')
  assert.deepEqual(batches.map((batch) => batch.sampleRuns), [[0, 4], [4, 4], [8, 4], [12, 4], [16, 4]])
})

test('what was read is an NPZ that decodes', async () => {
  const memory = openMemoryStore('au-example-check')
  const files = await writeNpzFiles(memory, 1)
  const into = new Uint8Array(files.sizes[0]!)
  await memory.read(files.keys.get(0), { offset: 0, length: into.length }, into)
  const reader = await (await loadFormat('npz')).open(bytesSource('x', into), { numSamples: 1 })
  assert.deepEqual((await reader.readSample(0)).shape, [8, 8])
})
