import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mean, populationStdev, quantileOf, quantileRank, samplesNeeded, sum } from '../../src/metrics/sample-statistics.ts'

for (const [p, needed] of [[0.5, 20], [0.9, 100], [0.99, 1000], [0.999, 10_000], [0.01, 1000], [0.1, 100]] as const) {
  test(`quantile ${p} needs ${needed} values`, () => {
    assert.equal(samplesNeeded(p), needed)
    const values = Array.from({ length: needed }, (_, i) => i + 1)
    assert.equal(quantileOf(values.slice(1), p), undefined)
    assert.equal(quantileOf(values, p), Math.round(p * needed))
  })
}

for (const [p, count, rank] of [[0.5, 1, 1], [0.5, 2, 1], [0.5, 3, 2], [0.99, 1000, 990], [0.99, 1001, 991], [0.001, 5, 1], [0.999, 5, 5]] as const) {
  test(`quantile ${p} of ${count} values is number ${rank}`, () => { assert.equal(quantileRank(p, count), rank) })
}

for (const [values, total, average, stdev] of [[[], 0, undefined, undefined], [[3], 3, 3, 0], [[1, 3], 4, 2, 1], [[2, 4, 4, 4, 5, 5, 7, 9], 40, 5, 2]] as const) {
  test(`sum, mean and population deviation of [${values.join(', ')}]`, () => {
    assert.deepEqual([sum(values), mean(values), populationStdev(values)], [total, average, stdev])
  })
}
