import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row, Sample } from './case.ts'
import { outcomeOf, type Samples } from './outcome.ts'
import { formatNumber, markdownRow, markdownTable } from './table.ts'

const numbers: readonly (readonly [value: number, text: string])[] = [
  [0, '0'], [0.04, '0.040'], [0.9994, '0.999'], [0.9996, '1.00'], [1, '1.00'], [9.994, '9.99'], [9.996, '10.0'], [99.94, '99.9'], [99.96, '100'], [1234.5, '1 235'], [500_000, '500 000'], [-3.5, '-3.50'], [1_234_567, '1 234 567'],
]
for (const [value, text] of numbers) test(`${value} is printed as ${text}`, () => { assert.equal(formatNumber(value), text) })

const perCpu = (...values: readonly number[]): Sample[] => values.map((value) => ({ bytesPerCpuSecond: value * 1e9 }))
const row: Row = { name: 'GET: ours / theirs', measure: 'bytesPerCpuSecond', ours: 'ours', against: 'theirs', target: { least: 2 } }

test('a ratio is the median of the rounds\' ratios, not a ratio of medians', () => {
  const { ratio, verdict } = outcomeOf(row, { ours: perCpu(1, 4, 9), theirs: perCpu(1, 1, 10) })
  assert.deepEqual(ratio, { median: 1, min: 0.9, max: 4 })
  assert.equal(verdict, 'missed')
})

test('a row without somebody else is judged by its own figure', () => {
  const samples: Samples = { run: [{ auPercent: 98 }, { auPercent: 99.5 }, { auPercent: 99.1 }] }
  const own: Row = { name: 'AU', measure: 'auPercent', ours: 'run', target: { least: 99 } }
  const { ours, ratio, verdict } = outcomeOf(own, samples)
  assert.deepEqual([ours?.median, ratio, verdict], [99.1, undefined, 'met'])
})

test('a figure from elsewhere stands beside ours in every round', () => {
  const { against: _, ...own } = row
  const outcome = outcomeOf({ ...own, name: 'run / DLIO', fixed: 0.5e9 }, { ours: perCpu(1, 1.4, 1.2) })
  assert.equal(markdownRow(outcome), '| run / DLIO | 1.20 (1.00..1.40) GB per CPU-second | 0.500 | 2.40 (2.00..2.80) × | ≥ 2.00 × | met |')
})

for (const [name, samples] of [['another measure', [{ auPercent: 1 }]], ['not a number', [{ bytesPerCpuSecond: NaN }]], ['0 / 0 bytes', [{ bytesPerCpuSecond: Infinity }]]] as const) {
  test(`a sample of ${name} is an error`, () => {
    assert.throws(() => outcomeOf(row, { ours: samples, theirs: perCpu(1) }), /ours has no bytesPerCpuSecond/)
  })
}

test('the table', () => {
  const { target: _, ...scale } = row
  const outcomes = [
    outcomeOf(row, { ours: perCpu(1, 1.4, 1.2), theirs: perCpu(0.5, 0.5, 0.5) }),
    outcomeOf({ ...scale, name: 'scale' }, { ours: perCpu(1), theirs: perCpu(2) }),
    outcomeOf({ name: 'memory', measure: 'excessBytes', ours: 'run', target: { most: 200e6 } }, { run: [{ excessBytes: 250e6 }] }),
    { row, skipped: 'wrk is not installed' },
  ]
  assert.equal(markdownTable(outcomes), `| row | ours | against | ratio (spread) | target | verdict |
| --- | --- | --- | --- | --- | --- |
| GET: ours / theirs | 1.20 (1.00..1.40) GB per CPU-second | 0.500 | 2.40 (2.00..2.80) × | ≥ 2.00 × | met |
| scale | 1.00 GB per CPU-second | 2.00 | 0.500 × | – | for scale |
| memory | 250 MB over the limit | – | – | ≤ 200 MB over the limit | missed |
| GET: ours / theirs | – | – | – | ≥ 2.00 × | wrk is not installed |
`)
})

test('an empty table has its head', () => { assert.equal(markdownTable([]).split('\n').length, 3) })
