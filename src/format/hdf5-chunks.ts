// Chunked storage: the shape of the chunks, the filters that they went through, and the index that says where they are.
// Source: HDF5 File Format Specification, III.A.1, IV.A.2.i (layout), IV.A.2.l (filters), VII (indexes).

import type { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'
import { checkCount, type ChunkIndex, type ChunkTable, type Extent } from './hdf5-chunk-table.ts'
import { addressAt, Unfamiliar } from './hdf5-file.ts'
import { extensibleArray } from './hdf5-extensible-array.ts'
import { fixedArray } from './hdf5-fixed-array.ts'
import { chunkTree } from './hdf5-chunk-tree.ts'
import { readFilters, type Filter } from './hdf5-filters.ts'

/** Where chunks are. Chunk c, counted along `grid`, is at `offsets[c]`. */
export interface Chunked {
  readonly kind: 'chunked'
  /** Elements per axis of a chunk. As many axes as the data set has. */
  readonly chunk: readonly number[]
  /** Bytes of a chunk before it is filtered. */
  readonly chunkLength: number
  /** Chunks per axis, as the index counts them. */
  readonly grid: readonly number[]
  /** In the object; −1: never written. Shorter than the grid where no more chunks were written. */
  readonly offsets: Float64Array
  /** Stored bytes of each; absent where they are chunkLength. */
  readonly sizes?: Float64Array
  /** Bit i: filter i was skipped. Absent where none was. */
  readonly masks?: Uint32Array
  readonly filters: readonly Filter[]
  /** Chunks that reach over the edge of the data set went through no filter. */
  readonly edgesAreUnfiltered: boolean
}

/** The largest chunk that HDF5 has. Bytes. */
const maxChunkLength = 2 ** 32 - 1

export function readChunks(extent: Extent, body: Cursor, version: number): Chunked | { readonly kind: 'unwritten' } {
  const { file, space, path, axes, itemSize } = extent
  const flags = version > 3 ? body.u8() : 0
  const rank = body.u8() - 1
  const treeAt = version === 3 ? addressAt(body) : undefined
  const width = version > 3 ? body.u8() : 4
  if (width < 1 || width > 8) throw new Unfamiliar('chunk sizes')
  const sizes = Array.from({ length: rank + 1 }, () => numberOf(body, width))
  const dims = sizes.slice(0, -1)
  const chunkLength = sizes.reduce((product, size) => product * size, 1)
  if (rank !== space.shape.length || rank < 1 || sizes.at(-1) !== itemSize || !(chunkLength >= 1 && chunkLength <= maxChunkLength)) {
    throw damaged(file.key, body.base, `${file.key} has chunks of ${sizes.join(' × ')} for ${path}, which is ${space.shape.join(' × ')}`)
  }
  const filters = extent.filters ? readFilters(extent.filters) : []
  const type = version > 3 ? body.u8() : 0
  // B-trees know chunks by their place; arrays count them in the largest shape that the data set may get.
  const limits = type === 0 ? space.shape : space.maxShape
  const grid = limits.map((limit, axis) => (limit === undefined ? Infinity : Math.ceil(limit / dims[axis]!)))
  if (space.shape.includes(0)) return { kind: 'unwritten' }
  checkCount(space.shape.reduce((product, length, axis) => product * Math.ceil(length / dims[axis]!), 1), file.pages.size)
  const index: ChunkIndex = { extent, chunk: dims, chunkLength, grid, isFiltered: filters.length > 0 }
  const table = type === 0 ? treeAt === undefined ? undefined : chunkTree(index, treeAt) : tableOf(index, body, { type, flags })
  if (!table) return { kind: 'unwritten' }
  checkInside(index, table)
  return {
    kind: 'chunked', chunk: [...dims, ...axes], chunkLength, filters,
    grid: [...(type === 4 ? extensibleGrid(grid) : grid), ...axes.map(() => 1)],
    edgesAreUnfiltered: (flags & 1) !== 0,
    offsets: table.offsets,
    ...(filters.length > 0 && table.sizes ? { sizes: table.sizes } : {}),
    ...(filters.length > 0 && table.masks?.some((mask) => mask !== 0) ? { masks: table.masks } : {}),
  }
}

/** The unlimited axis comes first, whatever its place: such files are for the library unless it is there anyway. */
function extensibleGrid(grid: readonly number[]): readonly number[] {
  if (grid[0] !== Infinity || grid.slice(1).includes(Infinity)) throw new Unfamiliar('unlimited axis')
  return grid
}

function numberOf(body: Cursor, width: number): number {
  let value = 0
  for (let index = 0, scale = 1; index < width; index++, scale *= 256) value += body.u8() * scale
  return value
}

/** The indexes of layout version 4. */
function tableOf(index: ChunkIndex, body: Cursor, { type, flags }: { type: number; flags: number }): ChunkTable | undefined {
  const { extent: { file }, grid, chunkLength } = index
  if (type === 1) {
    const [size, mask] = flags & 2 ? [body.u64(), body.u32()] : [chunkLength, 0]
    const at = addressAt(body)
    return at === undefined ? undefined : { offsets: Float64Array.of(file.base + at), sizes: Float64Array.of(size), masks: Uint32Array.of(mask) }
  }
  if (type === 2) {
    const at = addressAt(body)
    const count = grid.reduce((product, length) => product * length, 1)
    checkCount(count, file.pages.size)
    return at === undefined ? undefined : { offsets: Float64Array.from({ length: count }, (_, chunk) => file.base + at + chunk * chunkLength) }
  }
  if (type === 3) {
    body.skip(1)
    const at = addressAt(body)
    return at === undefined ? undefined : fixedArray(index, at)
  }
  if (type === 4) {
    body.skip(5)
    const at = addressAt(body)
    return at === undefined ? undefined : extensibleArray(index, at)
  }
  throw new Unfamiliar(`chunk index ${type}`)
}

/** No chunk lies outside of the object, and none is larger than a filter can have made it. */
function checkInside({ extent: { file, path }, chunkLength }: ChunkIndex, { offsets, sizes }: ChunkTable): void {
  const { key, pages } = file
  for (const [chunk, offset] of offsets.entries()) {
    if (offset < 0) continue
    const length = sizes && sizes.length > 0 ? sizes[chunk]! : chunkLength
    if (!(offset + length <= pages.size)) throw damaged(key, offset, `${key} has a chunk of ${path} outside of itself: ${length} bytes at ${offset}`)
  }
}
