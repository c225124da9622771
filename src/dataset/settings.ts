// Everything that decides what a data set is: the caller fills it from a workload. Two equal ones are the same objects, byte for byte.

import type { EncodeOptions } from '../format/format.ts'
import type { DType } from '../format/tensor.ts'
import type { Layout } from './names.ts'

/** How large a record is. `recordDims` wins when it is not empty. */
export interface RecordRule {
  /** dataset.record_length_bytes and …_stdev: bytes, possibly fractional. */
  readonly recordLength: number
  readonly recordLengthStdev: number
  /** dataset.record_dims; [] when not set. */
  readonly recordDims: readonly number[]
}

export interface DatasetSettings extends Layout, RecordRule {
  /** dataset.format. */
  readonly format: string
  readonly numSamplesPerFile: number
  /** dataset.record_element_type. */
  readonly elementType: DType
  /** Decides the content, with file and sample index. An unsigned integer up to 2^53 − 1. */
  readonly seed: number
  readonly encode: EncodeOptions
}
