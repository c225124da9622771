// Long data made short for a CRC with nothing but loads and xors of 16 bytes: what is taken out at the beginning is xored into
// what follows, at the distances at which a multiple of the polynomial has its terms. Four times 16 bytes a step take a fifth less time.
// Source: "Chorba: A novel CRC32 implementation" (Russell).

import { constant, end, get, i32, loop, type Program } from './wasm-bytes.ts'
import { advance, assign, load128, minus, plus, store128, xor128 } from './wasm-expressions.ts'

/** Bytes a step: what is thinned is a multiple of them. No tap is shorter. */
export const thinStep = 64

/** Xors into as many bytes from `into` on what stands `taps` before the bytes from `begin` to `end`, a multiple of `thinStep` of them and at least one. */
export type Thin = (begin: number, end: number, into: number) => void

/** `taps`: distances in bytes. `span`: a multiple of `thinStep`, not below the longest of them. */
export function thinProgram(taps: readonly number[], span: number): Program {
  const begin = 0, limit = 1, into = 2
  // Offsets are not negative: addresses are counted from as far back as the longest tap reaches.
  const back = [begin, limit].flatMap((local) => assign(local, minus(get(local), constant(span))))
  const tapsAt = (offset: number): number[][] => taps.map((tap) => load128(get(begin), span - tap + offset))
  const sums = [0, 16, 32, 48].flatMap((offset) => store128(get(into), tapsAt(offset).reduce(xor128, load128(get(into), offset)), offset))
  const next = [...assign(into, plus(get(into), constant(thinStep))), ...advance(begin, limit, thinStep)]
  return { name: 'thin', parameters: [i32, i32, i32], results: [], locals: [], body: [...back, ...loop, ...sums, ...next, ...end] }
}
