// What a source counts as waiting, where bytes are looked at while they come, and when what was read is given away.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
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
      store: { ...store, read }, parts, buffers: new BufferPool(size, 1000), signal: new AbortController().signal, clock, isDecoded: true,
      onRequest: () => {}, onRead: () => {},
    }, { key: 'k', size, etag: undefined })
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

/** Two objects whose answers come one after the other, from two sockets that a turn of the event loop finds readable. */
async function twoAnswers(length: number, isDecoded: boolean): Promise<string[]> {
  const told: string[] = []
  const arrived: (() => void)[] = []
  const sockets = [new MessageChannel(), new MessageChannel()]
  const store = openMemoryStore('source')
  const read: typeof store.read = async (key) => {
    await new Promise<void>((resolve) => { arrived.push(resolve) })
    told.push(`read ${key}`)
    return { begin: 0, firstByte: 0, end: 0 }
  }
  const decoding = ['a', 'b'].map(async (key) => {
    const source = new ObjectSource({
      store: { ...store, read }, parts: undefined, buffers: new BufferPool(length, 2 * length), signal: new AbortController().signal,
      clock: new ManualClock(), isDecoded, onRequest: () => {}, onRead: () => {},
    }, { key, size: length, etag: undefined })
    await source.read(0, length)
    told.push(`decode ${key}`)
    await source.release()
  })
  for (const [i, { port1, port2 }] of sockets.entries()) {
    port1.once('message', () => { arrived[i]!(); port1.close() })
    port2.postMessage('readable')
  }
  await Promise.all(decoding)
  return told
}

for (const [name, length, isDecoded, expected] of [
  ['what is short is decoded when all answers that are here have been taken', 1000, true, ['read a', 'read b', 'decode a', 'decode b']],
  ['what is long is decoded at once', 1024 * 1024, true, ['read a', 'decode a', 'read b', 'decode b']],
  ['where nothing is decoded nobody waits', 1000, false, ['read a', 'decode a', 'read b', 'decode b']],
] as const) {
  test(name, async () => { assert.deepEqual(await twoAnswers(length, isDecoded), expected) })
}
