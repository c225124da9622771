import assert from 'node:assert/strict'
import { test } from 'node:test'

import { coalesce, RangeReader, type Extent } from '../../src/format/coalesce.ts'
import { countingSource } from './counting-source.ts'

type Row = readonly [offset: number, length: number]
const extents = (rows: readonly Row[]): Extent[] => rows.map(([offset, length]) => ({ offset, length }))
const limits = { gap: 10, length: 100 }

for (const [name, wanted, expected] of [
  ['nothing', [], []],
  ['an empty range is nothing', [[5, 0]], []],
  ['one stays as it is', [[5, 7]], [[5, 7]]],
  ['neighbours are one', [[0, 5], [5, 5]], [[0, 10]]],
  ['in whatever order', [[10, 5], [0, 5], [5, 5]], [[0, 15]]],
  ['twice is once', [[3, 4], [3, 4]], [[3, 4]]],
  ['one inside another', [[0, 50], [10, 5]], [[0, 50]]],
  ['overlapping', [[0, 10], [5, 10]], [[0, 15]]],
  ['a gap of the limit is read along', [[0, 5], [15, 5]], [[0, 20]]],
  ['a larger gap is not', [[0, 5], [16, 5]], [[0, 5], [16, 5]]],
  ['not longer than the limit', [[0, 60], [60, 40], [100, 1]], [[0, 100], [100, 1]]],
  ['a long one stays whole and alone', [[0, 500], [500, 5]], [[0, 500], [500, 5]]],
  ['overlaps are joined whatever their length', [[0, 90], [80, 90]], [[0, 170]]],
] as const satisfies [string, Row[], Row[]][]) {
  test(`coalesce: ${name}`, () => { assert.deepEqual(coalesce(extents(wanted), limits), extents(expected)) })
}

test('what was prepared is served without another read, what was not is read alone', async () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => i)
  const source = countingSource('k', bytes)
  const reader = new RangeReader(source, limits)
  await reader.prepare(extents([[120, 5], [0, 5], [8, 4]]))
  assert.deepEqual(source.ranges, extents([[0, 12], [120, 5]]))
  assert.deepEqual(await reader.read(8, 4), bytes.subarray(8, 12))
  assert.deepEqual(await reader.read(121, 3), bytes.subarray(121, 124))
  assert.equal((await reader.read(199, 0)).length, 0)
  assert.equal(source.ranges.length, 2)
  assert.deepEqual(await reader.read(11, 2), bytes.subarray(11, 13))
  await reader.prepare(extents([[0, 5], [60, 5]]))
  assert.deepEqual(source.ranges.slice(2), extents([[11, 2], [60, 5]]))
  assert.deepEqual(await reader.read(60, 5), bytes.subarray(60, 65))
})

test('a read that fails fails the preparation', async () => {
  await assert.rejects(new RangeReader(countingSource('k', new Uint8Array(3))).prepare(extents([[2, 2]])), /points to 2 bytes at 2/)
})
