// The index of the chunks that are written: one chunk is named by the layout itself, more are a fixed array.
// Source: HDF5 File Format Specification, IV.A.2.i (layout version 4), VII.C (fixed array index).

import { number, sealed, type Bytes } from './hdf5-write-header.ts'

/** Entries of a page of an array, as a power of two: the library's choice. */
const pageBits = 10

export interface WrittenChunk {
  readonly address: number
  /** Stored bytes. */
  readonly length: number
  /** Bit 0: the filter was skipped. */
  readonly mask: number
}

export interface ChunkShape {
  /** Elements per axis. */
  readonly chunk: readonly number[]
  readonly itemSize: number
  /** Bytes. */
  readonly chunkLength: number
  /** Chunks of the largest shape. */
  readonly count: number
  readonly isSingle: boolean
  readonly isFiltered: boolean
}

/** Bytes that a positive number takes. */
function widthOf(value: number): number {
  return Math.floor((Math.floor(Math.log2(value)) + 8) / 8)
}

function entryWidth({ chunkLength, isFiltered }: ChunkShape): number {
  return isFiltered ? 8 + sizeWidth(chunkLength) + 4 : 8
}

/** One byte more than a chunk's length takes: filters may make it longer. */
function sizeWidth(chunkLength: number): number {
  return Math.min(8, 1 + widthOf(chunkLength))
}

/** Bytes of the index. */
export function indexLength(shape: ChunkShape): number {
  if (shape.isSingle) return 0
  const pages = shape.count > 2 ** pageBits ? Math.ceil(shape.count / 2 ** pageBits) : 0
  return 28 + 14 + shape.count * entryWidth(shape) + (pages > 0 ? Math.ceil(pages / 8) + 4 + pages * 4 : 4) - 0
}

/** `indexAddress`: of the index; `only`: the chunk, where there is just one. */
export function chunkedLayout({ chunk, itemSize, isSingle, isFiltered }: ChunkShape, indexAddress: number, only: WrittenChunk | undefined): Bytes {
  const dims = [...chunk, itemSize]
  const width = Math.max(...dims.map(widthOf))
  const head = [4, 2, isSingle && isFiltered ? 2 : 0, dims.length, width, ...dims.flatMap((length) => number(length, width))]
  if (!isSingle) return [...head, 3, pageBits, ...number(indexAddress, 8)]
  return [...head, 1, ...(isFiltered ? [...number(only!.length, 8), ...number(only!.mask, 4)] : []), ...number(only!.address, 8)]
}

/** The array, at `address`: every chunk of the data set in C order, those beyond its shape nowhere. */
export function fixedArrayBytes(shape: ChunkShape, address: number, chunkAt: (index: number) => WrittenChunk | undefined): Uint8Array {
  const { count, isFiltered, chunkLength } = shape
  const width = entryWidth(shape)
  const client = isFiltered ? 1 : 0
  const blockAddress = address + 28
  const result = Buffer.alloc(indexLength(shape))
  result.set(sealed([...Buffer.from('FAHD'), 0, client, width, pageBits, ...number(count, 8), ...number(blockAddress, 8)]))
  const head = [...Buffer.from('FADB'), 0, client, ...number(address, 8)]
  const entries = (first: number, end: number): number[] => {
    const bytes: number[] = []
    for (let index = first; index < end; index++) {
      const chunk = chunkAt(index)
      if (!chunk) bytes.push(...number(2 ** 32 - 1, 4), ...number(2 ** 32 - 1, 4), ...number(0, width - 8))
      else bytes.push(...number(chunk.address, 8), ...(isFiltered ? [...number(chunk.length, sizeWidth(chunkLength)), ...number(chunk.mask, 4)] : []))
    }
    return bytes
  }
  const pageEntries = 2 ** pageBits
  if (count <= pageEntries) {
    result.set(sealed([...head, ...entries(0, count)]), 28)
    return result
  }
  const pages = Math.ceil(count / pageEntries)
  const bitmap = Array.from({ length: Math.ceil(pages / 8) }, (_, byte) => Array.from({ length: 8 }, (__, bit) => (byte * 8 + bit < pages ? 128 >> bit : 0)).reduce((sum, bit) => sum + bit, 0))
  const start = sealed([...head, ...bitmap])
  result.set(start, 28)
  let at = 28 + start.length
  for (let page = 0; page < pages; page++) {
    const bytes = sealed(entries(page * pageEntries, Math.min(count, (page + 1) * pageEntries)))
    result.set(bytes, at)
    at += bytes.length
  }
  return result
}
