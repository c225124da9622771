// Bytes that are stored against those that an encoder gives again, piece by piece: neither is whole in memory for it.

import { setImmediate } from 'node:timers/promises'
import { throwIfAborted } from '../util/fault.ts'
import { MiB } from '../util/units.ts'

/** Bytes that were read from `offset` of an object on. */
export interface FoundBytes { readonly offset: number; readonly bytes: Uint8Array }

export interface StoredObject {
  /** Bytes of the object. */
  readonly size: number
  /** Nothing is known of it from this byte on; `size` where all of it was read. */
  readonly end: number
  /** What is known of `length` bytes from `offset` on, and perhaps of others. Asked in ascending order, each byte once. */
  readonly found: (offset: number, length: number) => Iterable<FoundBytes> | Promise<Iterable<FoundBytes>>
  readonly signal?: AbortSignal | undefined
}

/** The first byte that differs, and what it is on either side; absent where that side has none, or none that was read. */
export interface Difference {
  readonly offset: number
  readonly expected?: number
  readonly found?: number
}

/** After so many bytes others have their turn: encoding alone would let a connection's time run out. */
const turnLength = 4 * MiB

/** Encodes no further than is known of the object. Undefined: all that is known is as it should be. */
export async function firstDifference(encoded: AsyncIterable<Uint8Array>, { size, end, found, signal }: StoredObject): Promise<Difference | undefined> {
  let [at, turn] = [0, 0]
  for await (const piece of encoded) {
    const known = piece.subarray(0, Math.max(0, end - at))
    const difference = known.length === 0 ? undefined : differenceIn({ offset: at, bytes: known }, await found(at, known.length))
    if (difference) return difference
    if (end === size && at + piece.length > size) return { offset: size, expected: piece[size - at]! }
    at += piece.length
    if (at >= end && end < size) return undefined
    turn += piece.length
    if (turn < turnLength) continue
    turn = 0
    await setImmediate()
    throwIfAborted(signal)
  }
  return at < end ? { offset: at } : undefined
}

function differenceIn(expected: FoundBytes, found: Iterable<FoundBytes>): Difference | undefined {
  let first: Difference | undefined
  for (const { offset, bytes } of found) {
    const begin = Math.max(offset, expected.offset)
    const end = Math.min(offset + bytes.length, expected.offset + expected.bytes.length)
    if (begin >= end) continue
    const wanted = expected.bytes.subarray(begin - expected.offset, end - expected.offset)
    const there = bytes.subarray(begin - offset, end - offset)
    const index = differingIndex(wanted, there)
    if (index !== undefined && (first === undefined || begin + index < first.offset)) first = { offset: begin + index, expected: wanted[index]!, found: there[index]! }
  }
  return first
}

/** The first index at which two arrays of the same length differ. Halves are compared natively: a loop over bytes would take as long as making them. */
export function differingIndex(a: Uint8Array, b: Uint8Array): number | undefined {
  if (Buffer.compare(a, b) === 0) return undefined
  let [begin, length] = [0, a.length]
  while (length > 1) {
    const half = length >>> 1
    const isEqual = Buffer.compare(a.subarray(begin, begin + half), b.subarray(begin, begin + half)) === 0
    if (isEqual) begin += half
    length = isEqual ? length - half : half
  }
  return begin
}
