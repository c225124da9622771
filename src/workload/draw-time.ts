// One draw of a simulated time. Source: DLIO's `sleep`, which takes the absolute value of a NumPy sample; the methods are
// textbook ones: Marsaglia & Tsang (2000) for gamma, inversion for exponential, exponential gaps for Poisson.

import type { TimeDistribution } from './distribution.ts'

/** Where randomness comes from: uniform in [0, 1), and standard normal. */
export interface RandomSource {
  randomSample(): number
  normal(): number
}

/** Seconds, never negative. */
export function drawTime(time: TimeDistribution, random: RandomSource): number {
  switch (time.type) {
    case 'none': break
    case 'constant': return Math.abs(time.mean)
    case 'normal': return Math.abs(time.mean + time.stdev * random.normal())
    case 'uniform': return Math.abs(time.min + (time.max - time.min) * random.randomSample())
    case 'exponential': return time.scale * exponential(random)
    case 'gamma': return time.scale * gamma(time.shape, random)
    case 'poisson': return poisson(time.lam, random)
  }
  return 0
}

function exponential(random: RandomSource): number {
  return -Math.log(1 - random.randomSample())
}

function gamma(shape: number, random: RandomSource): number {
  if (shape <= 0) return 0
  // Shapes below 1 are drawn one higher and scaled back.
  if (shape < 1) return gamma(shape + 1, random) * (1 - random.randomSample()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random.randomSample()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** Arrivals of a unit-rate process within `lam`: exact, and linear in lam, which is seconds per step. */
function poisson(lam: number, random: RandomSource): number {
  let arrivals = 0
  for (let at = exponential(random); at < lam; at += exponential(random)) arrivals++
  return arrivals
}
