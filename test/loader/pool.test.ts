import assert from 'node:assert/strict'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createPool } from '../../src/loader/pool.ts'
import type { BatchRunner, BatchTask } from '../../src/loader/protocol.ts'
import { repoRoot } from '../support/root.ts'

function openPool(t: TestContext, threads: number, workerData: unknown = null): BatchRunner {
  const pool = createPool({ worker: pathToFileURL(path.join(repoRoot, 'test', 'loader', 'echo-worker.mjs')), workerData, threads, batchesInFlight: 64 })
  t.after(() => pool.close())
  return pool
}

const task = (sample: number): BatchTask => ({ phase: 'train', epoch: 1, rank: 0, step: 1, samples: Uint32Array.of(sample) })
const wordsOfTask = 7

for (const [count, threads, groups] of [[1, 1, 1], [1, 2, 1], [2, 2, 2], [5, 2, 2], [64, 1, 1]] as const) {
  test(`${count} batches asked for at once go to ${threads} threads in ${groups} messages, and each has its own reply`, async (t) => {
    const pool = openPool(t, threads)
    const replies = await Promise.all(Array.from({ length: count }, (_, i) => pool.run(task(i + 200))))
    assert.deepEqual(replies.map((reply) => reply.bytes), Array.from({ length: count }, (_, i) => i + 200))
    // The worker tells how many words came in its message: the sizes of the groups add up.
    const sizes = replies.map((reply) => reply.objects / wordsOfTask)
    assert.equal(Math.round(1e6 * sizes.reduce((sum, size) => sum + 1 / size, 0)), 1e6 * groups)
  })
}

test('a batch that ends late does not hold back the others of its group', async (t) => {
  const word = new Int32Array(new SharedArrayBuffer(4))
  const pool = openPool(t, 1, word)
  const late = pool.run(task(7))
  const early = await Promise.all([pool.run(task(1)), pool.run(task(2))])
  assert.deepEqual(early.map((reply) => reply.bytes), [1, 2])
  Atomics.store(word, 0, 1)
  Atomics.notify(word, 0)
  assert.equal((await late).bytes, 7)
})

test('batches go to the thread that has fewest of them in work, whatever the messages that brought them', async (t) => {
  const word = new Int32Array(new SharedArrayBuffer(4))
  const pool = openPool(t, 2, word)
  const ready = new Set<number>()
  while (ready.size < 2) for (const { thread } of await Promise.all([pool.run(task(1)), pool.run(task(1))])) ready.add(thread)
  // One message each: three of the first thread's four end at once.
  const first = [7, 1, 1, 1, 7, 7, 7, 7].map((sample) => pool.run(task(sample)))
  await Promise.all(first.slice(1, 4))
  for (let i = 0; i < 3; i++) {
    first.push(pool.run(task(7)))
    await nextTurn()
  }
  Atomics.store(word, 0, 1)
  Atomics.notify(word, 0)
  const threads = (await Promise.all(first)).map(({ thread }) => thread)
  assert.deepEqual(threads.map((thread) => (thread === threads[0] ? 'a' : 'b')).join(''), 'aaaabbbbaaa')
})

test('a failure belongs to its batch alone', async (t) => {
  const pool = openPool(t, 1)
  const [good, bad] = await Promise.all([pool.run(task(1)), pool.run(task(13))])
  assert.equal(good.failure, undefined)
  assert.equal(bad.failure?.message, 'unlucky')
})

for (const [what, sample] of [['a bug', 99], ['a dead thread', 100]] as const) {
  test(`${what} rejects every batch of its group that has no reply`, async (t) => {
    const pool = openPool(t, 1)
    const outcomes = await Promise.allSettled([pool.run(task(sample)), pool.run(task(1))])
    assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'rejected'])
  })
}

test('closing rejects what is still in work', async (t) => {
  const pool = openPool(t, 1, new Int32Array(new SharedArrayBuffer(4)))
  const late = assert.rejects(pool.run(task(7)))
  await pool.run(task(1))
  await pool.close()
  await late
})
