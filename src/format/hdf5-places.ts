// Which chunks rows of a data set lie in, and what stands for those that were never written.

import { refused } from './format-fault.ts'
import type { Chunked } from './hdf5-chunks.ts'
import type { DataSet } from './hdf5-dataset.ts'
import type { Pages } from './hdf5-pages.ts'
import { MiB } from '../util/units.ts'

/** What no stored byte stands for is made up to so many bytes, or four times the object's. */
export const freeLength: number = 32 * MiB

/** Rows `first` to `first + count` (exclusive). */
export interface Rows { readonly first: number; readonly count: number }

/** Memory with whatever was in it. */
export type Scratch = (length: number) => Uint8Array

/** Bytes of a row; a single number has one row. */
export function rowLength({ shape, length, type }: DataSet): number {
  return shape.length === 0 ? type.itemSize : shape[0] === 0 ? 0 : length / shape[0]!
}

/** Visits the chunks that rows lie in, in C order: each by its number, and its place in chunks per axis, which is good until the next. */
export function eachChunk({ chunk, grid }: Chunked, shape: readonly number[], { first, count }: Rows, visit: (index: number, place: readonly number[]) => void): void {
  const begin = shape.map((_, axis) => (axis === 0 ? Math.floor(first / chunk[0]!) : 0))
  const end = shape.map((length, axis) => (axis === 0 ? Math.ceil((first + count) / chunk[0]!) : Math.ceil(length / chunk[axis]!)))
  const place = [...begin]
  for (;;) {
    let index = place[0]!
    for (let axis = 1; axis < place.length; axis++) index = index * grid[axis]! + place[axis]!
    visit(index, place)
    let axis = place.length - 1
    while (axis >= 0 && ++place[axis]! >= end[axis]!) {
      place[axis] = begin[axis]!
      axis--
    }
    if (axis < 0) return
  }
}

/** The place of a chunk, in chunks per axis. */
export function placeOf({ grid }: Chunked, index: number): number[] {
  const place: number[] = []
  let rest = index
  for (let axis = grid.length - 1; axis > 0; axis--) {
    place[axis] = rest % grid[axis]!
    rest = Math.floor(rest / grid[axis]!)
  }
  place[0] = rest
  return place
}

/** `length` bytes of the fill value. */
export function filled({ fill, path }: DataSet, length: number, { key, size }: Pages): Uint8Array {
  if (length > Math.max(freeLength, 4 * size)) throw refused(key, `${key} wants ${length} bytes for ${path}, and has only ${size}`)
  return fill ? new Uint8Array(Buffer.alloc(length, fill)) : new Uint8Array(length)
}
