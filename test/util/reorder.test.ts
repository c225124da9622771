import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { MersenneTwister } from '../../src/util/random.ts'
import { reorder } from '../../src/util/reorder.ts'

describe('reorder', () => {
  for (const length of [0, 1, 2, 3, 10, 1000]) {
    test(`${length} rows of four columns`, () => {
      const order = Uint32Array.from({ length }, (_, i) => i)
      new MersenneTwister(length).shuffle(order)
      const words = Uint32Array.from({ length }, (_, i) => 2 ** 32 - 1 - i), doubles = Float64Array.from({ length }, (_, i) => 2 ** 53 - i), wide = Uint32Array.from({ length: 4 * length }, (_, i) => i), odd = wide.slice(0, 3 * length)
      reorder(order, [{ values: words, width: 1 }, { values: doubles, width: 1 }, { values: wide, width: 4 }, { values: odd, width: 3 }])
      assert.deepEqual([...words], [...order].map((i) => 2 ** 32 - 1 - i))
      assert.deepEqual([...doubles], [...order].map((i) => 2 ** 53 - i))
      assert.deepEqual([...wide], [...order].flatMap((i) => [4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3]))
      assert.deepEqual([...odd], [...order].flatMap((i) => [3 * i, 3 * i + 1, 3 * i + 2]))
    })
  }
})
