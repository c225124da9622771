// Where request t reads when only a range of an object is asked for: a pure function of (seed, t), so a run can be repeated.
//
// Definition, all in 32-bit unsigned arithmetic:
//   mix(h)   h ^= h >>> 16; h *= 0x85ebca6b; h ^= h >>> 13; h *= 0xc2b2ae35; h ^= h >>> 16
//   u(t)     mix(mix(t + 0x9e3779b9) ^ (seed mod 2^32))
//   offset   range · floor(u(t) / 2^32 · floor(size / range)): ranges lie side by side from the object's begin
// Source: the finaliser of MurmurHash3, Austin Appleby, public domain.

function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Sizes in bytes, `range` at least 1 and at most `size`. */
export function rangeOffset(seed: number, ticket: number, { size, range }: { readonly size: number; readonly range: number }): number {
  const uniform = mix(mix((ticket + 0x9e3779b9) | 0) ^ (seed % 2 ** 32))
  return range * Math.floor(uniform / 2 ** 32 * Math.floor(size / range))
}
