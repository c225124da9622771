// HDF5 files as DLIO writes them: `records_0`, … hold the samples on their first axis, `labels` zeros.
// Written here and not by h5wasm: that has no bool and no float16, holds all samples in its own memory at once, stamps the time
// into every header, and deflates at a third of zlib's speed. Tests read what is written with that library, and with h5py.

import { promisify } from 'node:util'
import zlib from 'node:zlib'

import { MiB } from '../util/units.ts'
import type { EncodeOptions, SampleBlock } from './format.ts'
import { copyBox } from './hdf5-box.ts'
import { contiguousLayout, dataSetHeader, groupHeader, superblock, superblockLength, type Bytes } from './hdf5-write-header.ts'
import { chunkedLayout, fixedArrayBytes, indexLength, type ChunkShape, type WrittenChunk } from './hdf5-write-index.ts'
import { plannedSets, type PlannedSet } from './hdf5-write-plan.ts'
import { lzfCompress } from './lzf.ts'
import { elementCount, itemSizes } from './tensor.ts'

const deflate = promisify(zlib.deflate)

/** Metadata are followed by data at a multiple of this many bytes, as in files of the library. */
const blockLength = 2048
/** Objects up to this size are one piece. Bytes. */
const heldLength = 64 * MiB
const pieceLength = 4 * MiB
/** Chunks that are deflated at a time. */
const deflateWidth = 4

/** A data set with its place in the file. */
interface Placed {
  readonly set: PlannedSet
  /** Bytes of all elements. */
  readonly length: number
  readonly chunks: ChunkShape | undefined
  /** Chunks per axis: of the shape, and of the largest one. */
  readonly grid: readonly number[]
  readonly limits: readonly number[]
}

function placed(set: PlannedSet): Placed {
  const { chunk, shape, maxShape, dtype, filter } = set
  const itemSize = itemSizes[dtype]
  const length = elementCount(shape) * itemSize
  if (!chunk) return { set, length, chunks: undefined, grid: [], limits: [] }
  const perAxis = (axes: readonly number[]): number[] => axes.map((axis, index) => Math.ceil(axis / chunk[index]!))
  const limits = perAxis(maxShape)
  const isSingle = chunk.every((axis, index) => axis === shape[index] && axis === maxShape[index])
  const chunks = { chunk, itemSize, chunkLength: elementCount(chunk) * itemSize, count: elementCount(limits), isSingle, isFiltered: filter !== undefined }
  return { set, length, chunks, grid: perAxis(shape), limits }
}

/** Bytes of the chunks, unfiltered. */
function storedLength({ length, chunks, grid }: Placed): number {
  return chunks ? elementCount(grid) * chunks.chunkLength : length
}

/** The number of the chunk that index entry `index` names, among those that are written; undefined beyond the shape. */
function writtenNumber({ grid, limits }: Placed, index: number): number | undefined {
  let rest = index, number = 0
  const place: number[] = []
  for (let axis = limits.length - 1; axis >= 0; axis--) {
    place[axis] = rest % limits[axis]!
    rest = Math.floor(rest / limits[axis]!)
  }
  for (const [axis, at] of place.entries()) {
    if (at >= grid[axis]!) return undefined
    number = number * grid[axis]! + at
  }
  return number
}

/** A chunk as its filter left it. `mask`: bit 0 when it was skipped. */
interface FilteredChunk { readonly bytes: Uint8Array; readonly mask: number }

type Filtered = ReadonlyMap<Placed, readonly FilteredChunk[]>

/** The file's metadata, up to where data begin. */
function metadata(sets: readonly Placed[], filtered: Filtered): { head: Uint8Array; size: number } {
  const layoutOf = ({ length, chunks }: Placed, at: { index: number; data: number; first: FilteredChunk | undefined }): Bytes => (
    chunks ? chunkedLayout(chunks, at.index, { address: at.data, length: at.first?.bytes.length ?? 0, mask: at.first?.mask ?? 0 }) : contiguousLayout(length === 0 ? undefined : at.data, length))
  const headerOf = (each: Placed, at: Parameters<typeof layoutOf>[1]): Bytes => dataSetHeader({
    ...each.set, layout: layoutOf(each, at), ...(each.chunks && { chunkLength: each.chunks.chunkLength }),
  })
  // Addresses do not change lengths: headers of nothing tell where everything will be.
  const nothing = { index: 0, data: 0, first: undefined }
  let end = superblockLength + groupHeader(sets.map(({ set }) => ({ name: set.name, address: 0 }))).length
  const headerAt = sets.map((each) => { const at = end; end += headerOf(each, nothing).length; return at })
  const indexAt = sets.map(({ chunks }) => { const at = end; if (chunks) end += indexLength(chunks); return at })
  let data = Math.ceil(end / blockLength) * blockLength
  const head = Buffer.alloc(data)
  for (const [number, each] of sets.entries()) {
    const stored = filtered.get(each)
    const lengths = stored?.map(({ bytes }) => bytes.length)
    const begin = data
    head.set(headerOf(each, { index: indexAt[number]!, data: begin, first: stored?.[0] }), headerAt[number])
    if (each.chunks && !each.chunks.isSingle) {
      const { chunkLength } = each.chunks
      const starts = lengths && startsOf(lengths, begin)
      const chunkAt = (index: number): WrittenChunk | undefined => {
        const chunk = writtenNumber(each, index)
        return chunk === undefined ? undefined : { address: starts ? starts[chunk]! : begin + chunk * chunkLength, length: lengths ? lengths[chunk]! : chunkLength, mask: stored?.[chunk]!.mask ?? 0 }
      }
      head.set(fixedArrayBytes(each.chunks, indexAt[number]!, chunkAt), indexAt[number])
    }
    data += lengths ? lengths.reduce((sum, length) => sum + length, 0) : storedLength(each)
  }
  head.set(groupHeader(sets.map(({ set }, number) => ({ name: set.name, address: headerAt[number]! }))), superblockLength)
  head.set(superblock(superblockLength, data))
  return { head, size: data }
}

function startsOf(lengths: readonly number[], begin: number): number[] {
  let at = begin
  return lengths.map((length) => { const start = at; at += length; return start })
}

/** Undefined where data are compressed: only then is known how long they are. */
export function hdf5EncodedSize(samples: SampleBlock, options: EncodeOptions): number | undefined {
  const sets = plannedSets(samples, options).map(placed)
  if (options.compression !== 'none') return undefined
  const last = sets.reduce((sum, set) => sum + storedLength(set), 0)
  return dataBegin(sets) + last
}

/** Metadata are of a length that only the shape decides; all files of a data set have the same. */
function dataBegin(sets: readonly Placed[]): number {
  return metadata(sets, new Map()).head.length
}

export async function* encodeHdf5(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  const sets = plannedSets(samples, options).map(placed)
  const filtered = new Map<Placed, readonly FilteredChunk[]>()
  for (const set of sets) if (set.chunks?.isFiltered) filtered.set(set, await filteredChunks(samples, set))
  const { head, size } = metadata(sets, filtered)
  const piecesOf = (set: Placed): Iterable<Uint8Array> => filtered.get(set)?.map(({ bytes }) => bytes) ?? dataPieces(samples, set)
  if (size <= heldLength) {
    const whole = Buffer.allocUnsafeSlow(size)
    whole.set(head)
    let at = head.length
    for (const set of sets) {
      for (const piece of piecesOf(set)) {
        whole.set(piece, at)
        at += piece.length
      }
    }
    yield whole
    return
  }
  yield head
  for (const set of sets) yield* piecesOf(set)
}

/** Stored bytes of a data set without a filter, in pieces that are each valid until the next is asked for. */
function* dataPieces(samples: SampleBlock, each: Placed): Generator<Uint8Array> {
  if (each.chunks) {
    yield* chunkPieces(samples, each)
    return
  }
  const rows = each.set.shape[0]!
  const rowLength = rows === 0 ? 0 : each.length / rows
  const piece = new Uint8Array(Math.min(pieceLength, rowLength))
  const isLabels = each.set.name === 'labels'
  for (let row = 0; row < rows; row++) {
    for (let offset = 0; offset < rowLength; offset += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, rowLength - offset))
      if (!isLabels) samples.fill(row, offset, part)
      yield part
    }
  }
}

/** Chunks in order. What reaches over the edge is zero. */
function* chunkPieces(samples: SampleBlock, { set: { shape }, chunks, grid, length }: Placed): Generator<Uint8Array> {
  const { chunk, chunkLength, itemSize } = chunks!
  const rowLength = length / shape[0]!
  const slab = new Uint8Array(chunk[0]! * rowLength)
  const piece = new Uint8Array(chunkLength)
  const inner = grid.slice(1)
  for (let slabNumber = 0; slabNumber < grid[0]!; slabNumber++) {
    const first = slabNumber * chunk[0]!
    const rows = Math.min(chunk[0]!, shape[0]! - first)
    for (let row = 0; row < rows; row++) samples.fill(first + row, 0, slab.subarray(row * rowLength, (row + 1) * rowLength))
    for (let number = 0; number < elementCount(inner); number++) {
      const place = [0]
      for (let axis = inner.length - 1, rest = number; axis >= 0; axis--) {
        place[axis + 1] = rest % inner[axis]!
        rest = Math.floor(rest / inner[axis]!)
      }
      piece.fill(0)
      // The slab is laid into the chunk: copyBox with its two arrays exchanged.
      copyBox(slab, piece, { chunk: [rows, ...shape.slice(1)], shape: chunk, itemSize, corner: place.map((at, axis) => 0 - at * chunk[axis]!) })
      yield piece
    }
  }
}

async function filteredChunks(samples: SampleBlock, set: Placed): Promise<readonly FilteredChunk[]> {
  const filter = set.set.filter!
  const chunks: FilteredChunk[] = []
  if (filter.name === 'lzf') {
    for (const piece of chunkPieces(samples, set)) {
      const bytes = lzfCompress(piece)
      chunks.push(bytes ? { bytes, mask: 0 } : { bytes: piece.slice(), mask: 1 })
    }
    return chunks
  }
  let waiting: Promise<Uint8Array>[] = []
  const take = async (): Promise<void> => { for (const bytes of await Promise.all(waiting)) chunks.push({ bytes, mask: 0 }) }
  for (const piece of chunkPieces(samples, set)) {
    waiting.push(deflate(piece.slice(), { level: filter.level }))
    if (waiting.length < deflateWidth) continue
    await take()
    waiting = []
  }
  await take()
  return chunks
}
