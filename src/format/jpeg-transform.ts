// The discrete cosine transform of a block of 8 × 8 pixels, and its quantization. Source: ITU-T T.81, A.3.3 and A.3.4.
// Sums and products of doubles in a fixed order: every machine gets the same coefficients.

/** cos(k π / 16) / 2, written out: Math.cos may differ in its last bit. */
const c1 = 0.4903926402016152, c2 = 0.46193976625564337, c3 = 0.4157348061512726, c4 = 0.3535533905932738
const c5 = 0.27778511650980114, c6 = 0.19134171618254492, c7 = 0.09754516100806417

/** Transforms the 64 values of `block`, rows of 8, in place. */
export function transform(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transformLine(block, row, 1)
  for (let column = 0; column < 8; column++) transformLine(block, column, 8)
}

/** Eight values from `begin` on, `step` apart: sums carry the even coefficients, differences the odd ones. */
function transformLine(v: Float64Array, begin: number, step: number): void {
  const i1 = begin + step, i2 = i1 + step, i3 = i2 + step, i4 = i3 + step, i5 = i4 + step, i6 = i5 + step, i7 = i6 + step
  const s0 = v[begin]! + v[i7]!, s1 = v[i1]! + v[i6]!, s2 = v[i2]! + v[i5]!, s3 = v[i3]! + v[i4]!
  const d0 = v[begin]! - v[i7]!, d1 = v[i1]! - v[i6]!, d2 = v[i2]! - v[i5]!, d3 = v[i3]! - v[i4]!
  v[begin] = (s0 + s1 + s2 + s3) * c4
  v[i4] = (s0 - s1 - s2 + s3) * c4
  v[i2] = (s0 - s3) * c2 + (s1 - s2) * c6
  v[i6] = (s0 - s3) * c6 - (s1 - s2) * c2
  v[i1] = d0 * c1 + d1 * c3 + d2 * c5 + d3 * c7
  v[i3] = d0 * c3 - d1 * c7 - d2 * c1 - d3 * c5
  v[i5] = d0 * c5 - d1 * c1 + d2 * c7 + d3 * c3
  v[i7] = d0 * c7 - d1 * c5 + d2 * c3 - d3 * c1
}

/** The nearest whole number of steps; halves away from zero. */
export function quantized(value: number, step: number): number {
  return Math.trunc(value / step + (value < 0 ? -0.5 : 0.5))
}
