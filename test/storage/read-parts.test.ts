import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { storageFault } from '../../src/storage/faults.ts'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { Parts } from '../../src/storage/part-plan.ts'
import { readInParts } from '../../src/storage/read-parts.ts'
import type { ByteRange, ObjectStore, ReadOptions, ReadTimings } from '../../src/storage/store.ts'
import { startServer } from '../../src/server/server.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { withRead } from '../support/memory-data.ts'
import { bytesOf, rejectsWith } from './conformance.ts'
import { errorXml, partial, startRawServer, text, type Incoming, type RawServer } from './s3/raw-server.ts'
import { specFor } from './s3-under-test.ts'

interface Call { readonly range: ByteRange; readonly options: ReadOptions; readonly into: Uint8Array; end(how?: Error): void }

/** A store whose reads end when the test says so: in `end()` by the memory store's answer, in `end(error)` by that error. */
function heldStore(inner: ObjectStore): { readonly store: ObjectStore; readonly calls: Call[]; running: () => number } {
  const calls: Call[] = []
  let running = 0
  const store = withRead(inner, async (key, range, into, options = {}) => {
    running++
    try {
      await new Promise<void>((resolve, reject) => {
        calls.push({ range, options, into, end: (how) => { if (how === undefined) resolve(); else reject(how) } })
      })
      return await inner.read(key, range, into, { ...options, signal: undefined })
    } finally { running-- }
  })
  return { store, calls, running: () => running }
}

let stores = 0
async function memoryOf(size: number): Promise<{ inner: ObjectStore; bytes: Uint8Array; etag: string }> {
  const inner = openMemoryStore(`read-parts-${stores++}`)
  const bytes = bytesOf(size)
  const { etag } = await inner.write('key', bytes)
  return { inner, bytes, etag: etag! }
}

const ticks = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

const shapes: [size: number, parts: Parts | undefined, requests: number][] = [
  [0, { partSize: 10, partsInFlight: 4 }, 1],
  [1, undefined, 1],
  [10, { partSize: 10, partsInFlight: 4 }, 1],
  [11, { partSize: 10, partsInFlight: 4 }, 2],
  [100, { partSize: 10, partsInFlight: 4 }, 10],
  [105, { partSize: 10, partsInFlight: 100 }, 11],
  [105, { partSize: 10, partsInFlight: 1 }, 1],
]
for (const [size, parts, requests] of shapes) {
  test(`${size} bytes in parts of ${parts?.partSize ?? 'no size'}, ${parts?.partsInFlight ?? 1} at a time: ${requests} requests, byte for byte`, async () => {
    const { inner, bytes, etag } = await memoryOf(size + 7)
    const seen: { range: ByteRange; ifMatch: string | undefined }[] = []
    let running = 0, most = 0
    const store = withRead(inner, async (key, range, into, options) => {
      seen.push({ range, ifMatch: options?.ifMatch })
      most = Math.max(most, ++running)
      await ticks()
      running--
      return await inner.read(key, range, into, options)
    })
    const told: [ReadTimings, number][] = []
    const memory = new Uint8Array(size + 20).fill(0xee)
    const timings = await readInParts(store, { key: 'key', offset: 5, into: memory.subarray(10, 10 + size), parts, onRequest: (of, length) => { told.push([of, length]) } }, { ifMatch: etag })
    assert.deepEqual(memory.subarray(10, 10 + size), bytes.subarray(5, 5 + size))
    assert.ok([...memory.subarray(0, 10), ...memory.subarray(10 + size)].every((byte) => byte === 0xee), 'wrote outside')
    assert.equal(seen.length, requests)
    assert.equal(most, Math.min(requests, parts?.partsInFlight ?? 1))
    assert.ok(seen.every(({ ifMatch }) => ifMatch === etag))
    assert.deepEqual(told.map(([, length]) => length), seen.map(({ range }) => range.length))
    assert.equal(told.reduce((sum, [, length]) => sum + length, 0), size)
    assert.equal(timings.begin, Math.min(...told.map(([{ begin }]) => begin)))
    assert.equal(timings.firstByte, Math.min(...told.map(([{ firstByte }]) => firstByte)))
    assert.equal(timings.end, Math.max(...told.map(([{ end }]) => end)))
  })
}

test('of more than there is memory nothing is kept: each range in flight has its place', async () => {
  const { inner, bytes } = await memoryOf(105)
  const places = new Set<number>(), got = new Set<number>()
  const into = new Uint8Array(30)
  const store = withRead(inner, async (key, range, piece, options) => {
    assert.equal(places.has(piece.byteOffset), false, 'two ranges at once in one place')
    places.add(piece.byteOffset)
    await ticks()
    const timings = await inner.read(key, range, piece, options)
    assert.deepEqual(piece, bytes.subarray(range.offset, range.offset + range.length))
    got.add(range.offset)
    places.delete(piece.byteOffset)
    return timings
  })
  let told = 0
  await readInParts(store, { key: 'key', offset: 2, length: 102, into, parts: { partSize: 10, partsInFlight: 3 }, onRequest: (_, length) => { told += length } })
  assert.deepEqual([...got].toSorted((a, b) => a - b), Array.from({ length: 11 }, (_, i) => 2 + 10 * i))
  assert.equal(told, 102)
})

test('the first failure is the call\'s, aborts the others at once, begins no more, and the call settles when all have ended', async () => {
  const { inner } = await memoryOf(100)
  const { store, calls, running } = heldStore(inner)
  let told = 0, isSettled = false
  const read = readInParts(store, { key: 'key', offset: 0, into: new Uint8Array(100), parts: { partSize: 10, partsInFlight: 4 }, onRequest: () => { told++ } })
  const settled = read.catch((error: unknown) => error).finally(() => { isSettled = true })
  await ticks()
  assert.equal(calls.length, 4)
  calls[1]!.end()
  await ticks()
  assert.deepEqual([calls.length, told], [5, 1])
  const failure = storageFault('server', 'made up', { operation: 'read' })
  calls[2]!.end(failure)
  await ticks()
  for (const index of [0, 3, 4]) assert.ok(isFault(calls[index]!.options.signal!.reason, 'aborted'), 'a sibling goes on, or takes the failure for its own')
  calls[0]!.end(abortedFault())
  calls[4]!.end()
  await ticks()
  assert.deepEqual([isSettled, running()], [false, 1], 'the memory is given back while a request may still write there')
  calls[3]!.end(storageFault('timeout', 'a later one', { operation: 'read' }))
  assert.equal(await settled, failure)
  assert.deepEqual([calls.length, running(), told], [5, 0, 2])
})

test('an abort reaches every request with its reason, and leaves no listener behind', async () => {
  const { inner } = await memoryOf(100)
  const { store, calls } = heldStore(inner)
  const controller = new AbortController()
  const reason = abortedFault('SIGINT')
  const read = readInParts(store, { key: 'key', offset: 0, into: new Uint8Array(100), parts: { partSize: 10, partsInFlight: 3 }, onRequest: () => {} }, { signal: controller.signal })
  await ticks()
  for (const call of calls) call.options.signal!.addEventListener('abort', () => { call.end(call.options.signal!.reason) })
  controller.abort(reason)
  await assert.rejects(read, (error) => error === reason)
  assert.equal(calls.length, 3)
  await assert.rejects(readInParts(store, { key: 'key', offset: 0, into: new Uint8Array(100), parts: { partSize: 10, partsInFlight: 3 }, onRequest: () => {} }, { signal: controller.signal }), (error) => error === reason)
  assert.equal(calls.length, 3, 'a request after the abort')
})

type Case = { readonly t: TestContext } & Pick<S3Spec, 'transport'> & Partial<S3Spec>
type Use = (read: (signal?: AbortSignal) => Promise<ReadTimings>, server: RawServer, into: Uint8Array) => Promise<void>

/** Five ranges of 300 bytes from a server that answers each by `respond`. */
async function on({ t, ...spec }: Case, respond: (request: Incoming, range: ByteRange) => void, use: Use): Promise<void> {
  const server = await startRawServer((request) => { respond(request, rangeOf(request)) })
  t.after(() => server.close())
  const store = await openStore(server.spec(spec))
  const into = new Uint8Array(1500).fill(0xee)
  await use((signal) => readInParts(store, { key: 'key', offset: 0, into, parts: { partSize: 300, partsInFlight: 5 }, onRequest: () => {} }, { signal, ifMatch: 'abc' }), server, into)
  await store.close()
}

const answer = ({ offset, length }: ByteRange): Buffer => Buffer.concat([Buffer.from(partial(offset, length, { total: 1500 })), bytesOf(1500).subarray(offset, offset + length)])
/** The head and the first 50 bytes of the body. */
const begin = (range: ByteRange): Buffer => answer(range).subarray(0, 50 - range.length)

const big = 40 * MiB
const five: Parts = { partSize: 8 * MiB, partsInFlight: 5 }

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`parts over sockets, ${transport}`, { timeout: 30_000 }, () => {
    test('an object of 40 MiB arrives byte for byte in 5 ranges, each with If-Match', async (t) => {
      const server = await startServer({ buckets: ['test-bucket'] })
      t.after(() => server.close())
      const store = await openStore(specFor(server, { transport }))
      t.after(() => store.close())
      const bytes = bytesOf(big)
      const { etag } = await store.write('key', bytes)
      const before = (await server.stats()).requests['GetObject'] ?? 0
      const into = new Uint8Array(big)
      await readInParts(store, { key: 'key', offset: 0, into, parts: five, onRequest: () => {} }, { ifMatch: etag })
      assert.equal((await server.stats()).requests['GetObject']! - before, 5)
      assert.equal(Buffer.compare(into, bytes), 0)
      await rejectsWith(readInParts(store, { key: 'key', offset: 0, into, parts: five, onRequest: () => {} }, { ifMatch: '0123456789abcdef0123456789abcdef' }), 'precondition')
    })

    const failures = [
      ['If-Match refused on one range', 'precondition', (request: Incoming) => request.socket.write(text('412 Precondition Failed', errorXml('PreconditionFailed')))],
      ['a short answer to one range', 'truncated', (request: Incoming, range: ByteRange) => request.socket.end(answer(range).subarray(0, -1))],
      ['another ETag on one range', 'precondition', (request: Incoming, range: ByteRange) => request.socket.write(answer(range).toString('latin1').replace('"abc"', '"abd"'), 'latin1')],
    ] as const
    for (const [name, reason, spoil] of failures) {
      test(`${name} is the call's Fault, and no request is left`, async (t) => {
        const held: { readonly request: Incoming; readonly range: ByteRange }[] = []
        await on({ t, transport }, (request, range) => {
          assert.match(request.head, /^if-match: "abc"$/mi)
          if (range.offset === 900) { spoil(request, range); return }
          // The others have begun and would go on for ever.
          request.socket.write(begin(range))
          held.push({ request, range })
        }, async (read, server, into) => {
          await rejectsWith(read(), reason)
          // Memory that somebody else has by now: what the server still sends must not get there.
          into.fill(0x11)
          for (const { request, range } of held) request.socket.write(answer(range).subarray(50 - range.length))
          await gone(held)
          assert.ok(into.every((byte) => byte === 0x11), 'a late write')
          assert.ok(server.requests.length <= 5)
        })
      })
    }

    test('an abort in the middle leaves no request running', async (t) => {
      const controller = new AbortController()
      const held: { readonly request: Incoming; readonly range: ByteRange }[] = []
      await on({ t, transport }, (request, range) => {
        request.socket.write(begin(range))
        if (held.push({ request, range }) === 5) controller.abort(abortedFault('SIGINT'))
      }, async (read, server, into) => {
        await assert.rejects(read(controller.signal), (error) => isFault(error, 'aborted') && error.info.signal === 'SIGINT')
        into.fill(0x11)
        for (const { request, range } of held) request.socket.write(answer(range).subarray(50 - range.length))
        await gone(held)
        assert.ok(into.every((byte) => byte === 0x11), 'a late write')
        assert.equal(server.requests.length, 5)
      })
    })

    test('one range that the store cannot serve now is asked for again, alone', async (t) => {
      let refusals = 0
      await on({ t, transport, maxAttempts: 2 }, (request, range) => {
        if (range.offset === 900 && refusals++ === 0) request.socket.write(text('503 Slow Down', errorXml('SlowDown')))
        else request.socket.write(answer(range))
      }, async (read, server, into) => {
        await read()
        assert.equal(Buffer.compare(into, bytesOf(1500)), 0)
        assert.equal(server.requests.length, 6)
      })
    })

    test('fewer connections than ranges: they take turns', async (t) => {
      await on({ t, transport, maxConnections: 2 }, (request, range) => { request.socket.write(answer(range)) }, async (read, server, into) => {
        await read()
        assert.equal(Buffer.compare(into, bytesOf(1500)), 0)
        assert.deepEqual([server.requests.length, server.numConnections()], [5, 2])
      })
    })
  })
}

function rangeOf({ head }: Incoming): ByteRange {
  const match = /^range: bytes=(\d+)-(\d+)$/mi.exec(head)!
  return { offset: Number(match[1]), length: Number(match[2]) - Number(match[1]) + 1 }
}

/** Resolves once the client has closed the connections of `held`, which it must. */
async function gone(held: readonly { readonly request: Incoming }[]): Promise<void> {
  await Promise.all(held.map(async ({ request: { socket } }) => { if (!socket.closed) await new Promise((resolve) => { socket.once('close', resolve) }) }))
}
