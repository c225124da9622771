import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { LaneContent, stampEvery } from '../../src/bench/content.ts'

const seed = 5

for (const size of [0, 1, 7, 8, 4095, 4096, 4097, 65536, 100_000]) {
  test(`content of ${size} bytes has that size, is repeatable, and differs from seed to seed`, () => {
    const bytes = Buffer.from(new LaneContent(seed, 3, size).next(size))
    assert.equal(bytes.length, size)
    assert.deepEqual(Buffer.from(new LaneContent(seed, 3, size).next(size)), bytes)
    if (size > 32) assert.notDeepEqual(Buffer.from(new LaneContent(seed + 1, 3, size).next(size)), bytes)
  })
}

test('no block of 4 KiB is in two requests or two lanes', () => {
  const seen = new Set<string>()
  const size = 5 * stampEvery
  for (const lane of [0, 1, 2]) {
    const content = new LaneContent(seed, lane, size)
    for (let request = 0; request < 10; request++) {
      const bytes = Buffer.from(content.next(size))
      for (let at = 0; at < size; at += stampEvery) seen.add(bytes.toString('latin1', at, at + stampEvery))
    }
  }
  assert.equal(seen.size, 3 * 10 * 5)
})

test('it cannot be compressed', () => {
  const size = 1024 * 1024
  const content = new LaneContent(seed, 0, size)
  content.next(size)
  assert.ok(deflateRawSync(content.next(size)).length > 0.995 * size)
})

test('a shorter object is the begin of the memory', () => {
  const content = new LaneContent(seed, 0, 10_000)
  assert.equal(content.next(100).length, 100)
  assert.equal(content.next(10_000).length, 10_000)
})
