// The two checksums of HDF5: Jenkins's lookup3 over metadata, Fletcher's over filtered chunks.
// Source: Bob Jenkins, "lookup3.c" (hashlittle, initial value 0); HDF5 File Format Specification III, fletcher32 filter.

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

/** Of all bytes, as an unsigned 32-bit number. */
export function lookup3(bytes: Uint8Array): number {
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  let a = (0xdeadbeef + length) | 0, b = a, c = a
  let at = 0
  for (; length - at > 12; at += 12) {
    a = (a + view.getUint32(at, true)) | 0
    b = (b + view.getUint32(at + 4, true)) | 0
    c = (c + view.getUint32(at + 8, true)) | 0
    a = (a - c) ^ rotate(c, 4); c = (c + b) | 0
    b = (b - a) ^ rotate(a, 6); a = (a + c) | 0
    c = (c - b) ^ rotate(b, 8); b = (b + a) | 0
    a = (a - c) ^ rotate(c, 16); c = (c + b) | 0
    b = (b - a) ^ rotate(a, 19); a = (a + c) | 0
    c = (c - b) ^ rotate(b, 4); b = (b + a) | 0
  }
  if (at === length) return c >>> 0
  const tail = [0, 0, 0]
  for (let i = 0; at < length; i++, at++) tail[i >> 2]! |= bytes[at]! << (8 * (i & 3))
  a = (a + tail[0]!) | 0
  b = (b + tail[1]!) | 0
  c = (c + tail[2]!) | 0
  c = ((c ^ b) - rotate(b, 14)) | 0
  a = ((a ^ c) - rotate(c, 11)) | 0
  b = ((b ^ a) - rotate(a, 25)) | 0
  c = ((c ^ b) - rotate(b, 16)) | 0
  a = ((a ^ c) - rotate(c, 4)) | 0
  b = ((b ^ a) - rotate(a, 14)) | 0
  c = ((c ^ b) - rotate(b, 24)) | 0
  return c >>> 0
}

/** Over 16-bit big-endian words; an odd last byte is the high half of one. */
export function fletcher32(bytes: Uint8Array): number {
  let low = 0, high = 0
  const even = bytes.length & ~1
  for (let at = 0; at < even;) {
    // 360 words are the most that cannot overflow 32 bits.
    for (const end = Math.min(even, at + 720); at < end; at += 2) {
      low += (bytes[at]! << 8) | bytes[at + 1]!
      high += low
    }
    low = folded(low)
    high = folded(high)
  }
  if (even < bytes.length) {
    low = folded(low + (bytes[even]! << 8))
    high = folded(high + low)
  }
  return ((folded(high) << 16) | folded(low)) >>> 0
}

function folded(sum: number): number {
  return (sum & 0xffff) + (sum >>> 16)
}
