// CRC-32C of long data: the instruction that computes it waits for itself, 5 GB/s on a core; thinned out first by WebAssembly, what
// is left for it is 5 KB.

import { thinProgram, thinStep, type Thin } from './crc-thin-program.ts'
import { assemble } from './wasm-bytes.ts'

/**
 * x^(8 * 5275) + x^(8 * (5275 - 767)) + x^(8 * (5275 - 2524)) + 1 is a multiple of the polynomial. Found by a search for a sum of four
 * powers of x that is zero; there is none with a smaller largest one.
 */
export const taps: readonly number[] = [5275, 2524, 767]
/** The longest of them, as a multiple of thinStep. */
const span = 5312
/** Bytes that are thinned at a time: with what they were copied from they stay in a core's innermost cache. 32 KiB take an eighth longer. */
const capacity = 16 * 1024
/** Where pieces begin: what was thinned last, or zeros, is before them. */
const data = span
const rest = data + capacity

interface Machine { readonly bytes: Uint8Array; readonly view: DataView; readonly thin: Thin }

let started: Machine | undefined

function start(): Machine {
  const { memory, thin } = assemble([thinProgram(taps, span)], rest + span) as { readonly memory: { readonly buffer: ArrayBuffer }; readonly thin: Thin }
  return { bytes: new Uint8Array(memory.buffer), view: new DataView(memory.buffer), thin }
}

/** Less is faster without. Bytes. */
export const thinnedLength: number = 2 * capacity

/**
 * Bytes whose CRC register, from 0 on, is that of `whole` from `register` on; good until the next call. `whole`: at least
 * `thinnedLength` bytes.
 */
export function thinned(whole: Uint8Array, register: number): Uint8Array {
  const { bytes, view, thin } = started ??= start()
  // Pieces are alike in length, so that none is shorter than the taps. Zeros in front, less than a piece, change nothing.
  let step = thinStep * Math.ceil(whole.length / Math.ceil(whole.length / capacity) / thinStep)
  // The register's four bytes have to be in the first piece.
  while ((whole.length - 1) % step < 3) step -= thinStep
  const front = Math.ceil(whole.length / step) * step - whole.length
  bytes.fill(0, 0, data + front)
  for (let at = -front; ; at += step) {
    const begin = Math.max(0, at)
    bytes.set(whole.subarray(begin, at + step), data + begin - at)
    if (at === -front) view.setUint32(data + front, view.getUint32(data + front, true) ^ register, true)
    if (at + step < whole.length) {
      thin(data, data + step, data)
      bytes.copyWithin(0, data + step - span, data + step)
      continue
    }
    // All but the last `span` bytes are taken out. What they leave in those is found with zeros in their place.
    const cut = data + step - span
    thin(data, cut, data)
    bytes.copyWithin(rest, cut, cut + span)
    bytes.fill(0, cut, cut + span)
    thin(cut, cut + span, rest)
    return bytes.subarray(rest, rest + span)
  }
}
