// The WebAssembly that computes CRC-64/NVME, put together instruction by instruction. Two functions over one memory: `crc` looks
// bytes up in tables, 16 a step; `thin` makes long data short for it, 16 bytes a step with nothing but loads and xors.
// Source: "A Systematic Approach to Building High Performance, Software-based, CRC Generators" (Kounavis, Berry) for `crc`;
// "Chorba: A novel CRC32 implementation" (Russell) for `thin`; WebAssembly Core Specification 2.0, section 5, for the bytes.

const tableBytes = 16 * 256 * 8
/** The longest tap, as a multiple of 16. */
const span = 3760
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

// The types of Node 20 do not have it.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

export interface Crc64Program {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** The register after the bytes from `begin` to `end`, a multiple of 16 of them and at least 16, from register `crc` on. */
  readonly crc: (begin: number, end: number, crc: bigint) => bigint
  /** Xors into as many bytes from `into` on what stands `taps` before the bytes from `begin` to `end`, a multiple of 16 of them and at least 16. */
  readonly thin: (begin: number, end: number, into: number) => void
}

/** Each has a memory of its own. */
export function assembleCrc64(): Crc64Program {
  return new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(moduleBytes()))).exports as Crc64Program
}

/** LEB128, for numbers that are not negative: the last byte is below `limit`, 0x40 where the number could be negative. */
function leb(n: number, limit = 0x80): number[] {
  return n < limit ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7, limit)]
}

const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()]
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]
const name = (text: string): number[] => [...leb(text.length), ...Array.from(text, (letter) => letter.charCodeAt(0))]

const i32 = 0x7f, i64 = 0x7e, empty = 0x40
const loop = [0x03, empty], end = [0x0b], repeatIf = [0x0d, 0]
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]
const constant = (n: number): number[] => [0x41, ...leb(n, 0x40)]
const constant64 = (n: number): number[] => [0x42, ...leb(n, 0x40)]
const load32 = (offset: number): number[] => [0x28, 2, ...leb(offset)]
const load64 = (offset: number): number[] => [0x29, 3, ...leb(offset)]
const less = [0x49], add = [0x6a], subtract = [0x6b], and = [0x71], xor = [0x73], shiftLeft = [0x74], shiftRight = [0x76]
const xor64 = [0x85], shiftRight64 = [0x88], wrap = [0xa7]
const load128 = (offset: number): number[] => [0xfd, 0, 0, ...leb(offset)]
const store128 = (offset: number): number[] => [0xfd, 11, 0, ...leb(offset)]
const xor128 = [0xfd, 81, 1]

/** Moves `begin` by `step`, and goes round again while it is below `limit`. */
const advance = (begin: number, limit: number, step: number): number[] => [...get(begin), ...constant(step), ...add, ...tee(begin), ...get(limit), ...less, ...repeatIf]

/** From a word to eight times one of its bytes: entries have 8 bytes. */
const eightTimes = (byte: number): number[] => [...(byte === 0 ? [...constant(3), ...shiftLeft] : [...constant(8 * byte - 3), ...shiftRight]), ...constant(0x7f8), ...and]

function crcFunction(): number[] {
  const begin = 0, limit = 1, crc = 2, words = [3, 4, 5, 6]
  const halfOfCrc = [[...get(crc), ...wrap, ...xor], [...get(crc), ...constant64(32), ...shiftRight64, ...wrap, ...xor], [], []]
  const loads = words.flatMap((word, i) => [...get(begin), ...load32(4 * i), ...halfOfCrc[i]!, ...set(word)])
  const lookups = Array.from({ length: 16 }, (_, i) => [...get(words[i >> 2]!), ...eightTimes(i & 3), ...load64((15 - i) * 2048)])
  const sum = lookups.flatMap((lookup, i) => i === 0 ? lookup : [...lookup, ...xor64])
  return [...vector([[words.length, i32]]), ...loop, ...loads, ...sum, ...set(crc), ...advance(begin, limit, 16), ...end, ...get(crc), ...end]
}

function thinFunction(): number[] {
  const begin = 0, limit = 1, into = 2
  // Offsets are not negative: addresses are counted from as far back as the longest tap reaches.
  const back = [begin, limit].flatMap((local) => [...get(local), ...constant(span), ...subtract, ...set(local)])
  const sum = [...get(into), ...load128(0), ...taps.flatMap((tap) => [...get(begin), ...load128(span - tap), ...xor128])]
  const next = [...get(into), ...constant(16), ...add, ...set(into), ...advance(begin, limit, 16)]
  return [...vector([]), ...back, ...loop, ...get(into), ...sum, ...store128(0), ...next, ...end, ...end]
}

function moduleBytes(): number[] {
  const functions = [crcFunction(), thinFunction()]
  const pages = Math.ceil((layout.rest + span) / 65_536)
  return [
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, vector([[0x60, ...vector([[i32], [i32], [i64]]), ...vector([[i64]])], [0x60, ...vector([[i32], [i32], [i32]]), ...vector([])]])),
    ...section(3, vector([[0], [1]])),
    ...section(5, vector([[0, pages]])),
    ...section(7, vector([[...name('memory'), 2, 0], [...name('crc'), 0, 0], [...name('thin'), 0, 1]])),
    ...section(10, vector(functions.map((body) => [...leb(body.length), ...body]))),
  ]
}
