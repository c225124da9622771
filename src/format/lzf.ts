// LibLZF's format: runs of literals, and copies of what came out before.

/** Exactly `size` bytes, in `into` where that is given and as long, or undefined when the bytes are not that. */
export function lzfDecompress(bytes: Uint8Array, size: number, into?: Uint8Array): Uint8Array | undefined {
  // Three bytes give 264 at most.
  if (size > 88 * bytes.length) return undefined
  const result = into ?? new Uint8Array(size)
  let from = 0, to = 0
  while (from < bytes.length) {
    const control = bytes[from++]!
    if (control < 32) {
      const end = from + control + 1
      if (end > bytes.length || to + control + 1 > size) return undefined
      while (from < end) result[to++] = bytes[from++]!
      continue
    }
    let length = (control >> 5) + 2
    if (length === 9) length += bytes[from++] ?? size
    let back = to - ((control & 31) << 8) - (bytes[from++] ?? size) - 1
    if (back < 0 || to + length > size) return undefined
    for (const end = to + length; to < end;) result[to++] = result[back++]!
  }
  return to === size ? result : undefined
}

/** Copies reach back so far, and are at most so long. Bytes. */
const maxBack = 8192
const maxCopy = 264
const maxLiterals = 32
const hashBits = 14
const positions = new Int32Array(1 << hashBits)

/** Undefined when they do not become less. */
export function lzfCompress(bytes: Uint8Array): Uint8Array | undefined {
  const { length } = bytes
  const result = new Uint8Array(length)
  positions.fill(-1)
  let to = 0, literals = 0
  /** The bytes from `literals` to `end`, in runs; false when there is no room. */
  const takeLiterals = (end: number): boolean => {
    for (; literals < end; literals += maxLiterals) {
      const run = Math.min(maxLiterals, end - literals)
      if (to + 1 + run >= length) return false
      result[to++] = run - 1
      for (let i = 0; i < run; i++) result[to++] = bytes[literals + i]!
    }
    literals = end
    return true
  }
  for (let at = 0; at + 2 < length;) {
    const three = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    const hash = Math.imul(three, 0x9e3779b1) >>> (32 - hashBits)
    const found = positions[hash]!
    positions[hash] = at
    if (found < 0 || at - found > maxBack || bytes[found] !== bytes[at] || bytes[found + 1] !== bytes[at + 1] || bytes[found + 2] !== bytes[at + 2]) {
      at++
      continue
    }
    let copied = 3
    for (const most = Math.min(maxCopy, length - at); copied < most && bytes[found + copied] === bytes[at + copied];) copied++
    if (!takeLiterals(at) || to + 3 >= length) return undefined
    const back = at - found - 1
    result[to++] = (back >> 8) | (Math.min(7, copied - 2) << 5)
    if (copied >= 9) result[to++] = copied - 9
    result[to++] = back & 0xff
    at += copied
    literals = at
  }
  return takeLiterals(length) && to < length ? result.slice(0, to) : undefined
}
