import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Target } from './case.ts'
import { ratiosOf, spreadOf, verdictOf } from './statistics.ts'

const spreads: readonly (readonly [values: readonly number[], expected: readonly number[] | undefined])[] = [
  [[], undefined], [[0], [0, 0, 0]], [[7], [7, 7, 7]], [[2, 1], [1.5, 1, 2]], [[3, 1, 2], [2, 1, 3]], [[10, 9, 100, 1], [9.5, 1, 100]], [[5, 5, 5, 5, 5], [5, 5, 5]],
]
for (const [values, expected] of spreads) {
  test(`median, least and most of [${values.join()}]`, () => {
    const spread = spreadOf(values)
    assert.deepEqual(spread && [spread.median, spread.min, spread.max], expected)
  })
}

test('values are not sorted in place', () => {
  const values = [3, 1, 2]
  spreadOf(values)
  assert.deepEqual(values, [3, 1, 2])
})

test('ratios are of the same round', () => {
  assert.deepEqual(ratiosOf([], []), [])
  assert.deepEqual(ratiosOf([10, 30], [5, 10]), [2, 3])
  assert.throws(() => ratiosOf([1], [1, 2]), RangeError)
})

const verdicts: readonly (readonly [value: number, target: Target, expected: string])[] = [
  [0, { least: 0 }, 'met'], [0, { most: 0 }, 'met'], [3.999, { least: 4 }, 'missed'], [4, { least: 4 }, 'met'], [120, { most: 120 }, 'met'], [120.1, { most: 120 }, 'missed'], [-5, { most: 200 }, 'met'],
]
for (const [value, target, expected] of verdicts) {
  test(`${value} has ${expected} ${JSON.stringify(target)}`, () => { assert.equal(verdictOf(value, target), expected) })
}
