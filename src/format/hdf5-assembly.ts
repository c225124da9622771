// Rows put together out of the chunks that they lie in. What a chunk holds of them is decoded to where it belongs if it belongs
// into one piece, else in a memory of small parts, in which rows are copied by WebAssembly.

import { refused } from './format-fault.ts'
import { planOf, type Geometry, type Reading, type Slab } from './hdf5-assembly-plan.ts'
import { copyBox, copyRunsInside, runsOf, type Runs } from './hdf5-box.ts'
import { arrayLength, chunksLength, rowCopier, type RowCopier } from './hdf5-box-program.ts'
import { maxExpansion, unfiltered } from './hdf5-filters.ts'
import { filled, freeLength, placeOf } from './hdf5-places.ts'
import { maxBelieved } from './inflate.ts'
import { KiB } from '../util/units.ts'

/** Parts that are copied at a time: they are still in a core's innermost caches when they are copied on. Bytes. */
const bandLength = 64 * KiB

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
  // Chunks are there whole, where they begin, or come band by band.
  const begins = isFiltered ? unfilteredInside(reading, slab, copier) : copiedTogether(reading, slab, copier)
  const views = begins ? [] : chunks.map((each) => unfilteredChunk(reading, each))
  slab.runs ??= chunks.map((each) => runsOfBand(reading, geometry, each, band))
  for (let row = 0; row < count; row += band) {
    const rows = Math.min(band, count - row)
    const start = begin + (first + row) * chunkStep
    for (const [number, chunk] of chunks.entries()) {
      if (!begins) copier.bytes.set(views[number]!.subarray(start, start + rows * chunkStep), arrayLength)
      const runs = rows === band ? slab.runs[number]! : runsOfBand(reading, geometry, chunk, rows)
      copyRunsInside(copier, begins ? begins[number]! + start : arrayLength, runs)
    }
    into.set(copier.bytes.subarray(0, rows * rowStep), slab.into + row * rowStep)
  }
  return true
}

/** Undoes the filters of a slab's chunks in the row copier's memory. Where they begin in it. */
function unfilteredInside(reading: Reading, { chunks }: Slab, { bytes }: RowCopier): number[] {
  const { chunkLength } = reading.storage
  return chunks.map((each, number) => {
    const at = arrayLength + number * chunkLength
    unfilteredChunk(reading, each, bytes.subarray(at, at + chunkLength))
    return at
  })
}

/** Chunks of a slab that were written one after the other come by one copy, with half as many views to make. Where they begin, or undefined. */
function copiedTogether({ storage: { offsets, sizes, chunkLength }, pages }: Reading, slab: Slab, { bytes }: RowCopier): readonly number[] | undefined {
  const begin = offsets[slab.chunks[0]!]!
  slab.inOrder ??= sizes === undefined && slab.chunks.every((each, number) => offsets[each] === begin + number * chunkLength)
  const length = slab.chunks.length * chunkLength
  if (!slab.inOrder || length > chunksLength) return undefined
  const found = pages.find(begin, length)
  if (!found) return undefined
  bytes.set(found, arrayLength)
  return slab.begins ??= slab.chunks.map((_, number) => arrayLength + number * chunkLength)
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
