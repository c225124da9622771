// Objects that no memory holds, against stores that only count.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Load } from '../../src/bench/load.ts'
import { ownObjects } from '../../src/bench/own-objects.ts'
import { laneRequests } from '../../src/bench/requests.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ByteRange, ObjectStore } from '../../src/storage/store.ts'
import { GiB, MiB } from '../../src/util/units.ts'
import { withRead } from '../support/memory-data.ts'

const inner = openMemoryStore('bench-requests')
const { signal } = new AbortController()

function loadOf(size: number, more: Partial<Load>): Load {
  return { operation: 'put', spec: { kind: 'memory', name: 'bench-requests' }, objects: ownObjects('b/', 2, size), concurrency: 1, threads: 1, seed: 1, ...more }
}

for (const [size, most] of [[0, 0], [5000, 5000], [9 * MiB, 9 * MiB], [256 * MiB + 1, MiB], [5 * GiB + 3, MiB]] as const) {
  test(`an object of ${size} bytes is written with ${most} bytes at a time, and told with its size`, async () => {
    const told: (number | undefined)[] = []
    let written = 0, largest = 0
    const store = new Proxy(inner, { get: (target, name) => name === 'write' ? write : Reflect.get(target, name) as unknown })
    const write: ObjectStore['write'] = async (key, body, options) => {
      told.push(options?.size)
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        written += chunk.length
        largest = Math.max(largest, chunk.length)
      }
      return { key, size: written }
    }
    const timed = await laneRequests(store, loadOf(size, {}), 0, signal)(0)
    assert.deepEqual([timed.bytes, written, largest, told], [size, size, most, [size]])
  })
}

for (const size of [64 * MiB, 5 * GiB + 3]) {
  test(`an object of ${size} bytes is read in ranges, each once, with little memory`, async () => {
    const ranges: ByteRange[] = [], buffers = new Set<ArrayBufferLike>()
    const store = withRead(inner, async (_key, range, into) => {
      assert.equal(into.length, range.length)
      ranges.push(range)
      buffers.add(into.buffer)
      return { begin: 1, firstByte: 2, end: 3 }
    })
    const { bytes, requests } = await laneRequests(store, loadOf(size, { operation: 'get', parts: { partSize: 8 * MiB, partsInFlight: 4 } }), 0, signal)(0)
    assert.deepEqual([bytes, requests?.length], [size, Math.ceil(size / (8 * MiB))])
    let end = 0
    for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset)) {
      assert.equal(offset, end)
      end += length
    }
    assert.equal(end, size)
    assert.deepEqual([...buffers].map(({ byteLength }) => byteLength), [size > 64 * MiB ? 32 * MiB : size])
  })
}
