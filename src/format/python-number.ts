// Numbers as Python's repr writes them, which is what pandas puts into CSV files.

/** "1.0", "0.1", "1e-05", "1e+16": the shortest digits that give the number back, in Python's layout. "" is pandas' NaN. */
export function pythonFloat(value: number): string {
  return laidOut(value, value)
}

/** The same for a float32: fewer digits tell it from its neighbours. */
export function pythonFloat32(value: number): string {
  return laidOut(value, shortened(value, 9, Math.fround))
}

/** The same for a float16, given as the number it is. */
export function pythonFloat16(value: number): string {
  return laidOut(value, shortened(value, 5, nearestHalf))
}

function laidOut(value: number, shortest: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '' : value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(shortest)
  if (size >= 1e-4 && size < 1e16) {
    const text = String(shortest)
    return text.includes('.') ? text : `${text}.0`
  }
  const [digits, exponent] = shortest.toExponential().split('e') as [string, string]
  const power = exponent.slice(1)
  return `${digits}e${exponent[0]}${power.length === 1 ? `0${power}` : power}`
}

/** The number of the fewest decimal digits that `round` takes back to `value`. */
function shortened(value: number, mostDigits: number, round: (value: number) => number): number {
  if (!Number.isFinite(value)) return value
  for (let digits = 1; digits < mostDigits; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (round(candidate) === value) return candidate
  }
  return Number(value.toPrecision(mostDigits))
}

/** IEEE 754 binary16, ties to even: 11 significant bits, and steps of 2^-24 below 2^-14. */
function nearestHalf(value: number): number {
  const size = Math.abs(value)
  if (size === 0) return value
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(size))) - 10)
  const steps = size / step
  const floor = Math.floor(steps)
  const rest = steps - floor
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  return Math.sign(value) * rounded * step
}
