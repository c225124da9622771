// What a file that is written looks like: its data sets, their shapes and chunks. Source: DLIO's HDF5Generator; h5py's choice of chunks.

import { Fault } from '../util/fault.ts'
import { KiB, MiB } from '../util/units.ts'
import type { EncodeOptions, Hdf5Options, SampleBlock } from './format.ts'
import type { WrittenFilter } from './hdf5-write-header.ts'
import { elementCount, itemSizes, type DType } from './tensor.ts'

/** One of the data sets that samples go into, or the labels. */
export interface PlannedSet {
  readonly name: string
  readonly dtype: DType
  /** Samples first. */
  readonly shape: readonly number[]
  readonly maxShape: readonly number[]
  /** Absent: one run of bytes. */
  readonly chunk?: readonly number[]
  readonly filter?: WrittenFilter
}

const wholeArray: Hdf5Options = { numDsetPerRecord: 1, chunkDims: [], maxShape: [], dropsUnitAxis: false }

/** @throws {Fault} 'usage' for layouts that HDF5 has not. */
export function plannedSets({ shape: record, dtype, numSamples }: SampleBlock, options: EncodeOptions): PlannedSet[] {
  const filter = filterOf(options)
  const { numDsetPerRecord, chunkDims, maxShape, dropsUnitAxis } = options.hdf5 ?? wholeArray
  const [first = 1, ...rest] = record
  if (first % numDsetPerRecord !== 0) throw refused('num_dset_per_record', `${numDsetPerRecord} does not divide the first axis of a sample, ${first}`, 'set dataset.record_dims')
  const sample = numDsetPerRecord > 1 ? [first / numDsetPerRecord, ...rest] : dropsUnitAxis && first === 1 ? rest : record
  const shape = [numSamples, ...sample]
  const limit = maxShape.length > 0 ? [numSamples, ...maxShape] : shape
  if (limit.length !== shape.length || limit.some((length, axis) => length < shape[axis]!)) {
    throw refused('max_shape', `[${maxShape.join(', ')}] is smaller than the shape of a sample, [${sample.join(', ')}], or has other axes`, 'give each axis at least the length it has')
  }
  const isChunked = (chunkDims.length > 0 || maxShape.length > 0 || filter !== undefined) && !shape.includes(0)
  const common = {
    dtype, shape, maxShape: limit,
    ...(isChunked ? { chunk: chunkDims.length > 0 ? checkedChunk(chunkDims, limit, dtype) : guessedChunk(shape, itemSizes[dtype]) } : {}),
    ...(isChunked && filter ? { filter } : {}),
  }
  return [
    ...Array.from({ length: numDsetPerRecord }, (_, index) => ({ name: `records_${index}`, ...common })),
    { name: 'labels', dtype: 'int64', shape: [numSamples], maxShape: [numSamples] },
  ]
}

function refused(key: string, message: string, hint: string): Fault<'usage'> {
  return new Fault('usage', `dataset.hdf5.${key}: ${message}`, { info: { key: `dataset.hdf5.${key}` }, hint })
}

function filterOf({ compression, compressionLevel }: EncodeOptions): WrittenFilter | undefined {
  if (compression === 'none') return undefined
  if (compression === 'lzf') return { name: 'lzf' }
  if (compression !== 'gzip') {
    throw new Fault('usage', `dataset.compression is ${compression}, and HDF5 files are written with gzip, lzf or none`, { info: { key: 'dataset.compression' }, hint: 'use dataset.compression=gzip, lzf or none' })
  }
  if (!(Number.isInteger(compressionLevel) && compressionLevel >= 0 && compressionLevel <= 9)) {
    throw new Fault('usage', `dataset.compression_level is ${compressionLevel}, and gzip has 0 to 9`, { info: { key: 'dataset.compression_level' }, hint: 'use a level of 0 to 9' })
  }
  return { name: 'gzip', level: compressionLevel }
}

function checkedChunk(chunk: readonly number[], limit: readonly number[], dtype: DType): readonly number[] {
  if (chunk.length !== limit.length || chunk.some((length, axis) => length < 1 || length > limit[axis]!)) {
    throw refused('chunk_dims', `[${chunk.join(', ')}] does not fit into [${limit.join(', ')}], which is samples per file and the axes of a sample`, 'give the length of each axis, samples first')
  }
  if (elementCount(chunk) * itemSizes[dtype] >= 2 ** 32) throw refused('chunk_dims', 'a chunk must be smaller than 4 GiB', 'use smaller chunks')
  return chunk
}

/** Halves one axis after the other until a chunk is near 16 KiB × 2^log10(size in MiB), within 8 KiB and 1 MiB. */
function guessedChunk(shape: readonly number[], itemSize: number): readonly number[] {
  const target = Math.min(MiB, Math.max(8 * KiB, 16 * KiB * 2 ** Math.log10((elementCount(shape) * itemSize) / MiB)))
  const chunk = [...shape]
  for (let axis = 0; ; axis = (axis + 1) % chunk.length) {
    const elements = elementCount(chunk)
    const bytes = elements * itemSize
    if (elements === 1 || (bytes < MiB && (bytes < target || Math.abs(bytes - target) / target < 0.5))) return chunk
    chunk[axis] = Math.ceil(chunk[axis]! / 2)
  }
}
