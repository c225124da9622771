// What a worker thread is told once, when it starts.

import type { FileTableParts } from '../dataset/file-table.ts'
import type { Verification } from '../dataset/verifier.ts'
import type { FormatSource } from '../format/index.ts'
import type { StoreSpec } from '../storage/index.ts'
import type { Parts } from '../storage/part-plan.ts'
import type { CancelFlag } from '../util/cancel.ts'
import type { TimeDistribution } from '../workload/distribution.ts'

export interface WorkerSetup {
  readonly store: StoreSpec
  readonly cancel: CancelFlag
  readonly format: FormatSource
  readonly files: { readonly train: FileTableParts; readonly eval: FileTableParts }
  /** object: one GET for a whole object; range: exactly what the reader asks for. */
  readonly readMode: 'object' | 'range'
  /** storage_options.columns, of formats that have columns; undefined: all. */
  readonly columns?: readonly string[] | undefined
  /** none: bytes are fetched and counted, not looked at; by ranges, those of the samples and what tells where they are. */
  readonly decode: 'full' | 'none'
  /** Objects of one batch that are read at the same time; 1 is DLIO's classic reader. */
  readonly window: number
  /** How large objects are read. Absent: each by one request. */
  readonly parts?: Parts | undefined
  /** reader.preprocess_time: slept once per sample. */
  readonly preprocessTime: TimeDistribution
  readonly seed: number
  /** Bytes that a read has at most, or about that where samples are read by ranges; and of the buffers that all threads may hold, free ones included. */
  readonly largestRead: number
  readonly bufferBytes: number
  /** Shared by the threads: what their buffers are together. */
  readonly bufferTotal: Int32Array<SharedArrayBuffer>
  /** Absent: bytes are taken as they are. */
  readonly verification?: Verification | undefined
}
