import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { batches } from '../../src/dataset/batches.ts'
import type { RankSlice } from '../../src/dataset/sampler.ts'

const samples = Uint32Array.of(9, 3, 7, 1, 5, 0, 2, 8, 4, 6)

const rows: readonly (readonly [name: string, slice: RankSlice, batchSize: number, batches: readonly (readonly number[])[]])[] = [
  ['none', { order: { length: 10 }, begin: 0, length: 0 }, 4, []],
  ['fewer than one batch', { order: { length: 10 }, begin: 0, length: 3 }, 4, []],
  ['exactly one', { order: { length: 10 }, begin: 2, length: 4 }, 4, [[2, 3, 4, 5]]],
  ['a rest is dropped', { order: { length: 10 }, begin: 1, length: 8 }, 3, [[1, 2, 3], [4, 5, 6]]],
  ['of one', { order: { length: 3 }, begin: 0, length: 3 }, 1, [[0], [1], [2]]],
  ['of an order that is held', { order: { length: 10, samples }, begin: 2, length: 6 }, 2, [[7, 1], [5, 0], [2, 8]]],
]

describe('batches', () => {
  for (const [name, slice, batchSize, expected] of rows) {
    test(name, () => {
      const got = [...batches(slice, batchSize)]
      assert.deepEqual(got.map((batch) => [...batch.samples]), expected)
      assert.deepEqual(got.map((batch) => batch.step), expected.map((_, i) => i + 1))
    })
  }

  test('are views where the order is held', () => {
    const [first] = batches({ order: { length: 10, samples }, begin: 2, length: 6 }, 2)
    assert.equal(first!.samples.buffer, samples.buffer)
  })

  test('are made when asked for', () => {
    const iterator = batches({ order: { length: 2 ** 32 }, begin: 2 ** 31, length: 2 ** 31 }, 4)
    assert.deepEqual([...iterator.next().value!.samples], [2 ** 31, 2 ** 31 + 1, 2 ** 31 + 2, 2 ** 31 + 3])
  })
})
