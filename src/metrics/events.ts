// The vocabulary of the event log. Facts only: every figure of every report is computed from these, later and elsewhere.
// One JSON object a line. Times `…At` are nanoseconds on the process's monotonic clock; `wall…` are ISO 8601.

import type { Failure } from '../util/fault.ts'
import type { RetryCounts } from '../util/retry-counts.ts'
import type { Nanoseconds } from '../util/units.ts'

export const eventSchema = 'dlio-s3/events@1'

export type Phase = 'train' | 'eval'

/** What a run is, known before it begins. */
export interface RunBegin {
  readonly type: 'run-begin'
  readonly schema: typeof eventSchema
  readonly at: Nanoseconds
  /** The wall clock at `at`: what turns every other point into a date. */
  readonly wallStart: string
  readonly version: string
  readonly workload: string
  /** Where the data set is, for people: "s3://bucket/prefix". */
  readonly target: string
  readonly endpoint?: string
  readonly transport: string
  readonly format: string
  readonly decode: 'full' | 'none'
  readonly readMode: 'object' | 'range'
  readonly dialect: 'argonne' | 'mlcommons'
  readonly accelerators: number
  readonly threads: number
  /** Sample reads that one accelerator may have in flight. */
  readonly readsInFlight: number
  readonly memoryLimitBytes: number
  readonly seed: number
}

export interface GenerateEnd {
  readonly type: 'generate-end'
  readonly beginAt: Nanoseconds
  readonly endAt: Nanoseconds
  readonly objectsWritten: number
  readonly objectsKept: number
  readonly bytesWritten: number
  readonly requests: number
  readonly retries: number
  /** Absent when there were none. */
  readonly retriesBy?: RetryCounts
}

/** What the listing found and what an epoch will be. */
export interface DatasetReady {
  readonly type: 'dataset'
  readonly beginAt: Nanoseconds
  readonly endAt: Nanoseconds
  readonly filesTrain: number
  readonly filesEval: number
  readonly bytesTrain: number
  readonly bytesEval: number
  readonly samplesPerFile: number
  /** Configured bytes of a record, as DLIO counts them. */
  readonly recordBytes: number
  readonly stepsPerEpoch: number
  readonly stepsPerEval: number
  /** What is larger is read in ranges of so many bytes, several at once. Absent: every read is one request. */
  readonly partBytes?: number
  readonly partsInFlight?: number
  /** Whether the files are those of an index file instead of a listing, or were listed and written to one. Absent: neither. */
  readonly index?: 'used' | 'written'
  /** Of listing: requests that ended, and further attempts after one that failed. */
  readonly requests: number
  readonly retries: number
  /** Absent when there were none. */
  readonly retriesBy?: RetryCounts
}

export interface EpochBegin { readonly type: 'epoch-begin'; readonly epoch: number; readonly at: Nanoseconds; readonly stepsExpected: number }
export interface EpochEnd { readonly type: 'epoch-end'; readonly epoch: number; readonly at: Nanoseconds; readonly rssBytes: number; readonly heapUsedBytes: number }
export interface TrainEnd { readonly type: 'train-end'; readonly epoch: number; readonly at: Nanoseconds; readonly steps: number }

/** One accelerator's stretch of steps without a checkpoint in between; `block` counts from 1 in each epoch. Eval has one. */
export interface BlockBegin { readonly type: 'block-begin'; readonly phase: Phase; readonly epoch: number; readonly block: number; readonly rank: number; readonly at: Nanoseconds; readonly stepsExpected: number }
export interface BlockEnd { readonly type: 'block-end'; readonly phase: Phase; readonly epoch: number; readonly block: number; readonly rank: number; readonly at: Nanoseconds; readonly steps: number }

/** One step of one accelerator. load = loadEndAt − loadBeginAt; compute = computeEndAt − computeBeginAt; the barrier follows. */
export interface Step {
  readonly type: 'step'
  readonly phase: Phase
  readonly epoch: number
  readonly block: number
  readonly rank: number
  /** From 1 in each epoch. */
  readonly step: number
  readonly loadBeginAt: Nanoseconds
  readonly loadEndAt: Nanoseconds
  readonly computeBeginAt: Nanoseconds
  readonly computeEndAt: Nanoseconds
  readonly barrierEndAt: Nanoseconds
  readonly samples: number
  /** What the compute step was asked to last. */
  readonly computeWanted: Nanoseconds
}

/** One batch as a worker read it. Batches that were read ahead and never consumed are here too. */
export interface Batch {
  readonly type: 'batch'
  readonly phase: Phase
  readonly epoch: number
  readonly rank: number
  readonly step: number
  /** Sample numbers as runs [first, count, first, count, …] in reading order. */
  readonly sampleRuns: readonly number[]
  readonly bytes: number
  readonly objects: number
  readonly thread: number
  readonly beginAt: Nanoseconds
  readonly endAt: Nanoseconds
  /** Time a read of this batch was waiting for the store, and time spent decoding: sums over its samples. */
  readonly fetch: Nanoseconds
  readonly decode: Nanoseconds
  readonly retries: number
  /** Absent when there were none. */
  readonly retriesBy?: RetryCounts
  /**
   * Requests that failed for good because of the store or the credentials; they are in neither list below. A read that was
   * stopped with the run is none, and neither is an object that came whole and turned out damaged.
   */
  readonly errors: number
  /** Per request that was answered in full: first byte and whole, in nanoseconds from the request's begin. Same length. */
  readonly firstByte: readonly Nanoseconds[]
  readonly total: readonly Nanoseconds[]
}

/** How the client itself fared since the last such event. */
export interface Health {
  readonly type: 'health'
  readonly at: Nanoseconds
  /** CPU of this process since the run began, the built-in server's thread left out where the platform can tell. Absent where it cannot. */
  readonly clientCpuSeconds?: number
  readonly rssBytes: number
  /** 99th percentile of the main thread's event-loop delay. */
  readonly loopDelayP99Seconds: number
}

/** A fact worth a sentence in the report. */
export interface Warning { readonly type: 'warning'; readonly at: Nanoseconds; readonly message: string; readonly hint?: string }

export interface RunEnd {
  readonly type: 'run-end'
  readonly at: Nanoseconds
  readonly status: 'complete' | 'interrupted' | 'failed'
  readonly failure?: Failure
  readonly clientCpuSeconds?: number
  readonly peakRssBytes: number
  /** The most memory that batches in work were granted at once. */
  readonly peakInFlightBytes?: number
  readonly cores: number
  /** Requests of generation and listing that failed for good. */
  readonly errors: number
  /** Where there are several. */
  readonly endpoints?: readonly EndpointFigures[]
  /** Where it was asked for: reads that were held against a checksum of the store, and such that had none. */
  readonly readChecks?: { readonly checked: number; readonly unchecked: number }
  /** Where it was asked for: bytes that were what the generator writes, and thread-seconds that finding out took. */
  readonly verified?: { readonly bytes: number; readonly seconds: number }
}

/** What one endpoint was asked for by all threads. `errors` are failures that were its own, whether or not another attempt made up for them. */
export interface EndpointFigures {
  readonly endpoint: string
  /** Attempts, retries included. */
  readonly requests: number
  /** Of object content that was moved. */
  readonly bytes: number
  readonly errors: number
}

export type RunEvent =
  | RunBegin | GenerateEnd | DatasetReady | EpochBegin | EpochEnd | TrainEnd | BlockBegin | BlockEnd
  | Step | Batch | Health | Warning | RunEnd

/** Takes events in the order they happen. Must be cheap: the accelerators wait for it. */
export type EventSink = (event: RunEvent) => void
