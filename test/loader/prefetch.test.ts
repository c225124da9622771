import assert from 'node:assert/strict'
import { test } from 'node:test'
import { depthOf } from '../../src/loader/loader.ts'
import { prefetch } from '../../src/loader/prefetch.ts'

const depths: [number, number, number][] = [
  // read_threads, prefetch_size, batches ahead
  [0, 0, 0], [0, 2, 0], [1, 0, 2], [1, 1, 1], [1, 2, 2], [4, 2, 4], [4, 4, 4], [4, 5, 8], [3, 7, 9],
]
for (const [threads, prefetchSize, depth] of depths) {
  test(`read_threads ${threads} and prefetch_size ${prefetchSize} read ${depth} batches ahead`, () => { assert.equal(depthOf(threads, prefetchSize), depth) })
}

/** Work that ends when told. */
function manualWork(): { start: (item: number) => Promise<number>; started: number[]; finish: (item: number) => void; fail: (item: number, error: Error) => void } {
  const started: number[] = []
  const settle = new Map<number, { resolve: (value: number) => void; reject: (error: Error) => void }>()
  return {
    started,
    start: (item) => new Promise((resolve, reject) => { started.push(item); settle.set(item, { resolve, reject }) }),
    finish: (item) => { settle.get(item)!.resolve(item * 10) },
    fail: (item, error) => { settle.get(item)!.reject(error) },
  }
}

test('nothing starts before it is asked for', async () => {
  const work = manualWork()
  const ahead = prefetch([1, 2, 3], 2, work.start)
  await Promise.resolve()
  assert.deepEqual(work.started, [])
  await ahead.return()
})

test('depth 0 starts each item when it is asked for', async () => {
  const work = manualWork()
  const results = prefetch([1, 2], 0, work.start)
  const first = results.next()
  await Promise.resolve()
  assert.deepEqual(work.started, [1])
  work.finish(1)
  assert.deepEqual(await first, { done: false, value: 10 })
  assert.deepEqual(work.started, [1])
  const second = results.next()
  await Promise.resolve()
  assert.deepEqual(work.started, [1, 2])
  work.finish(2)
  await second
  assert.equal((await results.next()).done, true)
})

test('results come in order, a slow one holds back the others, one more starts per one taken', async () => {
  const work = manualWork()
  const results = prefetch([1, 2, 3, 4, 5], 3, work.start)
  const first = results.next()
  await Promise.resolve()
  assert.deepEqual(work.started, [1, 2, 3])
  work.finish(2)
  work.finish(3)
  work.finish(1)
  assert.equal((await first).value, 10)
  assert.deepEqual(work.started, [1, 2, 3], 'asking for more would delay the one who waits')
  await new Promise((resolve) => { setImmediate(resolve) })
  assert.deepEqual(work.started, [1, 2, 3, 4])
  assert.equal((await results.next()).value, 20)
  assert.equal((await results.next()).value, 30)
  await new Promise((resolve) => { setImmediate(resolve) })
  work.finish(4)
  work.finish(5)
  assert.deepEqual([(await results.next()).value, (await results.next()).value, (await results.next()).done], [40, 50, true])
})

test('a failure reaches the consumer in its turn, and leaves no rejection without an owner', async () => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', listen)
  const work = manualWork()
  const results = prefetch([1, 2, 3], 3, work.start)
  const first = results.next()
  await Promise.resolve()
  work.fail(2, new Error('second'))
  work.fail(3, new Error('third'))
  work.finish(1)
  assert.equal((await first).value, 10)
  await assert.rejects(results.next(), /second/)
  await new Promise((resolve) => { setImmediate(resolve) })
  process.off('unhandledRejection', listen)
  assert.deepEqual(unhandled, [])
})

function* brokenItems(): Generator<number> {
  yield 1
  throw new Error('no more')
}

test('an item source that throws is heard in its turn', async () => {
  const results = prefetch(brokenItems(), 2, async (item) => item * 10)
  assert.equal((await results.next()).value, 10)
  await assert.rejects(results.next(), /no more/)
})

test('leaving the loop waits for what was started', async () => {
  const work = manualWork()
  const results = prefetch([1, 2], 2, work.start)
  const first = results.next()
  await Promise.resolve()
  work.finish(1)
  await first
  let left = false
  const leaving = results.return().then(() => { left = true })
  await new Promise((resolve) => { setImmediate(resolve) })
  assert.equal(left, false)
  work.finish(2)
  await leaving
  assert.equal(left, true)
})
