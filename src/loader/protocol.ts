// What crosses a thread between the loader and its workers, and the PORT that runs a batch somewhere.
// Plain data only: structured clone is all a thread boundary does, and an error of ours would lose its class in it.

import type { Failure } from '../util/fault.ts'
import type { RetryCounts } from '../util/retry-counts.ts'
import type { Nanoseconds } from '../util/units.ts'

/** One batch to be read. */
export interface BatchTask {
  readonly phase: 'train' | 'eval'
  readonly epoch: number
  readonly rank: number
  /** From 1 in each epoch. */
  readonly step: number
  /** Global sample numbers, shape [batch_size], in reading order. */
  readonly samples: Uint32Array
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
  /** Absent when there were none. */
  readonly retriesBy?: RetryCounts
  /** Requests that failed for good. Damaged data and an abort are a `failure`, but not an error of the store. */
  readonly errors: number
  /** Per request, shape [requests]: nanoseconds from its begin to the first byte of its body, and to its end. */
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

/** Batches that one thread is asked to read at the same time: one message, for each wakes the thread. Shape [sum over batches of 6 + numSamples]. */
export type PackedTasks = readonly number[]

/** Batches that were read. Messages come as they end, those that end together in one. */
export interface PackedReplies {
  /** Per batch its id, the figures of BatchTimings, the number of requests, and both times of each. */
  readonly numbers: readonly number[]
  /** Of the batches that are not whole. */
  readonly failures: readonly (readonly [id: number, failure: Failure])[]
  /** Of the batches that had any. */
  readonly retriesBy: readonly (readonly [id: number, counts: RetryCounts])[]
}

// Flat arrays of numbers: packed, cloned and unpacked in groups of 32, a batch and its reply cost 1.1 to 1.5 µs, where cloning
// them one by one as objects costs 4.0 to 4.6, a message for each not counted (Node 20).

export function packTask(id: number, { phase, epoch, rank, step, samples }: BatchTask, into: number[]): void {
  into.push(id, phase === 'train' ? 0 : 1, epoch, rank, step, samples.length)
  for (const sample of samples) into.push(sample)
}

export function* unpackTasks(packed: PackedTasks): Generator<readonly [id: number, task: BatchTask], void> {
  for (let at = 0; at < packed.length;) {
    const [id, phase, epoch, rank, step, numSamples] = packed.slice(at, at + 6) as [number, number, number, number, number, number]
    at += 6
    const samples = Uint32Array.from(packed.slice(at, at + numSamples))
    at += numSamples
    yield [id, { phase: phase === 0 ? 'train' : 'eval', epoch, rank, step, samples }]
  }
}

/** PackedReplies while they are being gathered. */
export interface RepliesToSend { readonly numbers: number[]; readonly failures: [number, Failure][]; readonly retriesBy: [number, RetryCounts][] }

export function packReply(id: number, reply: BatchReply, into: RepliesToSend): void {
  const { thread, beginAt, endAt, bytes, objects, fetch, decode, retries, errors, firstByte, total, failure } = reply
  into.numbers.push(id, thread, beginAt, endAt, bytes, objects, fetch, decode, retries, errors, total.length)
  for (const time of firstByte) into.numbers.push(time)
  for (const time of total) into.numbers.push(time)
  if (failure) into.failures.push([id, failure])
  if (reply.retriesBy) into.retriesBy.push([id, reply.retriesBy])
}

export function* unpackReplies({ numbers, failures, retriesBy }: PackedReplies): Generator<readonly [id: number, reply: BatchReply], void> {
  for (let at = 0; at < numbers.length;) {
    const id = numbers[at]!
    const numRequests = numbers[at + 10]!
    const firstByte = numbers.slice(at + 11, at + 11 + numRequests)
    const total = numbers.slice(at + 11 + numRequests, at + 11 + 2 * numRequests)
    const failure = failures.find(([failed]) => failed === id)?.[1]
    const causes = retriesBy.find(([retried]) => retried === id)?.[1]
    yield [id, {
      thread: numbers[at + 1]!, beginAt: numbers[at + 2]!, endAt: numbers[at + 3]!, bytes: numbers[at + 4]!, objects: numbers[at + 5]!,
      fetch: numbers[at + 6]!, decode: numbers[at + 7]!, retries: numbers[at + 8]!, errors: numbers[at + 9]!, firstByte, total,
      ...(causes === undefined ? {} : { retriesBy: causes }), ...(failure === undefined ? {} : { failure }),
    }]
    at += 11 + 2 * numRequests
  }
}
