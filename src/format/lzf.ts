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
