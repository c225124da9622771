// The order of listings: by the keys' UTF-8 bytes, which is not the order of JavaScript's UTF-16 strings.

/** Negative, zero or positive, as for Array.prototype.sort. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above U+FFFF and sort after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** The first key of the sorted `keys` that may follow `startAfter` and begin with `prefix`. */
export function firstIndex(keys: readonly string[], prefix: string, startAfter: string | undefined): number {
  let low = 0, high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const key = keys[middle]!
    const before = compareKeys(key, prefix) < 0 || (startAfter !== undefined && compareKeys(key, startAfter) <= 0)
    if (before) low = middle + 1
    else high = middle
  }
  return low
}
