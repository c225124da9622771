// Long data made short for a CRC, 16 bytes a step with nothing but loads and xors: what is taken out at the beginning is xored into
// what follows, at the distances at which a multiple of the polynomial has its terms.
// Source: "Chorba: A novel CRC32 implementation" (Russell).

import { add, advance, constant, end, get, i32, load128, loop, set, store128, subtract, xor128, type Program } from './wasm-bytes.ts'

/** Xors into as many bytes from `into` on what stands `taps` before the bytes from `begin` to `end`, a multiple of 16 of them and at least 16. */
export type Thin = (begin: number, end: number, into: number) => void

/** `taps`: distances in bytes. `span`: a multiple of 16, not below the longest of them. */
export function thinProgram(taps: readonly number[], span: number): Program {
  const begin = 0, limit = 1, into = 2
  // Offsets are not negative: addresses are counted from as far back as the longest tap reaches.
  const back = [begin, limit].flatMap((local) => [...get(local), ...constant(span), ...subtract, ...set(local)])
  const sum = [...get(into), ...load128(0), ...taps.flatMap((tap) => [...get(begin), ...load128(span - tap), ...xor128])]
  const next = [...get(into), ...constant(16), ...add, ...set(into), ...advance(begin, limit, 16)]
  return { name: 'thin', parameters: [i32, i32, i32], results: [], locals: [], body: [...back, ...loop, ...get(into), ...sum, ...store128(0), ...next, ...end] }
}
