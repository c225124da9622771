// PORT: a file format of a data set. Knows bytes, arrays and samples.
// Knows nothing of threads, time, networks, credentials or cancellation: a ByteSource is made for one use and brings all that.

import type { DType, Tensor } from './tensor.ts'

/**
 * Looks at bytes while they come, when they are in the core's cache: the first `filled` of `bytes`, which is what the read will give,
 * are there. 0 when they begin to come, maybe not for the first time. A source need not call it, nor up to the end.
 */
export type Follow = (bytes: Uint8Array, filled: number) => void

/** The bytes of one object. Reading past the end is a 'format' Fault of the reader, so it asks for `size` first. */
export interface ByteSource {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Whether any read brings the whole object: no byte of it is then worth saving, and no index file worth a request. */
  readonly whole?: boolean
  /** Exactly `length` bytes from `offset` on: a view, valid until the source is released. Never longer, never padded. */
  read(offset: number, length: number, follow?: Follow): Promise<Uint8Array>
  /**
   * The object of that key, as `Format.companions` names it; undefined when it is not there. `size`: its bytes, where the
   * reader knows them already; without it they are asked for. Absent: this source stands alone.
   */
  beside?(key: string, size?: number): Promise<ByteSource | undefined>
  /**
   * Memory of `length` bytes for what is decoded, with whatever was in it: valid until the source is released, and then used
   * again. New memory costs a decoder more than filling it. Absent: the decoder allocates.
   */
  scratch?(length: number): Uint8Array
}

/** What a reader learnt of one object, kept for the next time it is opened: plain data of its own making, for this object's ETag only. */
export interface Memo {
  get(): unknown
  /** `bytes`: what `value` costs in memory, about. It may be forgotten at any time. */
  set(value: unknown, bytes: number): void
}

export interface OpenHint {
  /** dataset.num_samples_per_file: formats that cannot count on their own believe it. 0: nobody knows. */
  readonly numSamples: number
  /** Absent: every open begins from nothing. */
  readonly memo?: Memo
  /** storage_options.columns: of formats that have columns, those that are read. Absent: all. */
  readonly columns?: readonly string[]
  /** Of formats that hold data sets by name: the path of the one whose samples are read. Absent: the format's own choice. */
  readonly dataset?: string
}

export interface SampleReader {
  readonly numSamples: number
  /** Fetches together what these samples need: neighbours in one range, ranges side by side. What follows then reads no more. Undefined where all is here already. */
  prepare?(indexes: readonly number[]): Promise<void> | undefined
  /** @throws {Fault} 'format' when the bytes are damaged or the index is not below numSamples. */
  readSample(index: number): Promise<Tensor>
}

/** The samples of one file to be written. All have the same shape; content comes by position, so nothing is ever whole in memory. */
export interface SampleBlock {
  /** Combined index of the file: train files first, then eval files. */
  readonly fileIndex: number
  readonly numSamples: number
  /** Of one sample: [d1, d2] or dataset.record_dims. */
  readonly shape: readonly number[]
  readonly dtype: DType
  /** Fills `into` with the bytes of sample `index` from byte `offset` on: C order, little-endian. A pure function. */
  fill(index: number, offset: number, into: Uint8Array): void
}

export interface EncodeOptions {
  /** dataset.compression, where the format has one. */
  readonly compression: 'none' | 'gzip' | 'lzf' | 'bz2' | 'zip' | 'xz'
  readonly compressionLevel: number
  /** dataset.parquet, for that format alone. */
  readonly parquet?: ParquetLayout
  /** How HDF5 files are laid out. Absent: one data set in one piece. */
  readonly hdf5?: Hdf5Options
}

export interface ParquetLayout {
  /** [] is one column `data` with the whole sample. */
  readonly columns: readonly { readonly name: string; readonly dtype: string; readonly size: number }[]
  /** Rows. */
  readonly rowGroupSize: number
  /** Rows written at a time, each time as row groups of their own; 0: rowGroupSize. */
  readonly generationBatchSize: number
}

/** dataset.hdf5 of a workload. */
export interface Hdf5Options {
  /** Data sets that each hold the same array; divides the first axis of a sample. */
  readonly numDsetPerRecord: number
  /** Elements per axis of a chunk, samples first. []: chunked only where it must be, in chunks as h5py chooses them. */
  readonly chunkDims: readonly number[]
  /** The largest shape a sample may be resized to. []: the shape it has. */
  readonly maxShape: readonly number[]
  /** A first axis of length 1 is left out, as DLIO leaves out that of dataset.record_dims. */
  readonly dropsUnitAxis: boolean
}

/** One array inside an object, as `h5ls` or `np.load` would show it. */
export interface ArrayDescription {
  readonly name: string
  /** NumPy's name of the element type; more types than we compute with, such as "<U7" or "datetime64[ns]". */
  readonly dtype: string
  readonly shape: readonly number[]
  readonly fortranOrder?: boolean
  /** Of the whole array. Absent when its values are not numbers that we read. */
  readonly tensor?: Tensor
}

export interface Inspection {
  readonly numSamples: number
  readonly arrays: readonly ArrayDescription[]
}

/** An object that is written beside a data file. */
export interface Companion {
  readonly key: string
  readonly bytes: Uint8Array
}

export interface Format {
  readonly name: string
  /** Whether a sample is a part of its object that can be fetched alone: where not, every sample costs the whole object. */
  readonly hasRanges?: boolean
  /** @throws {Fault} 'format': damaged, unsupported, or refused for safety. */
  open(source: ByteSource, hint: OpenHint): Promise<SampleReader>
  /** The whole object in pieces, each valid until the next is asked for. */
  encode(samples: SampleBlock, options: EncodeOptions): AsyncIterable<Uint8Array>
  /**
   * The whole object, the same bytes, into memory of the caller: `into` has the length that `encodedSize` told. For objects
   * that can be made at one go; absent in formats that cannot.
   */
  encodeInto?(samples: SampleBlock, options: EncodeOptions, into: Uint8Array): void
  /** Bytes that `encode` will give, or undefined when only writing tells. */
  encodedSize(samples: SampleBlock, options: EncodeOptions): number | undefined
  /** What belongs beside the object of this key, such as index files. Written before it. Absent: nothing. */
  companions?(key: string, samples: SampleBlock, options: EncodeOptions): Iterable<Companion>
  /** Everything there is in the object. */
  inspect(source: ByteSource, hint: OpenHint): Promise<Inspection>
}
