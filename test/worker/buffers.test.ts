import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool } from '../../src/worker/buffers.ts'

for (const size of [0, 1, 4096, 4097, 65_536, 65_537, 131_542, 8_387_314]) {
  test(`a buffer of ${size} bytes is exactly that long, and wastes at most an eighth`, () => {
    const { bytes } = new BufferPool(1 << 30).take(size)
    assert.equal(bytes.length, size)
    assert.ok(bytes.buffer.byteLength <= Math.max(4096, size * 1.125))
  })
}

test('memory that was given back is used again for the same class of size, and only then', () => {
  const pool = new BufferPool(1 << 20)
  const first = pool.take(10_000)
  const memory = first.bytes.buffer
  first.release()
  first.release()
  assert.equal(pool.take(10_001).bytes.buffer, memory)
  assert.notEqual(pool.take(10_001).bytes.buffer, memory)
})

test('no more than the limit is kept', () => {
  const pool = new BufferPool(20_000)
  const leases = [pool.take(10_000), pool.take(10_000), pool.take(10_000)]
  const memories = leases.map(({ bytes }) => bytes.buffer)
  for (const lease of leases) lease.release()
  const again = [pool.take(10_000), pool.take(10_000)].map(({ bytes }) => bytes.buffer)
  assert.equal(again.filter((memory) => memories.includes(memory)).length, 1)
})
