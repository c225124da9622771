// What crosses a thread between the loader and its workers, and the PORT that runs a batch somewhere.
// Plain data only: structured clone is all a thread boundary does, and an error of ours would lose its class in it.

import type { Failure } from '../util/fault.ts'
import type { Nanoseconds } from '../util/units.ts'

/** One batch to be read: flat and small. `samples` has memory of its own: a view of a longer array would be cloned whole. */
export interface BatchTask {
  readonly phase: 'train' | 'eval'
  readonly epoch: number
  readonly rank: number
  /** From 1 in each epoch. */
  readonly step: number
  /** Global sample numbers, shape [batch_size], in reading order. */
  readonly samples: Uint32Array<ArrayBuffer>
}

/** What reading a batch took. Times as in the event log. */
export interface BatchTimings {
  readonly thread: number
  readonly beginAt: Nanoseconds
  readonly endAt: Nanoseconds
  readonly bytes: number
  readonly objects: number
  readonly fetch: Nanoseconds
  readonly decode: Nanoseconds
  readonly retries: number
  /** Requests that failed for good. Damaged data and an abort are a `failure`, but not an error of the store. */
  readonly errors: number
  /**
   * Per request, shape [requests]: nanoseconds from its begin to the first byte of its body, and to its end. Plain arrays:
   * posting two of a few numbers took 1.5 µs, two Float64Arrays 6.4 µs, on a path that is taken for every batch.
   */
  readonly firstByte: readonly Nanoseconds[]
  readonly total: readonly Nanoseconds[]
}

/** `failure` is why the batch is not whole; the timings then tell how far it came. */
export type BatchReply = BatchTimings & { readonly failure?: Failure }

/** PORT: runs batches. Never rejects for what a Failure can say; a rejection is a bug or a dead thread. */
export interface BatchRunner {
  readonly threads: number
  run(task: BatchTask): Promise<BatchReply>
  close(): Promise<void>
}
