// What chunks went through on their way into the file, undone in the opposite order.
// Source: HDF5 File Format Specification, IV.A.2.l (filter pipeline); h5py's lzf filter (LibLZF's format).

import type { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'
import { fletcher32 } from './hdf5-checksum.ts'
import { Unfamiliar } from './hdf5-file.ts'
import { inflate } from './inflate.ts'
import { lzfDecompress } from './lzf.ts'

export interface Filter {
  readonly id: number
  readonly values: readonly number[]
}

export const filterIds = { deflate: 1, shuffle: 2, fletcher32: 3, lzf: 32_000 } as const

const undone: readonly number[] = Object.values(filterIds)

/** @throws {Unfamiliar} for filters that are not undone here. */
export function readFilters(body: Cursor): Filter[] {
  const version = body.u8(), count = body.u8()
  if (version !== 1 && version !== 2) throw new Unfamiliar(`filters ${version}`)
  if (version === 1) body.skip(6)
  return Array.from({ length: count }, () => {
    const id = body.u16()
    const nameLength = version === 1 || id >= 256 ? body.u16() : 0
    body.skip(2)
    const valueCount = body.u16()
    body.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength)
    const values = Array.from({ length: valueCount }, () => body.u32())
    if (version === 1 && valueCount % 2 === 1) body.skip(4)
    if (!undone.includes(id)) throw new Unfamiliar(`filter ${id}`)
    return { id, values }
  })
}

/** A chunk as it is stored. */
export interface StoredChunk {
  readonly key: string
  /** Of the chunk's first byte in the object. */
  readonly offset: number
  readonly bytes: Uint8Array
  /** Bit i: filter i was skipped. */
  readonly mask: number
  /** Bytes that must come out. */
  readonly length: number
}

/** The chunk's bytes: a view where nothing changed them. @throws {Fault} 'format' when they are damaged. */
export function unfiltered(filters: readonly Filter[], { key, offset, bytes, mask, length }: StoredChunk): Uint8Array {
  let result = bytes
  for (let index = filters.length - 1; index >= 0; index--) {
    if ((mask >>> index) & 1) continue
    const { id, values } = filters[index]!
    if (id === filterIds.fletcher32) result = checked(key, offset, result)
    else if (id === filterIds.shuffle) result = unshuffled(result, values[0] ?? 1)
    else {
      // Fletcher's checksum, where it came first, is in what is compressed.
      const size = length + 4 * filters.slice(0, index).filter((each) => each.id === filterIds.fletcher32).length
      result = id === filterIds.lzf ? lzf(key, offset, result, size) : inflate(key, { compressed: result, offset, size, wrapper: 'zlib' })
    }
  }
  if (result.length !== length) throw damaged(key, offset, `${key} has a chunk of ${result.length} bytes at ${offset}, and ${length} were declared`)
  return result
}

function lzf(key: string, offset: number, bytes: Uint8Array, size: number): Uint8Array {
  const result = lzfDecompress(bytes, size)
  if (result) return result
  throw damaged(key, offset, `${key} has a damaged lzf chunk at ${offset}`)
}

function checked(key: string, offset: number, bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 4
  const stored = end < 0 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + end, 4).getUint32(0, true)
  const sum = fletcher32(bytes.subarray(0, Math.max(0, end)))
  // The library before 1.6.3 wrote the bytes of each half in the other order.
  const swapped = (((sum & 0x00ff00ff) << 8) | ((sum >>> 8) & 0x00ff00ff)) >>> 0
  if (stored !== sum && stored !== swapped) throw damaged(key, offset, `${key} has a wrong fletcher32 checksum over the chunk at ${offset}`)
  return bytes.subarray(0, end)
}

/** From first bytes of all elements, then second bytes, …, to elements. What is left over at the end was not shuffled. */
export function unshuffled(bytes: Uint8Array, itemSize: number): Uint8Array {
  const count = itemSize > 1 ? Math.floor(bytes.length / itemSize) : 0
  if (count < 2) return bytes
  const result = new Uint8Array(bytes.length)
  if (itemSize === 4 || itemSize === 8) {
    const words = new Uint32Array(result.buffer, 0, count * (itemSize / 4))
    for (let half = 0; half < itemSize; half += 4) {
      let from = half * count
      for (let to = half / 4; to < words.length; to += itemSize / 4, from++) {
        words[to] = bytes[from]! | (bytes[from + count]! << 8) | (bytes[from + 2 * count]! << 16) | (bytes[from + 3 * count]! << 24)
      }
    }
  } else {
    for (let byte = 0, from = 0; byte < itemSize; byte++) {
      for (let to = byte; to < count * itemSize; to += itemSize) result[to] = bytes[from++]!
    }
  }
  result.set(bytes.subarray(count * itemSize), count * itemSize)
  return result
}
