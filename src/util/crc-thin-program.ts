// Long data made short for a CRC with nothing but loads and xors of 16 bytes: what is taken out at the beginning is xored into
// what follows, at the distances at which a multiple of the polynomial has its terms. Four times 16 bytes a step take a fifth less time.
// Source: "Chorba: A novel CRC32 implementation" (Russell).

import { add, advance, constant, end, get, i32, load128, loop, set, store128, subtract, xor128, type Program } from './wasm-bytes.ts'

/** Bytes a step: what is thinned is a multiple of them. No tap is shorter. */
export const thinStep = 64

/** Xors into as many bytes from `into` on what stands `taps` before the bytes from `begin` to `end`, a multiple of `thinStep` of them and at least one. */
export type Thin = (begin: number, end: number, into: number) => void

/** `taps`: distances in bytes. `span`: a multiple of `thinStep`, not below the longest of them. */
export function thinProgram(taps: readonly number[], span: number): Program {
  const begin = 0, limit = 1, into = 2
  // Offsets are not negative: addresses are counted from as far back as the longest tap reaches.
  const back = [begin, limit].flatMap((local) => [...get(local), ...constant(span), ...subtract, ...set(local)])
  const sumAt = (offset: number): number[] => [
    ...get(into), ...get(into), ...load128(offset), ...taps.flatMap((tap) => [...get(begin), ...load128(span - tap + offset), ...xor128]), ...store128(offset),
  ]
  const sums = [0, 16, 32, 48].flatMap(sumAt)
  const next = [...get(into), ...constant(thinStep), ...add, ...set(into), ...advance(begin, limit, thinStep)]
  return { name: 'thin', parameters: [i32, i32, i32], results: [], locals: [], body: [...back, ...loop, ...sums, ...next, ...end] }
}
