// Programs of WebAssembly written as expressions: each gives the instructions that compute it from those of its operands.
// Source: WebAssembly Core Specification 2.0, section 5.4.

import { constant, end, get, leb, set, tee, type Code } from './wasm-bytes.ts'

export type Unary = (of: Code) => number[]
export type Binary = (a: Code, b: Code) => number[]

const unary = (...instruction: number[]): Unary => (of) => [...of, ...instruction]
const binary = (...instruction: number[]): Binary => (a, b) => [...a, ...b, ...instruction]
/** Instructions on vectors of 128 bits. */
const vectorCode = (code: number): number[] => [0xfd, ...leb(code)]

export const v128 = 0x7b

/** Of 32 bits, without sign unless they say otherwise. */
export const below: Binary = binary(0x49), above: Binary = binary(0x4b), atLeast: Binary = binary(0x4f)
export const isNegative: Unary = unary(...constant(0), 0x48), isNotNegative: Unary = unary(...constant(0), 0x4e)
export const plus: Binary = binary(0x6a), minus: Binary = binary(0x6b), times: Binary = binary(0x6c), modulo: Binary = binary(0x70)
export const and: Binary = binary(0x71), or: Binary = binary(0x72), xor: Binary = binary(0x73), shiftLeft: Binary = binary(0x74), shiftRight: Binary = binary(0x76)

/** Of 64 bits. Shifts are by the lowest 6 bits of what they are by. */
export const constant64 = (n: number): number[] => [0x42, ...leb(n, 0x40)]
export const minus64: Binary = binary(0x7d), and64: Binary = binary(0x83), or64: Binary = binary(0x84), xor64: Binary = binary(0x85), shiftLeft64: Binary = binary(0x86), shiftRight64: Binary = binary(0x88)
/** The lowest 32 bits of 64; and 64 of 32. */
export const wrap: Unary = unary(0xa7), extend: Unary = unary(0xad)

/** From and to the memory. `offset`: added to the address. */
export const load8 = (at: Code, offset = 0): number[] => [...at, 0x2d, 0, ...leb(offset)]
export const load32 = (at: Code, offset = 0): number[] => [...at, 0x28, 2, ...leb(offset)]
export const load32As64 = (at: Code, offset = 0): number[] => [...at, 0x35, 2, ...leb(offset)]
export const load64 = (at: Code, offset = 0): number[] => [...at, 0x29, 0, ...leb(offset)]
export const load128 = (at: Code, offset = 0): number[] => [...at, ...vectorCode(0), 0, ...leb(offset)]
export const store8 = (at: Code, value: Code): number[] => [...at, ...value, 0x3a, 0, 0]
export const store8From64 = (at: Code, value: Code): number[] => [...at, ...value, 0x3c, 0, 0]
export const store32 = (at: Code, value: Code): number[] => [...at, ...value, 0x36, 2, 0]
export const store128 = (at: Code, value: Code, offset = 0): number[] => [...at, ...value, ...vectorCode(11), 0, ...leb(offset)]

/** Vectors: byte i of the result is the byte of `a` that byte i of `b` numbers. */
export const swizzle: Binary = binary(...vectorCode(14))
export const xor128: Binary = binary(...vectorCode(81))
export const plusBy32: Binary = binary(...vectorCode(174))
/** Sums of neighbours: of bytes in 16 bits, of those in 32. */
export const pairsOf8: Unary = unary(...vectorCode(125)), pairsOf16: Unary = unary(...vectorCode(127))
/** The first and the last 8 bytes, in 16 bits each. */
export const firstBytes: Unary = unary(...vectorCode(137)), lastBytes: Unary = unary(...vectorCode(138))
/** Products of 16 bits, summed by two. */
export const dotOf16: Binary = binary(...vectorCode(186))
export const vectorOf16 = (words: readonly number[]): number[] => [...vectorCode(12), ...words.flatMap((word) => [word & 0xff, word >> 8])]
/** Its four parts of 32 bits. */
export const sumOf32 = (vector: Code): number[] => [0, 1, 2, 3].map((part) => [...vector, ...vectorCode(27), part]).reduce(plus)

export const assign = (local: number, value: Code): number[] => [...value, ...set(local)]
/** Its new value, of 32 bits. */
export const increased = (local: number, by: Code): number[] => [...plus(get(local), by), ...tee(local)]

/** `depth`: of how many blocks, loops and conditions that surround it not to leave, or go round, the innermost one. */
export const jump = (depth: number): number[] => [0x0c, depth]
export const jumpWhere = (condition: Code, depth: number): number[] => [...condition, 0x0d, depth]
/** Moves `begin` by `step`, and goes round the innermost loop again while it is below `limit`. */
export const advance = (begin: number, limit: number, step: number): number[] => jumpWhere(below(increased(begin, constant(step)), get(limit)), 0)
export const where = (condition: Code, then: Code, otherwise: Code = []): number[] => [...condition, 0x04, 0x40, ...then, ...(otherwise.length > 0 ? [0x05, ...otherwise] : []), ...end]
