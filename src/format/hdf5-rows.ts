// Rows of a data set, which are DLIO's samples: the bytes each needs, and its elements out of them.

import { refused } from './format-fault.ts'
import type { Chunked } from './hdf5-chunks.ts'
import type { DataSet } from './hdf5-dataset.ts'
import { unfiltered } from './hdf5-filters.ts'
import { copyBox, type Box } from './hdf5-box.ts'
import type { Pages, Range } from './hdf5-pages.ts'
import { arrayTensor } from './samples.ts'
import { MiB } from '../util/units.ts'
import type { Tensor } from './tensor.ts'

/** What no stored byte stands for is made up to so many bytes, or four times the object's. */
const freeLength = 32 * MiB

/** Rows `first` to `first + count` (exclusive). */
export interface Rows { readonly first: number; readonly count: number }

/** Bytes of a row; a single number has one row. */
export function rowLength({ shape, length, type }: DataSet): number {
  return shape.length === 0 ? type.itemSize : shape[0] === 0 ? 0 : length / shape[0]!
}

/** Numbers of the chunks that rows lie in, each with its place in chunks per axis. */
function* chunksOf({ chunk, grid }: Chunked, shape: readonly number[], { first, count }: Rows): Generator<{ index: number; place: number[] }> {
  const begin = shape.map((_, axis) => (axis === 0 ? Math.floor(first / chunk[0]!) : 0))
  const end = shape.map((length, axis) => (axis === 0 ? Math.ceil((first + count) / chunk[0]!) : Math.ceil(length / chunk[axis]!)))
  const place = [...begin]
  for (;;) {
    let index = place[0]!
    for (let axis = 1; axis < place.length; axis++) index = index * grid[axis]! + place[axis]!
    yield { index, place: [...place] }
    let axis = place.length - 1
    while (axis >= 0 && ++place[axis]! >= end[axis]!) {
      place[axis] = begin[axis]!
      axis--
    }
    if (axis < 0) return
  }
}

/** The bytes that rows need. Empty where nothing is stored, or where only the library knows. */
export function rangesOf(dataSet: DataSet, rows: Rows): Range[] {
  const { storage, shape } = dataSet
  const bytes = rowLength(dataSet)
  if (bytes === 0 || rows.count === 0) return []
  if (storage.kind === 'contiguous') return [{ offset: storage.offset + rows.first * bytes, length: rows.count * bytes }]
  if (storage.kind !== 'chunked') return []
  const ranges: Range[] = []
  for (const { index } of chunksOf(storage, shape, rows)) {
    const offset = storage.offsets[index] ?? -1
    if (offset >= 0) ranges.push({ offset, length: storage.sizes?.[index] ?? storage.chunkLength })
  }
  return ranges
}

/** An array over the rows, all of whose ranges are in `pages`: a view where the bytes lie in order, else in memory of its own. */
export function readRows(dataSet: DataSet, rows: Rows, pages: Pages, scratch: Scratch = (length) => Buffer.allocUnsafeSlow(length)): Tensor {
  const { type, shape, storage } = dataSet
  const layout = { dtype: type.dtype!, shape: shape.length === 0 ? [] : [rows.count, ...shape.slice(1)], fortranOrder: false, bigEndian: type.bigEndian }
  const length = rows.count * rowLength(dataSet)
  if (length === 0) return arrayTensor(layout, new Uint8Array(0), 0)
  if (storage.kind === 'inline') return arrayTensor(layout, storage.bytes, rows.first * rowLength(dataSet))
  if (storage.kind === 'contiguous') return arrayTensor(layout, pages.view(storage.offset + rows.first * rowLength(dataSet), length), 0)
  if (storage.kind === 'chunked') return arrayTensor(layout, chunkedRows(dataSet, storage, { rows, pages, length, scratch }), 0)
  return arrayTensor(layout, filled(dataSet, length, pages), 0)
}

/** `length` bytes of the fill value. */
function filled({ fill, path }: DataSet, length: number, { key, size }: Pages): Uint8Array {
  if (length > Math.max(freeLength, 4 * size)) throw refused(key, `${key} wants ${length} bytes for ${path}, and has only ${size}`)
  return fill ? new Uint8Array(Buffer.alloc(length, fill)) : new Uint8Array(length)
}

/** Memory with whatever was in it. */
export type Scratch = (length: number) => Uint8Array

interface Reading { readonly rows: Rows; readonly pages: Pages; readonly length: number; readonly scratch: Scratch }

function chunkedRows(dataSet: DataSet, storage: Chunked, reading: Reading): Uint8Array {
  const { shape, type } = dataSet
  const { rows, pages, length, scratch } = reading
  const { chunk } = storage
  const places = [...chunksOf(storage, shape, rows)]
  const isWhole = chunk.every((axis, index) => index === 0 || axis === shape[index])
  if (places.length === 1 && isWhole) {
    const bytes = chunkBytes(dataSet, storage, { ...places[0]!, pages })
    // All rows are in one chunk, in order.
    if (bytes) {
      const begin = (rows.first - places[0]!.place[0]! * chunk[0]!) * rowLength(dataSet)
      return bytes.subarray(begin, begin + length)
    }
  }
  const stored = places.some(({ index }) => (storage.offsets[index] ?? -1) >= 0)
  const isComplete = places.every(({ index }) => (storage.offsets[index] ?? -1) >= 0)
  if (!stored) return filled(dataSet, length, pages)
  checkExpansion(dataSet, storage, reading, places.map(({ index }) => index))
  const into = isComplete ? scratch(length) : filled(dataSet, length, pages)
  for (const place of places) {
    const bytes = chunkBytes(dataSet, storage, { ...place, pages })
    if (!bytes) continue
    const box: Box = { chunk, shape: [rows.count, ...shape.slice(1)], itemSize: type.itemSize, corner: place.place.map((at, axis) => at * chunk[axis]! - (axis === 0 ? rows.first : 0)) }
    copyBox(bytes, into, box)
  }
  return into
}

/** Memory for rows is taken before their chunks were inflated: their stored bytes must be able to become so many. */
function checkExpansion({ path }: DataSet, { offsets, sizes, chunkLength }: Chunked, { pages: { key, size }, length }: Reading, chunks: readonly number[]): void {
  const stored = chunks.reduce((sum, chunk) => sum + ((offsets[chunk] ?? -1) < 0 ? 0 : sizes?.[chunk] ?? chunkLength), 0)
  if (length <= Math.max(freeLength, 4 * size) || length <= 1032 * stored) return
  throw refused(key, `${key} wants ${length} bytes for ${path} out of ${stored}, which looks like a decompression bomb`)
}

interface Place { readonly index: number; readonly place: readonly number[]; readonly pages: Pages }

/** A chunk as it was before its filters; undefined when it was never written. */
function chunkBytes({ shape }: DataSet, storage: Chunked, { index, place, pages }: Place): Uint8Array | undefined {
  const { chunk, chunkLength, filters, sizes, masks, edgesAreUnfiltered } = storage
  const offset = storage.offsets[index] ?? -1
  if (offset < 0) return undefined
  const bytes = pages.view(offset, sizes?.[index] ?? chunkLength)
  const isEdge = edgesAreUnfiltered && place.some((at, axis) => (at + 1) * chunk[axis]! > shape[axis]!)
  return unfiltered(isEdge ? [] : filters, { key: pages.key, offset, bytes, mask: masks?.[index] ?? 0, length: chunkLength })
}
