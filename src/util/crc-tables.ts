// CRC-32C in JavaScript, eight bytes a step from eight tables, and the CRC of a whole from those of its pieces.
// Source: "A Systematic Approach to Building High Performance, Software-based, CRC Generators" (Kounavis, Berry);
// parameters from RFC 3720 B.4.

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

/** A CRC's polynomial, reflected, and its width in bits. Of CRCs whose start and end are all ones. */
export interface CrcField { readonly polynomial: bigint; readonly width: bigint }

function multiply(a: bigint, b: bigint, { polynomial, width }: CrcField): bigint {
  let product = 0n
  for (let mask = 1n << (width - 1n), factor = b; mask > 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= factor
    factor = (factor & 1n) === 0n ? factor >> 1n : (factor >> 1n) ^ polynomial
  }
  return product
}

/** x^(8 * length) modulo the polynomial: what `length` bytes behind it do to a CRC. */
export function shiftOf(length: number, field: CrcField): bigint {
  const one = 1n << (field.width - 1n)
  let power = one
  let square = one >> 8n // x^8: one byte
  for (let n = BigInt(length); n > 0n; n >>= 1n) {
    if ((n & 1n) === 1n) power = multiply(power, square, field)
    square = multiply(square, square, field)
  }
  return power
}

/** The CRC of two pieces from the CRC of each, `shift` being that of the second one's length. Source: zlib, crc32_combine. */
export function combineCrc(first: bigint, second: { readonly crc: bigint; readonly shift: bigint }, field: CrcField): bigint {
  return multiply(second.shift, first, field) ^ second.crc
}
