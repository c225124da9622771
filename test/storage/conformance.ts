// What every ObjectStore must do, whatever is behind it.

import assert from 'node:assert/strict'
import { after, before, describe, test as named, type TestContext } from 'node:test'
import { isFault, type StorageReason } from '../../src/util/fault.ts'
import type { ObjectMeta, ObjectStore } from '../../src/storage/store.ts'

export interface StoreUnderTest {
  readonly store: ObjectStore
  /** A store of the same kind whose container is not there. */
  readonly absent?: ObjectStore | undefined
  /** What is left of writes that did not end well: uploads, temporary files. */
  leftovers(): Promise<number>
  close(): Promise<void>
}

export interface Traits {
  /** Keys that cannot be, with the reason. */
  readonly refuses?: { readonly reason: string; readonly keys: readonly string[] }
  /** Calls are over before anything can come between. */
  readonly isInstant?: boolean
  /** Bytes: a body above this is written in several parts. */
  readonly partSize: number
  /** Tests by name that cannot hold for what is behind the store, each with the reason. */
  readonly differs?: Readonly<Record<string, string>>
}

interface Conditions { readonly skip?: string | false | undefined; readonly timeout?: number }
type Body = (context: TestContext) => Promise<void>

const oddKeys = [
  'plain.npz', 'with space', 'plus+sign', 'percent%20', 'quote\'"', 'a&b<c>d;e', 'ünïcödé/日本語', '🎉/party', '\uffee-after-surrogates', 'semi;colon=equals?question#hash',
  '(paren)[bracket]{brace}', 'tilde~dash-under_dot.', '$@!*,:|\\^`', 'deep/er/and/deeper/still', 'tab\tinside', 'line\nbreak', 'control\u0001', '...three dots', 'double//slash', '/leading', 'trailing/', 'dot/./inside', 'up/../inside',
]

/** Deterministic bytes: equal places in equal objects only. */
export function bytesOf(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = seed * 2654435761 >>> 0 || 1
  for (let i = 0; i < size; i++) {
    state ^= state << 13; state ^= state >>> 17; state ^= state << 5
    bytes[i] = state & 0xff
  }
  return bytes
}

export async function * chunked(bytes: Uint8Array, chunkSize: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(chunkSize)
  for (let i = 0; i < bytes.length; i += chunkSize) {
    const piece = bytes.subarray(i, i + chunkSize)
    // The same memory each time: a store that keeps a chunk sees it change.
    memory.set(piece)
    yield memory.subarray(0, piece.length)
    memory.fill(0xee)
  }
}

export async function listAll(store: ObjectStore, prefix: string, options: Parameters<ObjectStore['list']>[1] = {}): Promise<{ pages: number; objects: ObjectMeta[] }> {
  const objects: ObjectMeta[] = []
  let pages = 0
  for await (const page of store.list(prefix, options)) {
    objects.push(...page)
    pages++
  }
  return { pages, objects }
}

async function keysOf(store: ObjectStore, prefix: string, options: Parameters<ObjectStore['list']>[1] = {}): Promise<string[]> {
  return (await listAll(store, prefix, options)).objects.map(({ key }) => key)
}

export async function readAll(store: ObjectStore, key: string, size: number): Promise<Uint8Array> {
  const into = new Uint8Array(size)
  await store.read(key, { offset: 0, length: size }, into)
  return into
}

export async function rejectsWith(promise: Promise<unknown>, reason: StorageReason | 'aborted'): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(isFault(error), `not a Fault: ${String((error as Error | undefined)?.stack)}`)
    assert.equal(isFault(error, 'storage') ? error.info.reason : error.code, reason, error.message)
    return true
  })
}

function utf8Order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** The name of its test. */
export function roundTripOf(key: string): string {
  return `${JSON.stringify(key)} is written, listed, read, deleted`
}

export function conformsToObjectStore(name: string, create: () => Promise<StoreUnderTest>, traits: Traits): void {
  describe(`${name} as an ObjectStore`, () => {
    const differs = traits.differs ?? {}
    const names = new Set<string>()
    const test = (title: string, ...[first, second]: [Body] | [Conditions, Body]): void => {
      names.add(title)
      const { skip = false, ...conditions } = second ? first as Conditions : {}
      named(title, { ...conditions, skip: differs[title] ?? skip }, second ?? first as Body)
    }

    let under!: StoreUnderTest
    let store!: ObjectStore
    before(async () => {
      under = await create()
      store = under.store
      await store.createContainer()
    })
    after(async () => { await under.close() })

    test('createContainer a second time is no error', async () => { await store.createContainer() })

    test('a container that is empty lists nothing', async () => {
      assert.deepEqual((await listAll(store, '')).objects, [])
    })

    describe('ranges', () => {
      const size = 100_003
      const content = bytesOf(size)
      before(async () => { await store.write('ranges/object', content) })
      for (const [offset, length] of [[0, 0], [0, 1], [0, size], [size - 1, 1], [size, 0], [1, size - 1], [7919, 31_337], [4095, 2], [65_535, 2]] as const) {
        test(`offset ${offset}, length ${length}`, async () => {
          const memory = new Uint8Array(length + 16).fill(0xaa)
          const timings = await store.read('ranges/object', { offset, length }, memory.subarray(8, 8 + length))
          assert.deepEqual(memory.subarray(8, 8 + length), content.subarray(offset, offset + length))
          assert.ok(memory.subarray(0, 8).every((byte) => byte === 0xaa), 'bytes before the destination were written')
          assert.ok(memory.subarray(8 + length).every((byte) => byte === 0xaa), 'bytes behind the destination were written')
          assert.ok(timings.begin <= timings.firstByte && timings.firstByte <= timings.end, JSON.stringify(timings))
        })
      }
      for (const [offset, length] of [[size, 1], [0, size + 1], [size - 1, 2], [size + 1000, 10]] as const) {
        test(`past the end is a Fault: offset ${offset}, length ${length}`, async () => {
          await rejectsWith(store.read('ranges/object', { offset, length }, new Uint8Array(length)), 'truncated')
        })
      }
      test('a destination of another size is a bug', async () => {
        await assert.rejects(store.read('ranges/object', { offset: 0, length: 10 }, new Uint8Array(9)), RangeError)
      })
      test('many at a time', async () => {
        await Promise.all(Array.from({ length: 64 }, async (_, i) => {
          const into = new Uint8Array(1000 + i)
          await store.read('ranges/object', { offset: i * 997, length: into.length }, into)
          assert.deepEqual(into, content.subarray(i * 997, i * 997 + into.length))
        }))
      })
      test('into shared memory', async () => {
        const into = new Uint8Array(new SharedArrayBuffer(size))
        await store.read('ranges/object', { offset: 0, length: size }, into)
        assert.deepEqual(Buffer.from(into), Buffer.from(content))
      })
    })

    describe('keys', () => {
      for (const key of oddKeys) {
        if (traits.refuses?.keys.includes(key)) {
          test(`${JSON.stringify(key)} is refused: ${traits.refuses.reason}`, async () => {
            await rejectsWith(store.write(key, bytesOf(3)), 'invalid')
          })
          continue
        }
        test(roundTripOf(key), async () => {
          const content = bytesOf(100 + key.length)
          const written = await store.write(key, content)
          assert.equal(written.key, key)
          const { objects } = await listAll(store, key)
          assert.deepEqual(objects.map((object) => [object.key, object.size]), [[key, content.length]])
          assert.deepEqual(await readAll(store, key, content.length), content)
          assert.equal((await store.head(key)).size, content.length)
          await store.delete([key])
          await rejectsWith(store.head(key), 'no-key')
        })
      }
      test('all of them are deleted together', async () => {
        const keys = oddKeys.filter((key) => !traits.refuses?.keys.includes(key) && differs[roundTripOf(key)] === undefined).map((key) => `together/${key}`)
          .filter((key) => !traits.refuses?.keys.includes(key))
        for (const key of keys) await store.write(key, bytesOf(1))
        await store.delete(keys)
        assert.deepEqual((await listAll(store, 'together/')).objects, [])
      })
    })

    describe('listing', () => {
      const keys = ['a', 'a-b', 'a.b', 'b/0', 'b/1', 'b/10', 'b/2', 'b/é', 'b/\uff00', 'b/😀', 'b-', 'b0', 'c/d/e/f', 'c/d/e0', 'z'].map((key) => `list/${key}`)
      const sorted = keys.toSorted(utf8Order)
      before(async () => { for (const [i, key] of keys.entries()) await store.write(key, bytesOf(i)) })
      test('is in the order of UTF-8 bytes', async () => { assert.deepEqual(await keysOf(store, 'list/'), sorted) })
      for (const pageSize of [1, 2, 7, keys.length, 1000]) {
        test(`pages of ${pageSize}`, async () => {
          const { objects, pages } = await listAll(store, 'list/', { pageSize })
          assert.deepEqual(objects.map(({ key }) => key), sorted)
          assert.equal(pages, Math.ceil(keys.length / pageSize))
        })
      }
      for (const prefix of ['list/b', 'list/b/', 'list/b/1', 'list/a', 'list/c/d/e', 'list/z', 'list/nothing', 'lis', 'list/b/1/']) {
        test(`prefix ${prefix}`, async () => { assert.deepEqual(await keysOf(store, prefix), sorted.filter((key) => key.startsWith(prefix))) })
      }
      for (const startAfter of ['', 'list', 'list/a', 'list/a.b', 'list/b/1', 'list/b/', 'list/b/zzz', 'list/b/😀', 'list/c', 'list/z', 'zzz']) {
        test(`start after ${JSON.stringify(startAfter)}`, async () => {
          assert.deepEqual(await keysOf(store, 'list/', { startAfter, pageSize: 4 }), sorted.filter((key) => utf8Order(key, startAfter) > 0))
        })
      }
      test('tells sizes and the ETag that head and write tell', async () => {
        const written = await store.write('etag/one', bytesOf(12_345))
        const [listed] = (await listAll(store, 'etag/')).objects
        const headed = await store.head('etag/one')
        assert.equal(listed!.size, 12_345)
        assert.ok(listed!.etag && !listed!.etag.includes('"'), listed!.etag)
        assert.equal(listed!.etag, headed.etag)
        assert.equal(listed!.etag, written.etag)
        assert.ok(headed.lastModified instanceof Date && !Number.isNaN(headed.lastModified.getTime()))
      })
      test('may be left after the first page', async () => {
        for await (const page of store.list('list/', { pageSize: 1 })) { assert.equal(page.length, 1); break }
      })
      test('many objects', async () => {
        const many = Array.from({ length: 1203 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
        for (let i = 0; i < many.length; i += 50) await Promise.all(many.slice(i, i + 50).map((key) => store.write(key, bytesOf(1))))
        assert.deepEqual(await keysOf(store, 'many/'), many)
        await store.delete(many)
        assert.deepEqual(await keysOf(store, 'many/'), [])
      })
    })

    describe('writing', () => {
      const { partSize } = traits
      for (const size of [0, 1, 65_537, partSize - 1, partSize, partSize + 1, 3 * partSize + 12_345]) {
        test(`${size} bytes at once`, async () => {
          const content = bytesOf(size)
          const meta = await store.write('writing/at-once', content)
          assert.equal(meta.size, size)
          assert.ok(Buffer.from(await readAll(store, 'writing/at-once', size)).equals(content))
          assert.equal((await store.head('writing/at-once')).size, size)
        })
        test(`${size} bytes as a stream that reuses its memory`, async () => {
          const content = bytesOf(size, 2)
          const meta = await store.write('writing/stream', chunked(content, 100_000), { size })
          assert.equal(meta.size, size)
          assert.ok(Buffer.from(await readAll(store, 'writing/stream', size)).equals(content))
          assert.equal((await listAll(store, 'writing/stream')).objects[0]?.etag, meta.etag)
        })
        test(`${size} bytes as a stream of unknown length`, async () => {
          const content = bytesOf(size, 3)
          assert.equal((await store.write('writing/unknown', chunked(content, 99_991))).size, size)
          assert.ok(Buffer.from(await readAll(store, 'writing/unknown', size)).equals(content))
        })
      }
      test('overwrites', async () => {
        const first = await store.write('writing/twice', bytesOf(1000))
        const second = await store.write('writing/twice', bytesOf(2001, 9))
        assert.notEqual(first.etag, second.etag)
        assert.deepEqual(await readAll(store, 'writing/twice', 2001), bytesOf(2001, 9))
        assert.equal((await listAll(store, 'writing/twice')).objects.length, 1)
      })
      for (const size of [1000, 2 * traits.partSize]) {
        test(`a stream that fails leaves what was there, and nothing else: ${size} bytes`, async () => {
          await store.write('writing/kept', bytesOf(77))
          async function * failing(): AsyncGenerator<Uint8Array> {
            yield * chunked(bytesOf(size - 10), 50_000)
            throw new Error('the source failed')
          }
          await assert.rejects(store.write('writing/kept', failing(), { size }), /the source failed/)
          assert.deepEqual(await readAll(store, 'writing/kept', 77), bytesOf(77))
          assert.equal(await under.leftovers(), 0)
        })
        for (const wrong of [size - 1, size + 1]) {
          test(`a stream of ${size} bytes that was announced with ${wrong} is refused`, async () => {
            await store.delete(['writing/wrong'])
            await assert.rejects(store.write('writing/wrong', chunked(bytesOf(size), 50_000), { size: wrong }), RangeError)
            await rejectsWith(store.head('writing/wrong'), 'no-key')
            assert.equal(await under.leftovers(), 0)
          })
        }
      }
    })

    describe('what is not there', () => {
      test('head', async () => { await rejectsWith(store.head('absent/key'), 'no-key') })
      test('read', async () => { await rejectsWith(store.read('absent/key', { offset: 0, length: 1 }, new Uint8Array(1)), 'no-key') })
      test('delete of one is no error', async () => { await store.delete(['absent/key']) })
      test('delete of some is no error', async () => {
        await store.write('absent/not', bytesOf(1))
        await store.delete(['absent/key', 'absent/not', 'absent/either'])
        await rejectsWith(store.head('absent/not'), 'no-key')
      })
      test('delete of none', async () => { await store.delete([]) })
      test('a container', async (context) => {
        const { absent } = under
        if (!absent) { context.skip('this store has no containers'); return }
        await rejectsWith(listAll(absent, ''), 'no-bucket')
        await rejectsWith(absent.read('k', { offset: 0, length: 1 }, new Uint8Array(1)), 'no-bucket')
        await rejectsWith(absent.write('k', bytesOf(1)), 'no-bucket')
        await rejectsWith(absent.delete(['k', 'l']), 'no-bucket')
      })
    })

    describe('a changed object', () => {
      test('is read with the ETag it has, and not with another', async () => {
        const { etag } = await store.write('changed/object', bytesOf(500))
        const into = new Uint8Array(500)
        await store.read('changed/object', { offset: 0, length: 500 }, into, { ifMatch: etag! })
        assert.deepEqual(into, bytesOf(500))
        await store.write('changed/object', bytesOf(501, 4))
        await rejectsWith(store.read('changed/object', { offset: 0, length: 500 }, into, { ifMatch: etag! }), 'precondition')
      })
    })

    describe('an abort', () => {
      const big = 4 * traits.partSize
      before(async () => { await store.write('abort/object', bytesOf(big)) })
      test('that came before', async () => {
        const signal = AbortSignal.abort()
        await rejectsWith(store.head('abort/object', { signal }), 'aborted')
        await rejectsWith(store.read('abort/object', { offset: 0, length: 1 }, new Uint8Array(1), { signal }), 'aborted')
        await rejectsWith(store.write('abort/never', bytesOf(1), { signal }), 'aborted')
        await rejectsWith(store.write('abort/never', chunked(bytesOf(big), 100_000), { size: big, signal }), 'aborted')
        await rejectsWith(store.delete(['abort/object'], { signal }), 'aborted')
        await rejectsWith(listAll(store, '', { signal }), 'aborted')
        await rejectsWith(store.head('abort/never'), 'no-key')
        assert.equal((await store.head('abort/object')).size, big)
      })
      test('during a read is heard, and nothing is written to the memory afterwards', { skip: traits.isInstant && 'reads take no time' }, async () => {
        const controller = new AbortController()
        const into = new Uint8Array(big)
        const reading = store.read('abort/object', { offset: 0, length: big }, into, { signal: controller.signal })
        setImmediate(() => { controller.abort() })
        await rejectsWith(reading, 'aborted')
        into.fill(0)
        await store.head('abort/object')
        assert.ok(into.every((byte) => byte === 0))
      })
      test('during a stream that hangs', { timeout: 20_000 }, async () => {
        const controller = new AbortController()
        async function * hanging(): AsyncGenerator<Uint8Array> {
          yield bytesOf(1000)
          setImmediate(() => { controller.abort() })
          await new Promise(() => {})
        }
        await rejectsWith(store.write('abort/hanging', hanging(), { size: big, signal: controller.signal }), 'aborted')
        await rejectsWith(store.head('abort/hanging'), 'no-key')
        assert.equal(await under.leftovers(), 0)
      })
      for (const length of [traits.partSize / 2, big]) {
        test(`during the write of ${length} bytes leaves nothing`, async () => {
          const controller = new AbortController()
          async function * stopping(): AsyncGenerator<Uint8Array> {
            const bytes = bytesOf(length)
            yield bytes.subarray(0, length * 0.6)
            controller.abort()
            yield bytes.subarray(length * 0.6)
          }
          await rejectsWith(store.write('abort/stopped', stopping(), { size: length, signal: controller.signal }), 'aborted')
          await rejectsWith(store.head('abort/stopped'), 'no-key')
          assert.equal(await under.leftovers(), 0)
        })
      }
      test('of one call leaves others alone', { skip: traits.isInstant && 'reads take no time' }, async () => {
        const controller = new AbortController()
        const reads = Array.from({ length: 8 }, (_, i) => store.read('abort/object', { offset: 0, length: big }, new Uint8Array(big), i % 2 === 0 ? { signal: controller.signal } : {}).then(() => 'read', () => 'stopped'))
        controller.abort()
        assert.deepEqual(await Promise.all(reads), Array.from({ length: 8 }, (_, i) => i % 2 === 0 ? 'stopped' : 'read'))
      })
    })

    named('every difference names a test', () => { assert.deepEqual(Object.keys(differs).filter((each) => !names.has(each)), []) })
  })
}
