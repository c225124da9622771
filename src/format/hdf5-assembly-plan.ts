// How the chunks of a data set lie in the rows that are wanted: planned once for objects that are alike.

import type { Runs } from './hdf5-box.ts'
import type { Chunked } from './hdf5-chunks.ts'
import type { DataSet } from './hdf5-dataset.ts'
import type { Pages } from './hdf5-pages.ts'
import { eachChunk, type Rows, type Scratch } from './hdf5-places.ts'

export interface Reading {
  readonly dataSet: DataSet
  readonly storage: Chunked
  readonly rows: Rows
  readonly pages: Pages
  /** Bytes of the rows. */
  readonly length: number
  readonly scratch: Scratch
  /** A chunk of which only a part is wanted, one after the other: lent once. */
  spare?: Uint8Array
}

/** How chunks lie in the rows. Both are seen along one axis, the first that is longer than 1 in the rows. */
export interface Geometry {
  readonly lead: number
  /** Elements per axis of the rows. */
  readonly shape: readonly number[]
  /** Bytes of a step along that axis, in a chunk and in the rows. */
  readonly chunkStep: number
  readonly rowStep: number
  /** Byte of a chunk at which what it has of the rows can begin: it may be longer than 1 along axes where they are not. */
  readonly begin: number
}

/** Chunks beside each other: at one place along that axis, and all there are across it. */
export interface Slab {
  /** By their numbers. */
  readonly chunks: readonly number[]
  /** Steps of the chunks that are in the rows. */
  readonly first: number
  readonly count: number
  /** Byte of the rows where they begin. */
  readonly into: number
  /** Where what a chunk has of a full band goes, found when it is first needed. */
  runs?: readonly Runs[]
  /** Whether its chunks lie one after the other, and then where they begin in the row copier's memory. */
  inOrder?: boolean
  begins?: readonly number[]
}

/** What follows from the shape of a data set and where its chunks are. */
export interface Plan {
  readonly dataSet: DataSet
  readonly rows: Rows
  readonly geometry: Geometry
  readonly slabs: readonly Slab[]
  /** Chunks are as wide as the rows across the axis that leads: what each has is one run of bytes. */
  readonly isWide: boolean
  /** Chunks, those of them that are stored, and their bytes. */
  readonly count: number
  readonly stored: number
  readonly bytes: number
}

function geometryOf({ dataSet: { shape, type: { itemSize } }, storage: { chunk }, rows }: Reading): Geometry {
  const rowShape = [rows.count, ...shape.slice(1)]
  const found = rowShape.findIndex((axis) => axis !== 1)
  const lead = found < 0 ? shape.length - 1 : found
  const step = (axes: readonly number[]): number => axes.slice(lead + 1).reduce((product, axis) => product * axis, itemSize)
  const chunkStep = step(chunk)
  const inner = chunk.slice(1).reduce((product, axis) => product * axis, itemSize)
  return { lead, shape: rowShape, chunkStep, rowStep: step(rowShape), begin: lead === 0 ? 0 : (rows.first % chunk[0]!) * inner }
}

/** Slabs in their order. None is empty. */
function slabsOf(reading: Reading, { lead, shape, rowStep }: Geometry): Slab[] {
  const { dataSet, storage, rows } = reading
  const length = storage.chunk[lead]!
  const slabs: Slab[] = []
  let chunks: number[] = []
  let last = -1
  eachChunk(storage, dataSet.shape, rows, (index, place) => {
    if (place[lead] !== last) {
      last = place[lead]!
      const corner = last * length - (lead === 0 ? rows.first : 0)
      const first = Math.max(0, -corner)
      chunks = []
      slabs.push({ chunks, first, count: Math.min(length, shape[lead]! - corner) - first, into: (corner + first) * rowStep })
    }
    chunks.push(index)
  })
  return slabs
}

/** More chunks than this are planned anew for each object. */
const maxKept = 4096
/** Objects that are alike share their description: the next one's rows are put together in the same way. */
let last: Plan | undefined

export function planOf(reading: Reading): Plan {
  const { dataSet, storage: { chunk, offsets, sizes, chunkLength }, rows } = reading
  if (last?.dataSet === dataSet && last.rows.first === rows.first && last.rows.count === rows.count) return last
  const geometry = geometryOf(reading)
  const slabs = slabsOf(reading, geometry)
  const isWide = geometry.shape.every((axis, index) => index <= geometry.lead || axis === chunk[index])
  let count = 0, stored = 0, bytes = 0
  for (const { chunks } of slabs) {
    count += chunks.length
    for (const index of chunks) {
      if ((offsets[index] ?? -1) < 0) continue
      stored++
      bytes += sizes?.[index] ?? chunkLength
    }
  }
  const plan = { dataSet, rows, geometry, slabs, isWide, count, stored, bytes }
  if (count <= maxKept) last = plan
  return plan
}
