// Mean, spread and quantiles of values at hand. What too few values cannot tell is undefined, not 0 and not NaN.

/** Values beyond the quantile that must be expected before it is stated: ten, so that one odd value cannot be the whole answer. */
const valuesBeyond = 10

/**
 * Values needed before quantile `p` (0 < p < 1) is stated: 10 in the rarer side, so 20 for the median and 1000 for p = 0.99.
 * The tiny term keeps 10 / (1 − 0.99) from becoming 1001 by rounding.
 */
export function samplesNeeded(p: number): number {
  return Math.ceil(valuesBeyond / Math.min(p, 1 - p) - 1e-6)
}

/** The rank, from 1, of quantile `p` among `count` values: the smallest one that has p · count values at or below it. */
export function quantileRank(p: number, count: number): number {
  return Math.min(count, Math.max(1, Math.ceil(p * count - 1e-9)))
}

/** Quantile `p` of values in ascending order; undefined when they are fewer than `samplesNeeded(p)`. */
export function quantileOf(sorted: readonly number[] | Float64Array, p: number): number | undefined {
  return sorted.length < samplesNeeded(p) ? undefined : sorted[quantileRank(p, sorted.length) - 1]
}

export function sum(values: readonly number[] | Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Undefined for no values. */
export function mean(values: readonly number[] | Float64Array): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length
}

/** Standard deviation with divisor n, as NumPy's `std` and DLIO's reports have it. Undefined for no values. */
export function populationStdev(values: readonly number[]): number | undefined {
  const centre = mean(values)
  if (centre === undefined) return undefined
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / values.length)
}
