import { test } from 'node:test'
import assert from 'node:assert/strict'
import { Histogram, type HistogramJson } from '../../src/metrics/histogram.ts'
import { quantileOf } from '../../src/metrics/sample-statistics.ts'
import { randomFrom } from './synthetic-run.ts'

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

const json = (histogram: Histogram): HistogramJson => JSON.parse(JSON.stringify(histogram)) as HistogramJson

test('nothing recorded: no quantile, no ends, no buckets', () => {
  const empty = new Histogram()
  assert.deepEqual([empty.count, empty.sum, empty.min, empty.max, empty.quantile(0.5)], [0, 0, undefined, undefined, undefined])
  assert.deepEqual(json(empty), { unit: 'nanoseconds', count: 0, sum: 0, underflow: 0, overflow: 0, counts: [] })
})

for (const [value, underflow, overflow] of [[0, 1, 0], [999, 1, 0], [1000, 0, 0], [1001, 0, 0], [2000, 0, 0], [3600e9, 0, 0], [3600e9 + 1, 0, 1], [1e15, 0, 1]] as const) {
  test(`${value} ns twenty times: the median is that, exactly`, () => {
    const histogram = histogramOf(Array.from({ length: 20 }, () => value))
    assert.equal(histogram.quantile(0.5), value)
    assert.deepEqual([histogram.underflow, histogram.overflow], [20 * underflow, 20 * overflow])
  })
}

for (const value of [NaN, Infinity, -Infinity]) {
  test(`${value} is refused`, () => { assert.throws(() => { new Histogram().record(value) }, RangeError) })
}

test('percentiles need ten values beyond them', () => {
  const values = Array.from({ length: 999 }, (_, i) => 1e6 + i)
  const histogram = histogramOf(values)
  assert.equal(histogram.quantile(0.99), undefined)
  histogram.record(2e6)
  assert.ok(histogram.quantile(0.99)! >= 1e6)
})

const shapes: readonly (readonly [string, (random: () => number) => number])[] = [
  ['uniform to 1 ms', (random) => random() * 1e6],
  ['log-uniform 1 µs to 1 h', (random) => 1e3 * 3.6e9 ** random()],
  ['exponential, mean 5 ms', (random) => -Math.log(1 - random()) * 5e6],
  ['two peaks', (random) => random() < 0.97 ? 4e6 + random() * 1e5 : 2e9 + random() * 1e8],
]
for (const [name, draw] of shapes) {
  for (let seed = 1; seed <= 20; seed++) {
    test(`${name}, seed ${seed}: quantiles within 0.1 %, parts merge to the whole, JSON keeps all`, () => {
      const random = randomFrom(seed)
      const values = Array.from({ length: 1000 + Math.floor(random() * 9000) }, () => draw(random))
      const whole = histogramOf(values)
      const cut = Math.floor(random() * values.length)
      const merged = histogramOf(values.slice(0, cut))
      merged.merge(histogramOf(values.slice(cut)))
      const sorted = values.toSorted((a, b) => a - b)
      for (const p of [0.01, 0.1, 0.5, 0.9, 0.99]) {
        const [exact, found] = [quantileOf(sorted, p)!, whole.quantile(p)!]
        // Below 1 µs values are counted and not told apart.
        if (exact >= 1000) assert.ok(Math.abs(found - exact) <= exact * 1e-3, `p${p}: ${found} for ${exact}`)
        assert.equal(merged.quantile(p), found)
      }
      assert.equal(whole.count, values.length)
      assert.deepEqual(json(merged).counts, json(whole).counts)
      assert.deepEqual([whole.min, whole.max], [sorted[0], sorted.at(-1)])
      assert.deepEqual(json(Histogram.fromJSON(json(whole))), json(whole))
    })
  }
}

test('a merge into an empty one and of an empty one change nothing', () => {
  const histogram = histogramOf([5e3, 7e8, 2])
  const before = json(histogram)
  histogram.merge(new Histogram())
  const copy = new Histogram()
  copy.merge(histogram)
  assert.deepEqual([json(histogram), json(copy)], [before, before])
})

for (const bucket of [-1, 1.5, 1e9]) {
  test(`bucket ${bucket} of a file is refused`, () => {
    assert.throws(() => Histogram.fromJSON({ ...new Histogram().toJSON(), counts: [[bucket, 1]] }), RangeError)
  })
}
