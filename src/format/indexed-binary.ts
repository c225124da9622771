// FORMATS indexed_binary and mmap_indexed_binary: samples back to back, and two files beside them with an offset and a size
// per sample, u64le. They differ in how DLIO opens them locally (seek and read, or a memory map), not in a byte.
// Source: DLIO's IndexedBinaryGenerator and IndexedBinaryReader.

import { MiB } from '../util/units.ts'
import { RangeReader } from './coalesce.ts'
import { refuseCompression } from './compression.ts'
import { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'
import type { ByteSource, Companion, EncodeOptions, Format, Inspection, OpenHint, SampleBlock, SampleReader } from './format.ts'
import { checkSampleIndex } from './samples.ts'
import { elementCount, itemSizes, type Tensor } from './tensor.ts'

/** Bytes of a piece. Files up to this size are one. */
const pieceLength = 4 * MiB
const offsetsEnding = '.off.idx'
const sizesEnding = '.sz.idx'

export const indexedBinary: Format = formatNamed('indexed_binary')
export const mmapIndexedBinary: Format = formatNamed('mmap_indexed_binary')

function formatNamed(name: string): Format {
  return {
    name, hasRanges: true, open, inspect,
    encode: (samples, options) => encode(name, samples, options),
    encodeInto(samples, options, into) {
      refuseCompression(name, options)
      const length = sampleLength(samples)
      for (let index = 0; index < samples.numSamples; index++) samples.fill(index, 0, into.subarray(index * length, (index + 1) * length))
    },
    encodedSize(samples, options) {
      refuseCompression(name, options)
      return samples.numSamples * sampleLength(samples)
    },
    companions,
  }
}

function sampleLength({ shape, dtype }: SampleBlock): number {
  return elementCount(shape) * itemSizes[dtype]
}

async function* encode(name: string, samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  refuseCompression(name, options)
  const length = sampleLength(samples)
  const piece = new Uint8Array(Math.min(pieceLength, samples.numSamples * length))
  let end = 0
  for (let index = 0; index < samples.numSamples; index++) {
    for (let at = 0; at < length;) {
      const into = piece.subarray(end, end + Math.min(piece.length - end, length - at))
      samples.fill(index, at, into)
      at += into.length
      end += into.length
      if (end < piece.length) continue
      yield piece
      end = 0
    }
  }
  if (end > 0) yield piece.subarray(0, end)
}

/** DLIO's own offsets begin anew with every buffer of dataset.generation_buffer_size; these are where the samples are. */
function* companions(key: string, samples: SampleBlock): Generator<Companion, void> {
  const length = sampleLength(samples)
  yield { key: key + offsetsEnding, bytes: numbers(samples.numSamples, (index) => index * length) }
  yield { key: key + sizesEnding, bytes: numbers(samples.numSamples, () => length) }
}

function numbers(count: number, valueOf: (index: number) => number): Uint8Array {
  const bytes = new Uint8Array(8 * count)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < count; i++) {
    const value = valueOf(i)
    view.setUint32(8 * i, value % 2 ** 32, true)
    view.setUint32(8 * i + 4, Math.floor(value / 2 ** 32), true)
  }
  return bytes
}

/** Where the samples of an object are. Shape [n] each. */
interface Table { readonly offsets: Float64Array; readonly sizes: Float64Array }

/** Samples are views: uint8 [size]. The index files are read once, and remembered where the hint has a memory. */
async function open(source: ByteSource, { numSamples, memo }: OpenHint): Promise<SampleReader> {
  const { key } = source
  const known = memo?.get() as Table | undefined
  const table = known ?? await readTable(source, numSamples)
  if (!known) memo?.set(table, 16 * table.offsets.length)
  const ranges = new RangeReader(source)
  const extent = (index: number): { offset: number; length: number } => ({ offset: table.offsets[index]!, length: table.sizes[index]! })
  const count = table.offsets.length
  return {
    numSamples: count,
    prepare: async (indexes) => ranges.prepare(indexes.filter((index) => index >= 0 && index < count).map(extent)),
    async readSample(index) {
      checkSampleIndex(key, index, count)
      const { offset, length } = extent(index)
      return bytesOf(await ranges.read(offset, length))
    },
  }
}

function bytesOf(bytes: Uint8Array): Tensor {
  return { dtype: 'uint8', shape: [bytes.length], strides: [1], bytes, offset: 0 }
}

/** `numSamples` 0: as many as the index files have. */
async function readTable(source: ByteSource, numSamples: number): Promise<Table> {
  const [offsets, sizes] = await Promise.all([offsetsEnding, sizesEnding].map((ending) => readNumbers(source, source.key + ending, numSamples))) as [Float64Array, Float64Array]
  if (offsets.length !== sizes.length) {
    throw damaged(source.key + sizesEnding, 0, `${source.key + sizesEnding} has ${sizes.length} sizes for the ${offsets.length} offsets of ${source.key + offsetsEnding}`)
  }
  for (let i = 0; i < offsets.length; i++) {
    if (offsets[i]! + sizes[i]! <= source.size) continue
    throw damaged(source.key, offsets[i]!, `${source.key} is ${source.size} bytes long, but its index files put sample ${i} at ${offsets[i]!} with ${sizes[i]!} bytes`)
  }
  return { offsets, sizes }
}

async function readNumbers(source: ByteSource, key: string, count: number): Promise<Float64Array> {
  const file = await source.beside?.(key, count === 0 ? undefined : 8 * count)
  if (!file) throw damaged(source.key, 0, `${source.key} has no index file ${key} beside it: nothing else tells where its samples are`)
  const length = count === 0 ? file.size : 8 * count
  if (length % 8 !== 0 || length > file.size) throw damaged(key, 0, `${key} is ${file.size} bytes long; ${count === 0 ? 'offsets and sizes have 8 each' : `${count} samples need ${length}`}`)
  const cursor = new Cursor(key, length === 0 ? new Uint8Array(0) : await file.read(0, length), 0)
  return Float64Array.from({ length: length / 8 }, () => cursor.u64())
}

/** The samples one under the other where they are alike, else each alone; and both index files. */
async function inspect(source: ByteSource, hint: OpenHint): Promise<Inspection> {
  const { offsets, sizes } = await readTable(source, hint.numSamples)
  const arrays: Inspection['arrays'] = [await samplesArray(source, { offsets, sizes }), indexArray('offsets', offsets), indexArray('sizes', sizes)]
  return { numSamples: offsets.length, arrays }
}

async function samplesArray(source: ByteSource, { offsets, sizes }: Table): Promise<Inspection['arrays'][number]> {
  const length = sizes[0] ?? 0
  const areAlike = offsets.every((offset, i) => offset === i * length && sizes[i] === length)
  const shape = areAlike ? [offsets.length, length] : [source.size]
  const bytes = source.size === 0 ? new Uint8Array(0) : await source.read(0, source.size)
  return { name: 'data', dtype: 'uint8', shape, tensor: { dtype: 'uint8', shape, strides: areAlike ? [length, 1] : [1], bytes, offset: 0 } }
}

function indexArray(name: string, values: Float64Array): Inspection['arrays'][number] {
  const tensor: Tensor = { dtype: 'uint64', shape: [values.length], strides: [8], bytes: numbers(values.length, (i) => values[i]!), offset: 0 }
  return { name, dtype: 'uint64', shape: tensor.shape, tensor }
}
