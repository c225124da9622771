import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packReply, packTask, unpackReplies, unpackTasks, type BatchReply, type BatchTask, type RepliesToSend } from '../../src/loader/protocol.ts'
import type { Failure } from '../../src/util/fault.ts'

function throughClone<T>(value: T): T {
  return structuredClone(value)
}

const reply = (numRequests: number, failure?: Failure): BatchReply => ({
  thread: 3, beginAt: 1.5e15, endAt: 1.5e15 + 1, bytes: 2 ** 40, objects: 2, fetch: 7, decode: 8.25, retries: 1, errors: failure ? 1 : 0,
  firstByte: Array.from({ length: numRequests }, (_, i) => i + 0.5), total: Array.from({ length: numRequests }, (_, i) => i + 1000),
  ...(failure ? { failure } : {}),
})

const tasks: readonly BatchTask[] = [
  { phase: 'train', epoch: 0, rank: 0, step: 0, samples: new Uint32Array(0) },
  { phase: 'eval', epoch: 1, rank: 63, step: 2, samples: Uint32Array.of(0, 2 ** 32 - 1) },
  { phase: 'train', epoch: 5, rank: 1, step: 9, samples: Uint32Array.from({ length: 1000 }, (_, i) => 999 - i) },
]

for (const count of [0, 1, 3]) {
  test(`${count} tasks cross as numbers`, () => {
    const packed: number[] = []
    for (const [i, task] of tasks.slice(0, count).entries()) packTask(i + 10, task, packed)
    assert.deepEqual([...unpackTasks(throughClone(packed))], tasks.slice(0, count).map((task, i) => [i + 10, task]))
  })
}

test('a view of an epoch crosses as the samples it shows', () => {
  const epoch = Uint32Array.from({ length: 100 }, (_, i) => i)
  const packed: number[] = []
  packTask(1, { ...tasks[0]!, samples: epoch.subarray(40, 42) }, packed)
  assert.equal(packed.length, 8)
  assert.deepEqual([...unpackTasks(packed)][0]![1].samples, Uint32Array.of(40, 41))
})

const failure: Failure = { code: 'format', message: 'damaged', info: { key: 'k' } } as unknown as Failure

test('replies cross as numbers, with the failures of those that are not whole', () => {
  const replies: [number, BatchReply][] = [[7, reply(0)], [5, reply(2, failure)], [6, { ...reply(1), retriesBy: { throttled: 2, clock: 1 } }]]
  const packed: RepliesToSend = { numbers: [], failures: [], retriesBy: [] }
  for (const [id, each] of replies) packReply(id, each, packed)
  assert.deepEqual([...unpackReplies(throughClone(packed))], replies)
})
