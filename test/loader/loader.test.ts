import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inlineRunner } from '../../src/loader/inline.ts'
import { loadBatches, type LoadedBatch, type LoaderOptions } from '../../src/loader/loader.ts'
import type { BatchReply, BatchTask } from '../../src/loader/protocol.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'
import { Semaphore } from '../../src/util/semaphore.ts'

const tasks = (count: number): BatchTask[] => Array.from({ length: count }, (_, i) => ({ phase: 'train', epoch: 1, rank: 0, step: i + 1, samples: Uint32Array.of(i) }))
const reply = (task: BatchTask): BatchReply => ({ thread: task.step, beginAt: 0, endAt: 0, bytes: 0, objects: 0, fetch: 0, decode: 0, retries: 0, errors: 0, firstByte: [], total: [] })
const turns = async (count: number): Promise<void> => { for (let i = 0; i < count; i++) await new Promise((resolve) => { setImmediate(resolve) }) }

/** A runner that takes as many turns of the event loop as `turnsOf` says and counts what is under way. */
function countingRunner(turnsOf: (task: BatchTask) => number = () => 1): { runner: LoaderOptions['runner']; most: () => number; started: number[] } {
  let running = 0
  let most = 0
  const started: number[] = []
  return {
    started, most: () => most,
    runner: inlineRunner(async (task) => {
      started.push(task.step)
      most = Math.max(most, ++running)
      await turns(turnsOf(task))
      running--
      return reply(task)
    }),
  }
}

const options = (runner: LoaderOptions['runner'], change: Partial<LoaderOptions> = {}): LoaderOptions => ({ runner, readThreads: 2, prefetchSize: 4, memory: new Semaphore(1e9), costOf: () => 1, onReply: () => {}, clock: { now: () => 0 }, signal: new AbortController().signal, ...change })

async function stepsOf(batches: AsyncIterable<LoadedBatch>): Promise<number[]> {
  const steps: number[] = []
  for await (const { reply: { thread } } of batches) steps.push(thread)
  return steps
}

for (const [readThreads, prefetchSize, most] of [[0, 2, 1], [1, 4, 1], [2, 4, 2], [4, 8, 4]] as const) {
  test(`read_threads ${readThreads} has ${most} batches in work at once, and they come in order`, async () => {
    const counting = countingRunner((task) => (task.step % 3) + 1)
    assert.deepEqual(await stepsOf(loadBatches(tasks(9), options(counting.runner, { readThreads, prefetchSize }))), [1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.equal(counting.most(), most)
  })
}

for (const [cost, limit, most] of [[10, 100, 4], [50, 100, 2], [60, 100, 1], [500, 100, 1]] as const) {
  test(`batches of ${cost} bytes under a limit of ${limit}: ${most} at once`, async () => {
    const counting = countingRunner(() => 3)
    const memory = new Semaphore(limit)
    await stepsOf(loadBatches(tasks(8), options(counting.runner, { readThreads: 4, prefetchSize: 4, memory, costOf: () => cost })))
    assert.equal(counting.most(), most)
    assert.equal(memory.used, 0)
    assert.equal(memory.peak, most * cost)
  })
}

test('every reply is told, also a failed one, and a failure rejects with its Fault', async () => {
  const told: number[] = []
  const runner = inlineRunner(async (task) => ({ ...reply(task), ...(task.step === 2 ? { failure: { code: 'format' as const, message: 'bad', info: { reason: 'damaged' as const, key: 'k' } } } : {}) }))
  const memory = new Semaphore(10)
  await assert.rejects(stepsOf(loadBatches(tasks(4), options(runner, { memory, onReply: (task) => { told.push(task.step) } }))), (error) => isFault(error, 'format') && error.message === 'bad')
  assert.ok(told.includes(2))
  assert.equal(memory.used, 0)
})

test('an abort stops batches that wait for credits; the ones in work come to their end', async () => {
  const controller = new AbortController()
  const counting = countingRunner(() => 5)
  const memory = new Semaphore(1)
  const loading = assert.rejects(stepsOf(loadBatches(tasks(6), options(counting.runner, { signal: controller.signal, memory }))), (error) => isFault(error, 'aborted') && error.info.signal === 'SIGINT')
  await turns(2)
  controller.abort(abortedFault('SIGINT'))
  await loading
  assert.deepEqual(counting.started, [1])
  assert.equal(memory.used, 0)
})

test('a batch that waited for its accelerator was ready when its reply came', async () => {
  let now = 0
  const runner = inlineRunner(async (task) => { now += 10; return reply(task) })
  const batches = loadBatches(tasks(3), options(runner, { readThreads: 1, prefetchSize: 3, clock: { now: () => now } }))
  const ready: number[] = []
  for await (const { readyAt } of batches) {
    ready.push(readyAt)
    now += 1000
    await turns(3)
  }
  assert.deepEqual(ready, [10, 1020, 1030])
})
