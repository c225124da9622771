// Rows put together out of the chunks that they lie in. What a chunk holds of them is decoded to where it belongs if it belongs
// into one piece, else in a memory of small parts, in which rows are copied by WebAssembly.

import { refused } from './format-fault.ts'
import { copyBox, copyRunsInside, runsOf, type Runs } from './hdf5-box.ts'
import { arrayLength, chunksLength, rowCopier } from './hdf5-box-program.ts'
import type { Chunked } from './hdf5-chunks.ts'
import type { DataSet } from './hdf5-dataset.ts'
import { maxExpansion, unfiltered } from './hdf5-filters.ts'
import type { Pages } from './hdf5-pages.ts'
import { eachChunk, filled, freeLength, placeOf, type Rows, type Scratch } from './hdf5-places.ts'
import { maxBelieved } from './inflate.ts'
import { KiB } from '../util/units.ts'

/** Parts that are copied at a time: they are still in a core's innermost caches when they are copied on. Bytes. */
const bandLength = 64 * KiB

interface Reading {
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
interface Geometry {
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
interface Slab {
  /** By their numbers. */
  readonly chunks: readonly number[]
  /** Steps of the chunks that are in the rows. */
  readonly first: number
  readonly count: number
  /** Byte of the rows where they begin. */
  readonly into: number
  /** Where what a chunk has of a full band goes, found when it is first needed. */
  runs?: readonly Runs[]
}

/** What follows from the shape of a data set and where its chunks are. */
interface Plan {
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

function planOf(reading: Reading): Plan {
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

/** The rows of a chunked data set, all of whose stored bytes are in `pages`: a view where they lie in order. */
export function chunkedRows(reading: Reading): Uint8Array {
  const { dataSet, pages, length, scratch } = reading
  const { geometry, slabs, isWide, count, stored, bytes } = planOf(reading)
  if (stored === 0) return filled(dataSet, length, pages)
  checkExpansion(reading, bytes)
  if (isWide && stored === count) {
    const found = rowsInOrder(reading, geometry, slabs) ?? rowsOfOne(reading, geometry, slabs)
    if (found) return found
  }
  const into = stored === count ? scratch(length) : filled(dataSet, length, pages)
  for (const slab of slabs) {
    if (isWide) placeSlab(reading, geometry, slab, into)
    else if (!assembleSlab(reading, geometry, slab, into)) copySlab(reading, geometry, slab, into)
  }
  return into
}

/** Memory for rows is taken before their chunks were inflated: their stored bytes must be able to become so many. */
function checkExpansion({ dataSet: { path }, pages: { key, size }, length }: Reading, stored: number): void {
  if (length <= Math.max(freeLength, 4 * size) || length <= maxExpansion * stored) return
  throw refused(key, `${key} wants ${length} bytes for ${path} out of ${stored}, which looks like a decompression bomb`)
}

/** Rows that are stored as they are, without a gap: a view of them. */
function rowsInOrder({ storage: { filters, offsets }, pages, length }: Reading, { begin, chunkStep }: Geometry, slabs: readonly Slab[]): Uint8Array | undefined {
  if (filters.length > 0) return undefined
  const startOf = ({ chunks, first }: Slab): number => offsets[chunks[0]!]! + begin + first * chunkStep
  for (const [number, slab] of slabs.entries()) {
    const next = slabs[number + 1]
    if (next && startOf(slab) + slab.count * chunkStep !== startOf(next)) return undefined
  }
  return pages.find(startOf(slabs[0]!), length)
}

/** Rows that are all in one filtered chunk, which may hold others too. */
function rowsOfOne(reading: Reading, { begin, chunkStep }: Geometry, [slab, ...others]: readonly Slab[]): Uint8Array | undefined {
  if (!slab || others.length > 0) return undefined
  const start = begin + slab.first * chunkStep
  return decoded(reading, slab.chunks[0]!).subarray(start, start + reading.length)
}

/** The chunk of a slab is one run of bytes in the rows. */
function placeSlab(reading: Reading, { begin, chunkStep }: Geometry, { chunks: [chunk], first, count, into: at }: Slab, into: Uint8Array): void {
  if (!isStored(reading, chunk!)) return
  const part = into.subarray(at, at + count * chunkStep)
  const start = begin + first * chunkStep
  if (part.length === reading.storage.chunkLength) unfilteredChunk(reading, chunk!, part)
  else part.set(decoded(reading, chunk!).subarray(start, start + part.length))
}

/** Rows of a slab by the row copier, as many at a time as fit; false where that cannot be. */
function assembleSlab(reading: Reading, geometry: Geometry, slab: Slab, into: Uint8Array): boolean {
  const { chunkStep, rowStep, begin } = geometry
  const { chunks, first, count } = slab
  const { storage: { chunkLength, filters } } = reading
  const band = Math.min(count, Math.max(1, Math.floor(bandLength / rowStep)))
  const isFiltered = filters.length > 0
  if (band * rowStep > arrayLength || (isFiltered ? chunks.length * chunkLength : band * chunkStep) > chunksLength) return false
  if (!chunks.every((each) => isStored(reading, each))) return false
  const copier = rowCopier()
  const views = chunks.map((each, number) => {
    const slot = arrayLength + number * chunkLength
    return unfilteredChunk(reading, each, isFiltered ? copier.bytes.subarray(slot, slot + chunkLength) : undefined)
  })
  slab.runs ??= chunks.map((each) => runsOfBand(reading, geometry, each, band))
  for (let row = 0; row < count; row += band) {
    const rows = Math.min(band, count - row)
    const start = begin + (first + row) * chunkStep
    for (const [number, view] of views.entries()) {
      if (!isFiltered) copier.bytes.set(view.subarray(start, start + rows * chunkStep), arrayLength)
      const runs = rows === band ? slab.runs[number]! : runsOfBand(reading, geometry, chunks[number]!, rows)
      copyRunsInside(copier, isFiltered ? arrayLength + number * chunkLength + start : arrayLength, runs)
    }
    into.set(copier.bytes.subarray(0, rows * rowStep), slab.into + row * rowStep)
  }
  return true
}

/** Where so many rows of a chunk go in a band: every chunk of the grid has a part in the data set. */
function runsOfBand({ storage, dataSet: { type: { itemSize } } }: Reading, { lead, shape }: Geometry, index: number, rows: number): Runs {
  const { chunk } = storage
  const corner = placeOf(storage, index).map((place, axis) => (axis > lead ? place * chunk[axis]! : 0)).slice(lead)
  return runsOf({ itemSize, chunk: [rows, ...chunk.slice(lead + 1)], shape: [rows, ...shape.slice(lead + 1)], corner })!
}

/** Chunks of a slab from where they are, or from memory of their own. */
function copySlab(reading: Reading, { shape }: Geometry, { chunks }: Slab, into: Uint8Array): void {
  const { storage: { chunk }, dataSet: { type: { itemSize } }, rows } = reading
  for (const each of chunks) {
    if (!isStored(reading, each)) continue
    const corner = placeOf(reading.storage, each).map((at, axis) => at * chunk[axis]! - (axis === 0 ? rows.first : 0))
    copyBox(unfilteredChunk(reading, each), into, { chunk, shape, itemSize, corner })
  }
}

function isStored({ storage: { offsets } }: Reading, chunk: number): boolean {
  return (offsets[chunk] ?? -1) >= 0
}

/** A chunk as it was before its filters, good until the next; in memory that the source lends where it can be believed to be so long. */
function decoded(reading: Reading, chunk: number): Uint8Array {
  const { storage: { filters, sizes, chunkLength } } = reading
  const isBelieved = filters.length > 0 && chunkLength <= maxBelieved && chunkLength <= maxExpansion * (sizes?.[chunk] ?? chunkLength)
  return unfilteredChunk(reading, chunk, isBelieved ? reading.spare ??= reading.scratch(chunkLength) : undefined)
}

/** The same in `into`, where that is given. */
function unfilteredChunk({ dataSet: { shape }, storage, pages }: Reading, index: number, into?: Uint8Array): Uint8Array {
  const { chunk, chunkLength, filters, sizes, masks, edgesAreUnfiltered } = storage
  const offset = storage.offsets[index]!
  const bytes = pages.view(offset, sizes?.[index] ?? chunkLength)
  const isEdge = edgesAreUnfiltered && placeOf(storage, index).some((at, axis) => (at + 1) * chunk[axis]! > shape[axis]!)
  return unfiltered(isEdge ? [] : filters, { key: pages.key, offset, bytes, mask: masks?.[index] ?? 0, length: chunkLength }, into)
}
