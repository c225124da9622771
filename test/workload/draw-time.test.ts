import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MersenneTwister } from '../../src/util/random.ts'
import { meanSeconds, type TimeDistribution } from '../../src/workload/distribution.ts'
import { drawTime } from '../../src/workload/draw-time.ts'

const rounds = 20_000

// Type, then the variance that the textbook gives it.
for (const [time, variance] of [
  [{ type: 'none' }, 0],
  [{ type: 'constant', mean: 0.25 }, 0],
  [{ type: 'normal', mean: 5, stdev: 0.5 }, 0.25],
  [{ type: 'uniform', min: 1, max: 4 }, 0.75],
  [{ type: 'gamma', shape: 0.5, scale: 2 }, 2],
  [{ type: 'gamma', shape: 3, scale: 0.5 }, 0.75],
  [{ type: 'exponential', scale: 2 }, 4],
  [{ type: 'poisson', lam: 0 }, 0],
  [{ type: 'poisson', lam: 3 }, 3],
] as const satisfies readonly (readonly [TimeDistribution, number])[]) {
  test(`${JSON.stringify(time)}: mean and variance of ${rounds} draws`, () => {
    const random = new MersenneTwister(123)
    const times = Array.from({ length: rounds }, () => drawTime(time, random))
    const mean = times.reduce((sum, draw) => sum + draw, 0) / rounds
    const spread = times.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / rounds
    assert.ok(times.every((draw) => draw >= 0 && Number.isFinite(draw)))
    // Four standard errors of the mean; the variance's own error is larger for the skewed ones.
    assert.ok(Math.abs(mean - meanSeconds(time)) <= 4 * Math.sqrt(variance / rounds), String(mean))
    assert.ok(Math.abs(spread - variance) <= 0.1 * variance, String(spread))
    if (time.type === 'poisson') assert.ok(times.every(Number.isInteger))
  })
}

test('the absolute value of a draw counts', () => {
  const time = { type: 'normal', mean: 0, stdev: 1 } as const
  const below = { randomSample: () => 0, normal: () => -2 }
  assert.equal(drawTime(time, below), 2)
})

function draws(seed: number): number[] {
  const random = new MersenneTwister(seed)
  return Array.from({ length: 5 }, () => drawTime({ type: 'gamma', shape: 2, scale: 1 }, random))
}

test('the same seed, the same times', () => {
  assert.deepEqual(draws(1), draws(1))
  assert.notDeepEqual(draws(1), draws(2))
})
