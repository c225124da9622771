// The numbers are NumPy's: RandomState(seed) of version 2.4.

import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { MersenneTwister } from '../../src/util/random.ts'

describe('MersenneTwister', () => {
  test('32-bit numbers of seed 123', () => {
    const random = new MersenneTwister(123)
    assert.deepEqual(Array.from({ length: 8 }, () => random.uint32()), [
      2991312382, 3062119789, 1228959102, 1840268610, 974319580, 2967327842, 2367878886, 3088727057,
    ])
  })

  test('the first number of seed 0, of the largest seed and the 10 000th of seed 5489, which the C++ standard names', () => {
    const random = new MersenneTwister(5489)
    let last = 0
    for (let i = 0; i < 10_000; i++) last = random.uint32()
    assert.equal(last, 4123659995)
    assert.equal(new MersenneTwister(0).uint32(), 2357136044)
    assert.equal(new MersenneTwister(2 ** 32 - 1).uint32(), 419326371)
  })

  test('random_sample of seed 123', () => {
    const random = new MersenneTwister(123)
    assert.deepEqual(Array.from({ length: 4 }, () => random.randomSample()), [
      0.6964691855978616, 0.28613933495037946, 0.2268514535642031, 0.5513147690828912,
    ])
  })

  test('normal of seed 10: pairs, the second one kept', () => {
    const random = new MersenneTwister(10)
    const expected = [
      1.331586504129518, 0.7152789743984055, -1.5454002921112682, -0.008383849928522256,
      0.6213359738904805, -0.7200855607188968, 0.2655115856921195, 0.10854852571496944,
      0.004291430934033236, -0.17460021059294129, 0.433026189953598, 1.203037373812212,
      -0.9650656705167633, 1.028274077982704, 0.2286301301246597, 0.44513761283034786,
    ]
    for (const [i, value] of expected.entries()) {
      // Math.log may differ from the C library's in the last place.
      const got = random.normal()
      assert.ok(Math.abs(got - value) <= 4 * Number.EPSILON * Math.abs(value), `value ${i}: ${got}, not ${value}`)
    }
  })

  test('normal scales and shifts', () => {
    const plain = new MersenneTwister(10), scaled = new MersenneTwister(10)
    for (let i = 0; i < 100; i++) assert.equal(scaled.normal(12107, 2822.2), 12107 + 2822.2 * plain.normal())
  })

  test('randint(255) as uint8 of seed 10: four bytes a draw', () => {
    const into = new Uint8Array(16)
    new MersenneTwister(10).randintBytes(255, into)
    assert.deepEqual([...into], [9, 69, 117, 197, 125, 156, 123, 76, 228, 79, 5, 15, 114, 157, 126, 64])
  })

  for (const length of [0, 1, 2, 3, 5]) {
    test(`randintBytes of ${length} bytes is a prefix of more`, () => {
      const short = new Uint8Array(length), long = new Uint8Array(16)
      new MersenneTwister(10).randintBytes(255, short)
      new MersenneTwister(10).randintBytes(255, long)
      assert.deepEqual(short, long.subarray(0, length))
    })
  }

  test('randintBytes(1) and (256): the ends of its range', () => {
    const into = new Uint8Array(8).fill(7)
    new MersenneTwister(10).randintBytes(1, into)
    assert.deepEqual(into, new Uint8Array(8))
    new MersenneTwister(10).randintBytes(256, into)
    const words = new MersenneTwister(10)
    const first = words.uint32(), second = words.uint32()
    assert.deepEqual([...into], [first, second].flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]))
  })

  test('interval stays inside, reaches both ends, and draws nothing for 0', () => {
    const random = new MersenneTwister(1), untouched = new MersenneTwister(1)
    assert.equal(random.interval(0), 0)
    assert.equal(random.uint32(), untouched.uint32())
    for (const limit of [1, 2, 5, 255, 256, 257]) {
      const seen = new Set(Array.from({ length: 20 * (limit + 1) }, () => random.interval(limit)))
      assert.ok(seen.has(0) && seen.has(limit), `limit ${limit}`)
      assert.ok([...seen].every((value) => value >= 0 && value <= limit))
    }
    assert.ok(Array.from({ length: 100 }, () => random.interval(0xffffffff)).some((value) => value > 0x7fffffff))
  })
})

const shuffles: readonly (readonly [seed: number, order: readonly number[]])[] = [
  [123, [7, 10, 4, 0, 5, 9, 8, 11, 3, 1, 6, 15, 12, 2, 13, 14]],
  [124, [11, 10, 13, 3, 6, 5, 15, 8, 4, 0, 9, 2, 7, 1, 12, 14]],
  [125, [8, 4, 9, 1, 12, 11, 14, 10, 5, 0, 6, 3, 7, 2, 15, 13]],
  [42, [0, 1, 5, 14, 13, 11, 8, 9, 2, 15, 4, 7, 10, 12, 3, 6]],
  [43, [15, 8, 12, 6, 11, 2, 7, 9, 13, 3, 14, 10, 5, 1, 0, 4]],
]

describe('shuffle', () => {
  for (const [seed, order] of shuffles) {
    test(`0…15 with seed ${seed}`, () => {
      const typed = Uint32Array.from({ length: 16 }, (_, i) => i)
      new MersenneTwister(seed).shuffle(typed)
      assert.deepEqual([...typed], order)
      const plain = Array.from({ length: 16 }, (_, i) => i)
      new MersenneTwister(seed).shuffle(plain)
      assert.deepEqual(plain, order)
    })
  }

  for (const length of [0, 1, 2, 17, 1009]) {
    test(`a permutation of ${length} stays one`, () => {
      const values = Uint32Array.from({ length }, (_, i) => i)
      new MersenneTwister(length).shuffle(values)
      assert.deepEqual(values.toSorted(), Uint32Array.from({ length }, (_, i) => i))
    })
  }
})
