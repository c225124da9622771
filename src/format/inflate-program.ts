// The WebAssembly that decodes the symbols of a deflate block, put together instruction by instruction. Of numbers, most of which
// are literals, zlib makes a byte in 4.3 ns, and this in 3.1. Source: RFC 1951.

import { adlerProgram, type Adler } from '../util/adler-program.ts'
import { KiB } from '../util/units.ts'
import { assemble, block, constant, end, get, i32, i64, loop, type Code, type Program } from '../util/wasm-bytes.ts'
import {
  advance, above, and, and64, assign, below, constant64, extend, increased, isNegative, isNotNegative, jump, jumpWhere, load128, load32As64, load64, load8, minus, minus64, or64, plus, shiftLeft, shiftLeft64,
  shiftRight, shiftRight64, store128, store32, store8From64, swizzle, v128, where, wrap,
} from '../util/wasm-expressions.ts'

/** Codes of up to so many bits are found by one look into a table, longer ones by two. */
export const literalBits = 11, distanceBits = 8

/**
 * What an entry of a table says, of 32 bits. Its lowest byte: how many bits to go on by. Bits 8 to 12: two more than its
 * code has without extra bits. From bit 16 on: the literal, or the least length or distance.
 */
export const entryFlags = {
  literal: -0x8000_0000,
  /** Neither literal nor length nor distance: from bit 16 on, the `endings` to leave with. */
  exception: 0x8000,
  /** An exception too: the code is longer. From bit 16 on, where its table begins; bits 8 to 12, how many bits to look up there. */
  longer: 0xc000,
} as const

/** Why `symbols` ends: the block does, there is too little left to read or no room to write, or no stream is like that. */
export const endings = { block: 0, pause: 1, damaged: 2 } as const

/** No complete code of up to 15 bits takes more entries: of 288 symbols with 11 bits in the first table, of 32 with 8. Held to when tables are filled. */
const literalEntries = 2342, distanceEntries = 402
/** What is written beyond `outLimit`, at most: three literals, the longest match, and to the end of 16 bytes. */
const slack = 320
/** What is read beyond `inLimit`, at most. Bytes. */
export const readAhead = 24
/** Zeros behind the last input, so that what is read ahead there is. Bytes. */
export const padding = 64

const literals = 64
const distances = literals + 4 * literalEntries
const patterns = distances + 4 * distanceEntries
const periods = patterns + 16 * 16
const input = periods + 16, inputLength = 32 * KiB
const historyLength = 32 * KiB
const output = input + inputLength + padding + historyLength, outputLength = 64 * KiB

/** Where things are in the memory, in bytes: where `symbols` leaves off, tables, input, and output behind what came before. */
export const layout: Readonly<Record<'bit' | 'out' | 'literals' | 'literalEntries' | 'distances' | 'distanceEntries' | 'input' | 'inputLength' | 'historyLength' | 'output' | 'outputLength' | 'end', number>> = {
  bit: 0, out: 4, literals, literalEntries, distances, distanceEntries, input, inputLength, historyLength, output, outputLength,
  end: output + outputLength + slack,
}

export interface InflateProgram {
  readonly memory: { readonly buffer: ArrayBuffer }
  /**
   * Decodes from `bit` on, counted from the memory's first, until it has read ahead beyond `inLimit` or written beyond `outLimit`. Matches must
   * not begin before `history`. Leaves where it ended at `layout.bit` and `layout.out`, and gives one of `endings`.
   */
  readonly symbols: (...numbers: [bit: number, inLimit: number, out: number, outLimit: number, history: number]) => number
  readonly adler: Adler
}

function symbolsProgram(): Program {
  const bit = 0, inLimit = 1, out = 2, outLimit = 3, history = 4
  const at = 5, distance = 6, limit = 7, period = 8, ending = 9, bits = 10, count = 11, entry = 12, before = 13, pattern = 14
  // What to read next is from bit 2 of `bits` on: cut out it is where its entry, of 4 bytes, is, and every literal waits for a shift
  // less. `count` has those two, 54 or more are there afterwards. Entries are subtracted of it whole: only its lowest 6 bits count.
  const refill = [
    ...assign(bits, or64(get(bits), shiftLeft64(load64(get(at)), get(count)))),
    ...assign(at, minus(plus(get(at), constant(7)), and(wrap(shiftRight64(get(count), constant64(3))), constant(7)))),
    ...assign(count, or64(get(count), constant64(56))),
  ]
  const consume = [...assign(bits, shiftRight64(get(bits), get(entry))), ...assign(count, minus64(get(count), get(entry)))]
  const payload = wrap(shiftRight64(get(entry), constant64(16))), codeBits = shiftRight64(get(entry), constant64(8))
  const lookUp = (table: number, width: number): number[] => assign(entry, load32As64(and(wrap(get(bits)), constant(4 * (2 ** width - 1))), table))
  const ofLonger = and(wrap(get(bits)), wrap(minus64(shiftLeft64(constant64(4), codeBits), constant64(4))))
  const lookUpLonger = (table: number): number[] => [...consume, ...assign(entry, load32As64(plus(shiftLeft(payload, constant(2)), ofLonger), table))]
  const has = (flag: number): number[] => and(wrap(get(entry)), constant(flag))
  const literal = [...store8From64(get(out), shiftRight64(get(entry), constant64(16))), ...consume, ...assign(out, plus(get(out), constant(1)))]
  const leave = (why: Code, depth: number): number[] => [...assign(ending, why), ...jump(depth)]
  // With its extra bits, which come behind the code.
  const taken = [...assign(before, get(bits)), ...consume]
  const valueOf = (mask: number): number[] => plus(and(payload, constant(mask)), wrap(shiftRight64(and64(get(before), minus64(shiftLeft64(constant64(4), get(entry)), constant64(1))), codeBits)))

  const literalOrOn = [...jumpWhere(isNotNegative(wrap(get(entry))), 0), ...literal]
  const upToFour = [...literalOrOn, ...[0, 1, 2].flatMap(() => [...lookUp(literals, literalBits), ...literalOrOn])]
  const exception = where(has(entryFlags.exception), [
    ...where(has(0x4000), [...lookUpLonger(literals), ...where(isNegative(wrap(get(entry))), [...literal, ...jump(3)])]),
    ...where(has(entryFlags.exception), [...consume, ...leave(payload, 3)]),
  ])
  const readDistance = [
    ...refill, ...lookUp(distances, distanceBits),
    ...where(has(entryFlags.exception), [...where(has(0x4000), lookUpLonger(distances)), ...where(has(entryFlags.exception), leave(constant(endings.damaged), 3))]),
    ...taken, ...assign(distance, valueOf(0x7fff)),
    ...where(above(get(distance), minus(get(out), get(history))), leave(constant(endings.damaged), 2)),
  ]
  const copyFar = [
    ...loop, ...store128(get(out), load128(minus(get(out), get(distance)))), ...advance(out, limit, 16), ...end,
  ]
  // What is repeated is shorter than a step: as often as it fits whole.
  const copyNear = [
    ...assign(pattern, swizzle(load128(minus(get(out), get(distance))), load128(shiftLeft(get(distance), constant(4)), patterns))), ...assign(period, load8(get(distance), periods)),
    ...loop, ...store128(get(out), get(pattern)), ...jumpWhere(below(increased(out, get(period)), get(limit)), 0), ...end,
  ]
  return {
    name: 'symbols', parameters: [i32, i32, i32, i32, i32], results: [i32], locals: [i32, i32, i32, i32, i32, i64, i64, i64, i64, v128],
    body: [
      ...assign(at, shiftRight(get(bit), constant(3))), ...assign(count, constant64(2)), ...refill, ...assign(entry, extend(and(get(bit), constant(7)))), ...consume,
      ...block, ...loop,
      ...assign(ending, constant(endings.pause)), ...jumpWhere(above(get(at), get(inLimit)), 1), ...jumpWhere(above(get(out), get(outLimit)), 1),
      ...refill, ...lookUp(literals, literalBits),
      ...block, ...upToFour, ...jump(1), ...end,
      ...exception, ...taken, ...assign(limit, plus(get(out), valueOf(0x1ff))),
      ...readDistance, ...where(above(get(distance), constant(15)), copyFar, copyNear), ...assign(out, get(limit)), ...jump(0),
      ...end, ...end,
      ...store32(constant(layout.bit), plus(minus(shiftLeft(get(at), constant(3)), and(wrap(get(count)), constant(63))), constant(2))), ...store32(constant(layout.out), get(out)), ...get(ending),
    ],
  }
}

/** With a memory of its own. */
export function assembleInflate(): InflateProgram {
  const program = assemble([symbolsProgram(), adlerProgram()], layout.end) as InflateProgram
  const bytes = new Uint8Array(program.memory.buffer)
  for (let distance = 1; distance < 16; distance++) {
    for (let i = 0; i < 16; i++) bytes[patterns + 16 * distance + i] = i % distance
    bytes[periods + distance] = distance * Math.floor(16 / distance)
  }
  return program
}
