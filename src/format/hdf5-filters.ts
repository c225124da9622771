// What chunks went through on their way into the file, undone in the opposite order.
// Source: HDF5 File Format Specification, IV.A.2.l (filter pipeline); h5py's lzf filter (LibLZF's format).

import type { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'
import { fletcher32 } from './hdf5-checksum.ts'
import { Unfamiliar } from './hdf5-file.ts'
import { inflate, inflateInto } from './inflate.ts'
import { lzfDecompress } from './lzf.ts'
import { MiB } from '../util/units.ts'

export interface Filter {
  readonly id: number
  readonly values: readonly number[]
}

export const filterIds = { deflate: 1, shuffle: 2, fletcher32: 3, lzf: 32_000 } as const

const undone: readonly number[] = Object.values(filterIds)

/** No filter makes more of a byte: deflate's limit. */
export const maxExpansion = 1032

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

/**
 * The chunk's bytes: in `into`, which is as long, and overwritten even where they are damaged; without it a view where nothing
 * changed them, or memory of their own. @throws {Fault} 'format' when they are damaged.
 */
export function unfiltered(filters: readonly Filter[], { key, offset, bytes, mask, length }: StoredChunk, into?: Uint8Array): Uint8Array {
  const active = mask === 0 ? filters : filters.filter((_, index) => ((mask >>> index) & 1) === 0)
  let result = bytes
  for (let index = active.length - 1; index >= 0; index--) {
    const { id, values } = active[index]!
    if (id === filterIds.fletcher32) {
      result = checked(key, offset, result)
      continue
    }
    // Fletcher's checksum, where it came first, is in what is compressed.
    const size = length + 4 * active.slice(0, index).filter((each) => each.id === filterIds.fletcher32).length
    const target = index === 0 ? into : undefined
    if (id === filterIds.shuffle) result = unshuffled(result, values[0] ?? 1, target?.length === result.length ? target : undefined)
    else result = decompressed(id, { key, offset, bytes: result, size }, target ?? (into && spareFor(size, result)))
  }
  if (result.length !== length) throw damaged(key, offset, `${key} has a chunk of ${result.length} bytes at ${offset}, and ${length} were declared`)
  if (into && result !== into) into.set(result)
  return into ?? result
}

interface Compressed { readonly key: string; readonly offset: number; readonly bytes: Uint8Array; readonly size: number }

function decompressed(id: number, { key, offset, bytes, size }: Compressed, into: Uint8Array | undefined): Uint8Array {
  if (id === filterIds.lzf) {
    const result = lzfDecompress(bytes, size, into)
    if (result) return result
    throw damaged(key, offset, `${key} has a damaged lzf chunk at ${offset}`)
  }
  if (!into) return inflate(key, { compressed: bytes, offset, size, wrapper: 'zlib' })
  inflateInto(key, { compressed: bytes, offset }, into)
  return into
}

/** Memory for what is between two filters: used again for the next chunk. Bytes. */
const spareLength = 2 * MiB
let spare: Uint8Array | undefined

function spareFor(size: number, used: Uint8Array): Uint8Array | undefined {
  if (size > spareLength) return undefined
  spare ??= new Uint8Array(spareLength)
  return used.buffer === spare.buffer ? undefined : spare.subarray(0, size)
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

/**
 * From first bytes of all elements, then second bytes, …, to elements, in `into` or in memory of their own. What is left over at
 * the end was not shuffled. The bytes themselves where shuffling changed nothing.
 */
export function unshuffled(bytes: Uint8Array, itemSize: number, into?: Uint8Array): Uint8Array {
  const count = itemSize > 1 ? Math.floor(bytes.length / itemSize) : 0
  if (count < 2) return bytes
  const result = into ?? new Uint8Array(bytes.length)
  if ((itemSize === 4 || itemSize === 8) && result.byteOffset % 4 === 0) {
    const words = new Uint32Array(result.buffer, result.byteOffset, count * (itemSize / 4))
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
