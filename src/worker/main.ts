// The pool's task function: builds a thread's workbench once, then reads batches.

import { threadId, workerData } from 'node:worker_threads'
import type { BatchReply, BatchTask } from '../loader/protocol.ts'
import { signalOf } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { toFailure } from '../util/fault.ts'
import { runBatch } from './run-batch.ts'
import type { WorkerSetup } from './setup.ts'
import { createWorkbench } from './workbench.ts'

const setup = workerData as WorkerSetup
const bench = createWorkbench(setup, { thread: threadId, signal: signalOf(setup.cancel) })
bench.catch(() => {}) // told by the first batch

/** The one default export of the project: piscina asks for it. */
export default async function readBatch(task: BatchTask): Promise<BatchReply> {
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
