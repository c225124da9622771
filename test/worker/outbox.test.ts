import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackReplies, type BatchReply, type PackedReplies } from '../../src/loader/protocol.ts'
import { Outbox } from '../../src/worker/outbox.ts'

const reply: BatchReply = { thread: 1, beginAt: 1, endAt: 2, bytes: 3, objects: 1, fetch: 0, decode: 0, retries: 0, errors: 0, firstByte: [], total: [] }
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
const ids = (replies: PackedReplies): number[] => [...unpackReplies(replies)].map(([id]) => id)

test('replies of one turn go in one message', async () => {
  const posted: number[][] = []
  const outbox = new Outbox((replies) => { posted.push(ids(replies)) })
  outbox.add(1, reply)
  outbox.add(2, reply)
  assert.deepEqual(posted, [])
  await turn()
  outbox.add(3, reply)
  await turn()
  assert.deepEqual(posted, [[1, 2], [3]])
})

test('what was taken is not posted', async () => {
  const posted: number[][] = []
  const outbox = new Outbox((replies) => { posted.push(ids(replies)) })
  outbox.add(1, reply)
  assert.deepEqual(ids(outbox.take()), [1])
  assert.deepEqual(ids(outbox.take()), [])
  await turn()
  assert.deepEqual(posted, [])
})
