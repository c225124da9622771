// The order in which DLIO numbers files of subfolders: by base name, ties as they came.
// A merge sort of the runs that are there already: a listing of S subfolders is S sorted runs, so it takes n · log S comparisons.

import { terminator, type StringTable } from '../util/string-table.ts'

const slash = 0x2f

/** Bytes from where each string's rest begins to its base name. Shape [keys.length]. */
function baseNameOffsets(keys: StringTable): Uint32Array {
  const offsets = new Uint32Array(keys.length)
  for (let i = 0; i < offsets.length; i++) {
    const { bytes, offset } = keys.rest(i)
    for (let position = offset; bytes[position] !== terminator; position++) {
      if (bytes[position] === slash) offsets[i] = position + 1 - offset
    }
  }
  return offsets
}

/** Indices of `keys`, sorted by the UTF-8 bytes of the base names; stable. Shape [keys.length]. */
export function baseNameOrder(keys: StringTable): Uint32Array {
  const offsets = baseNameOffsets(keys)
  const isAfter = (a: number, b: number): boolean => {
    const restA = keys.rest(a), restB = keys.rest(b)
    let i = restA.offset + offsets[a]!, j = restB.offset + offsets[b]!
    while (restA.bytes[i] === restB.bytes[j] && restA.bytes[i] !== terminator) { i++; j++ }
    const byteA = restA.bytes[i]!, byteB = restB.bytes[j]!
    // A name that begins another comes first, so its terminator counts as less than any byte.
    if (byteA === terminator) return false
    return byteB === terminator || byteA > byteB
  }
  let order = new Uint32Array(keys.length)
  const runs: number[] = []
  for (let i = 0; i < order.length; i++) {
    order[i] = i
    if (i === 0 || isAfter(i - 1, i)) runs.push(i)
  }
  let begins = runs
  let spare = new Uint32Array(order.length)
  while (begins.length > 1) {
    begins = mergePairs(order, spare, { begins, isAfter })
    const merged = spare
    spare = order
    order = merged
  }
  return order
}

interface Merge {
  /** Where each run begins. */
  readonly begins: readonly number[]
  readonly isAfter: (a: number, b: number) => boolean
}

/** Merges run 0 with 1, 2 with 3, … of `from` into `into`; returns where the merged runs begin. */
function mergePairs(from: Uint32Array, into: Uint32Array, { begins, isAfter }: Merge): number[] {
  const merged: number[] = []
  for (let run = 0; run < begins.length; run += 2) {
    const begin = begins[run]!
    const middle = begins[run + 1] ?? from.length
    const end = begins[run + 2] ?? from.length
    merged.push(begin)
    let left = begin, right = middle
    for (let k = begin; k < end; k++) {
      const takeRight = left === middle || (right < end && isAfter(from[left]!, from[right]!))
      into[k] = takeRight ? from[right++]! : from[left++]!
    }
  }
  return merged
}
