import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detach } from '../../src/util/detach.ts'

for (const length of [0, 1, 1 << 20]) {
  test(`a buffer of ${length} bytes and its views are empty afterwards`, () => {
    const buffer = new ArrayBuffer(length)
    const view = new Uint8Array(buffer)
    detach(buffer)
    assert.deepEqual([buffer.byteLength, view.length], [0, 0])
  })
}

test('memory does not pile up, however many are let go without a turn of the event loop', () => {
  const before = process.memoryUsage.rss()
  for (let i = 0; i < 4000; i++) detach(new Uint8Array(1 << 20).fill(1).buffer)
  const grown = process.memoryUsage.rss() - before
  assert.ok(grown < 500 * 2 ** 20, `${grown} bytes of 4 GB are still there`)
})
