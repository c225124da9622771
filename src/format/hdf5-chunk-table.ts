// Where the chunks of a data set are, as a table: what every kind of index is read into.

import type { Cursor } from './cursor.ts'
import { addressAt, Unfamiliar, type Hdf5File } from './hdf5-file.ts'
import type { Space } from './hdf5-type.ts'
import { MiB } from '../util/units.ts'

/** What a layout is read against. */
export interface Extent {
  readonly file: Hdf5File
  readonly path: string
  readonly space: Space
  /** Axes that are inside of each element. */
  readonly axes: readonly number[]
  /** Bytes of an element, those axes included. */
  readonly itemSize: number
  /** Bytes of all elements. */
  readonly length: number
  readonly filters: Cursor | undefined
}

/** Rows of an index: what each kind of index gives. */
export interface ChunkTable {
  readonly offsets: Float64Array
  readonly sizes?: Float64Array
  readonly masks?: Uint32Array
}

/** What the indexes are told. */
export interface ChunkIndex {
  readonly extent: Extent
  readonly chunk: readonly number[]
  readonly chunkLength: number
  readonly grid: readonly number[]
  readonly isFiltered: boolean
}

export function emptyTable(count: number, isFiltered: boolean): Required<ChunkTable> {
  const length = isFiltered ? count : 0
  return { offsets: new Float64Array(count).fill(-1), sizes: new Float64Array(length), masks: new Uint32Array(length) }
}

/** A table is believed to be large only as far as the object is: each row takes bytes in it, or is nothing. */
export function checkCount(count: number, size: number): void {
  if (!(count * 8 <= 4 * size + 8 * MiB)) throw new Unfamiliar('more chunks than bytes')
}

/** Reads the next chunk of an index into row `at` of a table. `sizeWidth`: bytes of a stored chunk's length. */
export function readEntry(cursor: Cursor, table: Required<ChunkTable>, { at, base, sizeWidth }: { at: number; base: number; sizeWidth: number }): void {
  const found = addressAt(cursor)
  if (found !== undefined) table.offsets[at] = base + found
  if (sizeWidth === 0) return
  let size = 0
  for (let index = 0, scale = 1; index < sizeWidth; index++, scale *= 256) size += cursor.u8() * scale
  table.sizes[at] = size
  table.masks[at] = cursor.u32()
}

/** Bytes that a filtered chunk's length takes in an entry; 0 without filters. */
export function sizeWidthOf({ isFiltered }: ChunkIndex, entrySize: number): number {
  const width = isFiltered ? entrySize - 12 : entrySize - 8
  if (isFiltered ? width < 1 || width > 8 : width !== 0) throw new Unfamiliar('entries of a chunk index')
  return width
}

/** Bits count from the highest of the first byte on. */
export function isSet(bitmap: Uint8Array, bit: number): boolean {
  return ((bitmap[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1
}
