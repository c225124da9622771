// A DataLoader: batches of one accelerator and epoch, read ahead under two credits: batches, and bytes in flight.

import { revive } from '../util/fault.ts'
import type { Clock } from '../util/clock.ts'
import { Semaphore } from '../util/semaphore.ts'
import type { Nanoseconds } from '../util/units.ts'
import { prefetch } from './prefetch.ts'
import type { BatchReply, BatchRunner, BatchTask } from './protocol.ts'

/** A batch as its accelerator gets it. */
export interface LoadedBatch {
  readonly reply: BatchReply
  /** When its reply was here: it may have waited since, ahead of its accelerator. */
  readonly readyAt: Nanoseconds
}

export interface LoaderOptions {
  readonly runner: BatchRunner
  /** reader.read_threads: batches of this accelerator in work at once. 0 reads a batch only when it is asked for. */
  readonly readThreads: number
  /** reader.prefetch_size: batches ahead of the accelerator. */
  readonly prefetchSize: number
  /** Bytes in flight over all accelerators (--memory-limit). */
  readonly memory: Semaphore
  /** Bytes of memory that reading this batch holds at most. */
  readonly costOf: (samples: Uint32Array) => number
  /** Told of every reply, also of batches that nobody consumes, and of failed ones. */
  readonly onReply: (task: BatchTask, reply: BatchReply) => void
  readonly clock: Pick<Clock, 'now'>
  readonly signal: AbortSignal
}

/** PyTorch: every worker keeps ceil(prefetch_size / workers) batches ahead, 2 where prefetch_size is 0; none without workers. */
export function depthOf(readThreads: number, prefetchSize: number): number {
  if (readThreads === 0) return 0
  return readThreads * (prefetchSize > 0 ? Math.ceil(prefetchSize / readThreads) : 2)
}

/** Most batches that one accelerator's loader has in work at once. */
export function batchesInWork(readThreads: number): number {
  return Math.max(1, readThreads)
}

/**
 * The replies of `tasks` in order. Rejects with the Fault of the first batch that failed.
 * A batch waits for a free worker of its accelerator first and for bytes second, so a waiting batch holds no bytes.
 */
export function loadBatches(tasks: Iterable<BatchTask>, options: LoaderOptions): AsyncGenerator<LoadedBatch, void, undefined> {
  const workers = new Semaphore(batchesInWork(options.readThreads))
  const load = async (task: BatchTask): Promise<LoadedBatch> => {
    const releaseWorker = await workers.acquire(1, options.signal)
    try {
      const releaseBytes = await options.memory.acquire(options.costOf(task.samples), options.signal)
      try {
        const reply = await options.runner.run(task)
        const readyAt = options.clock.now()
        options.onReply(task, reply)
        if (reply.failure) throw revive(reply.failure)
        return { reply, readyAt }
      } finally {
        releaseBytes()
      }
    } finally {
      releaseWorker()
    }
  }
  return prefetch(tasks, depthOf(options.readThreads, options.prefetchSize), load)
}
