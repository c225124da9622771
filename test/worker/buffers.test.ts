import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BufferPool, bufferSize, createBufferTotal } from '../../src/worker/buffers.ts'

const MiB = 2 ** 20

const sizes: [size: number, largest: number, buffer: number][] = [
  [0, 0, 0], [1, 1, 1], [100, 4096, 4096], [4096, 4096, 4096],
  [8 * MiB, 8 * MiB, 8 * MiB], [3 * MiB, 8 * MiB, 8 * MiB], [2 * MiB, 8 * MiB, 2 * MiB], [100, 8 * MiB, 128 * 1024],
  [150 * MiB, 302 * MiB, 302 * MiB], [47 * MiB, 302 * MiB, 75.5 * MiB], [5000, 4096, 5000],
]
for (const [size, largest, buffer] of sizes) {
  test(`an object of ${size} bytes among ones of up to ${largest} takes ${buffer}`, () => { assert.equal(bufferSize(size, largest), buffer) })
}

for (const size of [0, 1, 65_537, 131_542, 8_387_314]) {
  test(`a lease of ${size} bytes is exactly that long`, () => { assert.equal(new BufferPool(10 * MiB, 1 << 30).take(size).bytes.length, size) })
}

test('objects of different sizes use the same memory, one after another', () => {
  const pool = new BufferPool(10_000_000, 100_000_000)
  const memories = new Set<ArrayBufferLike>()
  for (const size of [9_000_000, 4_000_000, 10_000_000, 2_600_000, 9_999_999]) {
    const lease = pool.take(size)
    memories.add(lease.bytes.buffer)
    lease.release()
    lease.release()
  }
  assert.equal(memories.size, 1)
})

test('memory in use is never given out again', () => {
  const pool = new BufferPool(1000, 1 << 20)
  assert.notEqual(pool.take(1000).bytes.buffer, pool.take(1000).bytes.buffer)
})

/** How many of three buffers of 100 kB are still there once they were given back. */
function keptUnder(limitBytes: number): number {
  const pool = new BufferPool(100_000, limitBytes)
  const leases = [pool.take(100_000), pool.take(100_000), pool.take(100_000)]
  const before = leases.map(({ bytes }) => bytes.buffer)
  for (const lease of leases) lease.release()
  const after = [pool.take(100_000), pool.take(100_000), pool.take(100_000)].map(({ bytes }) => bytes.buffer)
  return after.filter((memory) => before.includes(memory)).length
}

test('no more than the limit is kept, and at least one buffer is', () => {
  assert.deepEqual([0, 150_000, 250_000, 1_000_000].map(keptUnder), [1, 1, 2, 3])
})

test('a buffer of another class makes room before the limit is passed', () => {
  const pool = new BufferPool(1_000_000, 1_100_000)
  const large = pool.take(1_000_000)
  const memory = large.bytes.buffer
  large.release()
  pool.take(200_000).release()
  const again = pool.take(1_000_000)
  assert.notEqual(again.bytes.buffer, memory, 'the large buffer was let go for the small one')
})

test('what is not kept gives its memory back at once', () => {
  const pool = new BufferPool(100_000, 100_000)
  const [one, other] = [pool.take(100_000), pool.take(100_000)]
  one.release()
  assert.equal(one.bytes.buffer.byteLength, 0)
  other.release()
  assert.equal(other.bytes.buffer.byteLength, 100_000, 'a single one is kept, whatever the limit')
})

test('the limit is that of all threads together', () => {
  const total = createBufferTotal()
  const pools = [new BufferPool(100_000, 350_000, total), new BufferPool(100_000, 350_000, total)] as const
  const bytesOf = (): number => Atomics.load(total, 0) * 4096
  const leases = [pools[0].take(100_000), pools[0].take(100_000), pools[0].take(100_000)]
  for (const lease of leases) lease.release()
  assert.equal(bytesOf(), 3 * 102_400, 'three are kept, in pages')
  const elsewhere = pools[1].take(100_000)
  assert.equal(bytesOf(), 4 * 102_400, 'another thread cannot reach what this one keeps')
  pools[0].take(100_000).release()
  assert.equal(bytesOf(), 3 * 102_400, 'until it is asked for a buffer, or given one')
  elsewhere.release()
  assert.equal(bytesOf(), 3 * 102_400)
})
