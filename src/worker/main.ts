// The pool's task function: builds a thread's workbench once, then reads batches.

import { parentPort, threadId, workerData } from 'node:worker_threads'
import { unpackTasks, type BatchReply, type BatchTask, type PackedReplies, type PackedTasks } from '../loader/protocol.ts'
import { signalOf } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { toFailure } from '../util/fault.ts'
import { Outbox } from './outbox.ts'
import { runBatch } from './run-batch.ts'
import type { WorkerSetup } from './setup.ts'
import { createWorkbench } from './workbench.ts'

const setup = workerData as WorkerSetup
const bench = createWorkbench(setup, { thread: threadId, signal: signalOf(setup.cancel) })
bench.catch(() => {}) // told by the first batch
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const outbox = new Outbox((replies) => { parentPort!.postMessage(replies) })

/** The one default export of the project: piscina asks for it. Returns what ended last, and has posted the rest. */
export default async function readBatches(packed: PackedTasks): Promise<PackedReplies> {
  const reading: Promise<void>[] = []
  for (const [id, task] of unpackTasks(packed)) reading.push(readBatch(task).then((reply) => { outbox.add(id, reply) }))
  await Promise.all(reading)
  return outbox.take()
}

async function readBatch(task: BatchTask): Promise<BatchReply> {
  try {
    return await runBatch(await bench, task)
  } catch (error) {
    const now = systemClock.now()
    return {
      thread: threadId, beginAt: now, endAt: now, bytes: 0, objects: 0, fetch: 0, decode: 0, retries: 0, errors: 0,
      firstByte: [], total: [], failure: toFailure(error),
    }
  }
}
