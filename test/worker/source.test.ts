// What a source counts as waiting, where bytes are looked at while they come.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '../../src/storage/memory.ts'
import { BufferPool } from '../../src/worker/buffers.ts'
import { ObjectSource } from '../../src/worker/source.ts'
import { ManualClock } from '../support/manual-clock.ts'

const size = 100

for (const [name, parts, expected] of [
  ['one request: told of what is there, and looking at it is no waiting', undefined, { told: [0, 60, 100], waited: 1000 }],
  ['several requests: their pieces come in any order, so nothing is told', { partSize: 40, partsInFlight: 2 }, { told: [], waited: 3000 }],
] as const) {
  test(name, async () => {
    const clock = new ManualClock()
    const store = openMemoryStore('source')
    await store.write('k', new Uint8Array(size).fill(7))
    const read: typeof store.read = async (key, range, into, options) => {
      const timings = await store.read(key, range, into, options)
      clock.advanceTo(clock.now() + 1000)
      for (const filled of [0, 60, 100]) options?.onFilled?.(filled)
      return timings
    }
    const source = new ObjectSource({
      store: { ...store, read }, key: 'k', size, etag: undefined, parts, buffers: new BufferPool(size, 1000), signal: new AbortController().signal, clock,
      onRequest: () => {}, onRead: () => {},
    })
    const told: number[] = []
    const bytes = await source.read(0, size, (some, filled) => {
      assert.deepEqual([some.length, some[0]], [size, 7])
      clock.advanceTo(clock.now() + 50)
      told.push(filled)
    })
    assert.deepEqual({ told, waited: source.waited }, expected)
    assert.equal(bytes.length, size)
    await source.read(0, size, () => { assert.fail('it is there already') })
    await source.release()
  })
}
