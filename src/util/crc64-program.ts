// The WebAssembly that computes CRC-64/NVME, put together instruction by instruction. Two functions over one memory: `crc` looks
// bytes up in tables, 16 a step; `thin` makes long data short for it.
// Source: "A Systematic Approach to Building High Performance, Software-based, CRC Generators" (Kounavis, Berry).

import { thinProgram, type Thin } from './crc-thin-program.ts'
import { assemble, constant, end, get, i32, i64, loop, type Code, type Program } from './wasm-bytes.ts'
import { advance, and, assign, constant64, load32, load64, shiftLeft, shiftRight, shiftRight64, wrap, xor, xor64 } from './wasm-expressions.ts'

const tableBytes = 16 * 256 * 8
/** The longest tap, as a multiple of thinStep. */
const span = 3776
const capacity = 128 * 1024

/** Where things are in the memory, from tables at 0: [t * 256 + b], of 64 bits each, is the CRC of byte b followed by t zero bytes. */
export const layout: Readonly<Record<'tableBytes' | 'span' | 'capacity' | 'data' | 'rest', number>> = {
  tableBytes, span, capacity,
  /** `span` bytes before it stay zero, for `thin` to read. */
  data: tableBytes + span,
  /** `span` bytes. */
  rest: tableBytes + span + capacity,
}

/**
 * x^(8 * 3751) + x^(8 * (3751 - 1731)) + ... + 1, with one term for each of these distances in bytes, is a multiple of the polynomial: a byte
 * of data that is taken out must be xored into the bytes that are so far behind it. Found by a search for a sum of eight powers of x
 * that is zero. None is short, so that what was stored has left the store buffer when it is loaded again.
 */
export const taps: readonly number[] = [3751, 3094, 2865, 2697, 2675, 2006, 1731]

export interface Crc64Program {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** The register after the bytes from `begin` to `end`, a multiple of 16 of them and at least 16, from register `crc` on. */
  readonly crc: (begin: number, end: number, crc: bigint) => bigint
  readonly thin: Thin
}

/** Each has a memory of its own. */
export function assembleCrc64(): Crc64Program {
  return assemble([crcProgram(), thinProgram(taps, span)], layout.rest + span) as Crc64Program
}

/** Eight times one of a word's bytes: entries have 8 bytes. */
const eightTimes = (word: Code, byte: number): number[] => and(byte === 0 ? shiftLeft(word, constant(3)) : shiftRight(word, constant(8 * byte - 3)), constant(0x7f8))

function crcProgram(): Program {
  const begin = 0, limit = 1, crc = 2, words = [3, 4, 5, 6]
  const halvesOfCrc = [wrap(get(crc)), wrap(shiftRight64(get(crc), constant64(32)))]
  const loaded = words.map((_, i) => load32(get(begin), 4 * i))
  const loads = words.flatMap((word, i) => assign(word, i < 2 ? xor(loaded[i]!, halvesOfCrc[i]!) : loaded[i]!))
  const lookups = Array.from({ length: 16 }, (_, i) => load64(eightTimes(get(words[i >> 2]!), i & 3), (15 - i) * 2048))
  return {
    name: 'crc', parameters: [i32, i32, i64], results: [i64], locals: words.map(() => i32),
    body: [...loop, ...loads, ...assign(crc, lookups.reduce(xor64)), ...advance(begin, limit, 16), ...end, ...get(crc)],
  }
}
