// CRC-32C and CRC-64/NVME in JavaScript, eight bytes a step from eight tables.
// Source: "A Systematic Approach to Building High Performance, Software-based, CRC Generators" (Kounavis, Berry);
// parameters from RFC 3720 B.4 and the NVM Command Set Specification (64b CRC).

const tableSize = 8 * 256

let table32: Int32Array | undefined

/** Entry [t * 256 + b]: the CRC of byte b followed by t zero bytes. */
function table32c(): Int32Array {
  if (table32) return table32
  table32 = new Int32Array(tableSize)
  for (let i = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78
    table32[i] = crc
  }
  for (let i = 256; i < tableSize; i++) {
    const before = table32[i - 256]!
    table32[i] = (before >>> 8) ^ table32[before & 0xff]!
  }
  return table32
}

/** CRC-32C of `data` following bytes whose CRC-32C is `before` (0 for none). Unsigned. */
export function crc32cByTables(data: Uint8Array, before = 0): number {
  const table = table32c()
  const end8 = data.length - (data.length % 8)
  let crc = ~before
  let i = 0
  for (; i < end8; i += 8) {
    crc ^= data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24)
    crc = table[1792 + (crc & 0xff)]! ^ table[1536 + ((crc >>> 8) & 0xff)]! ^ table[1280 + ((crc >>> 16) & 0xff)]! ^ table[1024 + (crc >>> 24)]!
      ^ table[768 + data[i + 4]!]! ^ table[512 + data[i + 5]!]! ^ table[256 + data[i + 6]!]! ^ table[data[i + 7]!]!
  }
  for (; i < data.length; i++) crc = table[(crc ^ data[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** A 64-bit number as two signed 32-bit halves: BigInt would be a hundred times slower. */
export interface Word64 { high: number; low: number }

let tables64: { high: Int32Array; low: Int32Array } | undefined

function table64(): { high: Int32Array; low: Int32Array } {
  if (tables64) return tables64
  const high = new Int32Array(tableSize)
  const low = new Int32Array(tableSize)
  for (let i = 0; i < 256; i++) {
    let h = 0
    let l = i
    for (let bit = 0; bit < 8; bit++) {
      const carry = l & 1
      l = (l >>> 1) | (h << 31)
      h >>>= 1
      if (carry === 1) { h ^= 0x9a6c9329; l ^= 0xac4bc9b5 }
    }
    high[i] = h
    low[i] = l
  }
  for (let i = 256; i < tableSize; i++) {
    const h = high[i - 256]!
    const l = low[i - 256]!
    high[i] = (h >>> 8) ^ high[l & 0xff]!
    low[i] = ((l >>> 8) | (h << 24)) ^ low[l & 0xff]!
  }
  tables64 = { high, low }
  return tables64
}

/** Carries `crc` (both halves 0 for no bytes yet) over `data`, in place. */
export function crc64nvme(data: Uint8Array, crc: Word64): void {
  const { high, low } = table64()
  const end8 = data.length - (data.length % 8)
  let h = ~crc.high
  let l = ~crc.low
  let i = 0
  for (; i < end8; i += 8) {
    l ^= data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24)
    h ^= data[i + 4]! | (data[i + 5]! << 8) | (data[i + 6]! << 16) | (data[i + 7]! << 24)
    const a = 1792 + (l & 0xff)
    const b = 1536 + ((l >>> 8) & 0xff)
    const c = 1280 + ((l >>> 16) & 0xff)
    const d = 1024 + (l >>> 24)
    const e = 768 + (h & 0xff)
    const f = 512 + ((h >>> 8) & 0xff)
    const g = 256 + ((h >>> 16) & 0xff)
    const k = h >>> 24
    h = high[a]! ^ high[b]! ^ high[c]! ^ high[d]! ^ high[e]! ^ high[f]! ^ high[g]! ^ high[k]!
    l = low[a]! ^ low[b]! ^ low[c]! ^ low[d]! ^ low[e]! ^ low[f]! ^ low[g]! ^ low[k]!
  }
  for (; i < data.length; i++) {
    const t = (l ^ data[i]!) & 0xff
    l = ((l >>> 8) | (h << 24)) ^ low[t]!
    h = (h >>> 8) ^ high[t]!
  }
  crc.high = ~h
  crc.low = ~l
}

/**
 * The CRC of two pieces from the CRC of each: x^(8 * secondLength) times the first, plus the second, modulo the polynomial.
 * Source: zlib, crc32_combine. `polynomial` reflected, `width` in bits. For CRCs whose start and end are all ones.
 */
export function combineCrc(first: bigint, second: bigint, secondLength: number, { polynomial, width }: { polynomial: bigint; width: bigint }): bigint {
  const one = 1n << (width - 1n)
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n
    for (let mask = one, factor = b; mask > 0n; mask >>= 1n) {
      if ((a & mask) !== 0n) product ^= factor
      factor = (factor & 1n) === 0n ? factor >> 1n : (factor >> 1n) ^ polynomial
    }
    return product
  }
  let power = one
  let square = one >> 8n // x^8: one byte
  for (let n = BigInt(secondLength); n > 0n; n >>= 1n) {
    if ((n & 1n) === 1n) power = multiply(power, square)
    square = multiply(square, square)
  }
  return multiply(power, first) ^ second
}
