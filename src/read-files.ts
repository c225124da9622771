// Files of data sets read one by one, for other programs: what a training's workers do, without the training.
// Knows no workload; bytes are fetched by exact ranges where the format has them.

import { locate } from './cli/object-uri.ts'
import type { S3Flags } from './cli/run-flags.ts'
import { storeSource } from './cli/store-source.ts'
import type { ByteSource, OpenHint, SampleReader } from './format/format.ts'
import { loadFormat, type FormatName } from './format/index.ts'
import type { Tensor } from './format/tensor.ts'
import { openStore } from './storage/index.ts'

/** How to reach S3. What is absent comes from the usual AWS environment. */
export type S3Options = Partial<S3Flags>

/** A file of a data set, opened: its samples by index, in any order. Tensors keep their values when it is closed. */
export interface OpenFile extends SampleReader {
  /** Bytes of the object. */
  readonly size: number
  close(): Promise<void>
}

/**
 * Opens a file at s3://bucket/key, file:///path or a local path; with an index it gives that sample, and leaves nothing open.
 * Each rejects with a Fault: 'format' when the bytes are damaged or the index is not below numSamples, 'storage' when they cannot be had.
 */
export interface ReadFile<Options = S3Options> {
  (uri: string, options?: Options): Promise<OpenFile>
  (uri: string, index: number, options?: Options): Promise<Tensor>
}

export interface ParquetOptions extends S3Options {
  /** Columns that are fetched. Absent: all. */
  readonly columns?: readonly string[]
}

interface Opening { readonly uri: string; readonly options: S3Options; readonly hint?: Omit<OpenHint, 'numSamples'> }

async function openFile(format: FormatName | ((source: ByteSource) => Promise<FormatName>), { uri, options, hint }: Opening): Promise<OpenFile> {
  const { spec, key } = await locate(uri, { transport: 'direct', ...options })
  const store = await openStore(spec)
  try {
    const source = await storeSource(store, key)
    const name = typeof format === 'string' ? format : await format(source)
    const reader = await (await loadFormat(name)).open(source, { numSamples: 0, ...hint })
    const prepare = reader.prepare && (async (indexes: readonly number[]) => { await reader.prepare!(indexes) })
    return {
      size: source.size,
      get numSamples() { return reader.numSamples },
      readSample: (index): Promise<Tensor> => reader.readSample(index),
      ...(prepare && { prepare }),
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function sampleOf(opening: Promise<OpenFile>, index: number): Promise<Tensor> {
  const file = await opening
  try {
    return await file.readSample(index)
  } finally {
    await file.close()
  }
}

function readerOf<Options extends S3Options>(format: FormatName, hintOf: (options: Options) => Opening['hint'] = () => undefined): ReadFile<Options> {
  function read(uri: string, options?: Options): Promise<OpenFile>
  function read(uri: string, index: number, options?: Options): Promise<Tensor>
  function read(uri: string, second?: number | Options, third?: Options): Promise<OpenFile | Tensor> {
    const options = (typeof second === 'number' ? third : second) ?? {} as Options
    const hint = hintOf(options)
    const opening = openFile(format, { uri, options, ...(hint && { hint }) })
    return typeof second === 'number' ? sampleOf(opening, second) : opening
  }
  return read
}

/** NPZ: sample i is [..., i] of `x`, else of the first array; any dtype, a view whose strides are the array's. */
export const readNpz: ReadFile = readerOf('npz')

/** NPY: sample i is [..., i] of the array; any dtype. In C order and with several samples a view with strides, else packed. */
export const readNpy: ReadFile = readerOf('npy')

/** TFRecord: sample i is the image of record i, uint8 [length]; without one, its first byte string, floats (float32) or integers (int64). */
export const readTfrecord: ReadFile = readerOf('tfrecord')

/** indexed_binary or mmap_indexed_binary, by the index files beside it: sample i is uint8 [size]. */
export const readIndexedBinary: ReadFile = readerOf('indexed_binary')

/** CSV: sample i is row i, [columns]: int64 (uint64 where one needs it), float64 or bool, whatever all cells are together. */
export const readCsv: ReadFile = readerOf('csv')

/** Parquet: sample i is row i of column `data`, else of the first column of numbers: [] or, where the column is of lists, [length]. */
export const readParquet: ReadFile<ParquetOptions> = readerOf('parquet', (options: ParquetOptions) => options.columns && { columns: options.columns })

/**
 * HDF5: sample i is [i, ...] of the data set at `dataset`, a path such as "/labels"; undefined: of `records_0`, else of the first
 * one that is not the labels. The dtype is the file's, little-endian, strides are C order's.
 */
export function readHdf5(uri: string, dataset?: string, options?: S3Options): Promise<OpenFile>
/** The sample alone, and nothing left open. */
export function readHdf5(uri: string, dataset: string | undefined, index: number, options?: S3Options): Promise<Tensor>
export function readHdf5(uri: string, dataset?: string, third?: number | S3Options, fourth?: S3Options): Promise<OpenFile | Tensor> {
  const options = (typeof third === 'number' ? fourth : third) ?? {}
  const opening = openFile('hdf5', { uri, options, ...(dataset !== undefined && { hint: { dataset } }) })
  return typeof third === 'number' ? sampleOf(opening, third) : opening
}

/** The pixels of a JPEG or PNG image, told by its first byte: uint8, uint16 or (of one bit) bool [height, width], or [height, width, channels] where it has colour or alpha. */
export function readImage(uri: string, options: S3Options = {}): Promise<Tensor> {
  return sampleOf(openFile(imageFormatOf, { uri, options }), 0)
}

async function imageFormatOf(source: ByteSource): Promise<FormatName> {
  return source.size > 0 && (await source.read(0, 1))[0] === 0x89 ? 'png' : 'jpeg'
}
