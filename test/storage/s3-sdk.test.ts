// The two transports must tell the same story about the same answer.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault, type StorageReason } from '../../src/util/fault.ts'
import { bytesOf, listAll, rejectsWith } from './conformance.ts'
import { errorXml, partial, startRawServer, text, type Incoming, type RawServer } from './s3/raw-server.ts'

const body = Buffer.from(bytesOf(300))
const whole = Buffer.concat([Buffer.from(partial(0, 300)), body])

const reads: [string, StorageReason | 'credentials', (Buffer | string)[]][] = [
  ['no such bucket', 'no-bucket', [text('404 Not Found', errorXml('NoSuchBucket'))]],
  ['no such key', 'no-key', [text('404 Not Found', errorXml('NoSuchKey'))]],
  ['denied', 'denied', [text('403 Forbidden', errorXml('AccessDenied'))]],
  ['wrong secret', 'credentials', [text('403 Forbidden', errorXml('SignatureDoesNotMatch'))]],
  ['unknown key id', 'credentials', [text('403 Forbidden', errorXml('InvalidAccessKeyId'))]],
  ['expired', 'credentials', [text('400 Bad Request', errorXml('ExpiredToken'))]],
  ['clock', 'clock', [text('403 Forbidden', errorXml('RequestTimeTooSkewed'))]],
  ['slow down', 'throttled', [text('503 Slow Down', errorXml('SlowDown'), 'Retry-After: 7\r\n')]],
  ['internal error', 'server', [text('500 Internal Server Error', errorXml('InternalError'))]],
  ['precondition', 'precondition', [text('412 Precondition Failed', errorXml('PreconditionFailed'))]],
  ['range', 'truncated', [text('416 Range Not Satisfiable', errorXml('InvalidRange'))]],
  ['garbage', 'protocol', ['SSH-2.0-OpenSSH\r\n\r\n']],
  ['short body', 'truncated', [whole.subarray(0, -1)]],
  ['another range', 'protocol', [partial(1, 300), body]],
  ['the whole of a larger object', 'protocol', ['HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', Buffer.alloc(1000)]],
  ['nothing', 'truncated', ['']],
]

async function read(store: ObjectStore, signal?: AbortSignal): Promise<void> {
  await store.read('key', { offset: 0, length: 300 }, new Uint8Array(300), { signal })
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  /** Runs `use` on a store whose server answers with `respond`. */
  async function on(respond: (request: Incoming) => unknown, use: (store: ObjectStore, server: RawServer) => Promise<void>, more: Partial<S3Spec> = {}): Promise<void> {
    const server = await startRawServer(respond)
    const store = await openStore(server.spec({ transport, ...more }))
    try { await use(store, server) } finally {
      await store.close()
      await server.close()
    }
  }

  describe(`through ${transport}`, () => {
    for (const [name, reason, pieces] of reads) {
      test(`${name} is '${reason}'`, async () => {
        await on(({ socket }) => { socket.end(Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)))) }, async (store) => {
          const error: unknown = await read(store).catch((fault: unknown) => fault)
          assert.ok(isFault(error, 'storage', 'credentials'), String((error as Error).stack))
          assert.equal(isFault(error, 'storage') ? error.info.reason : error.code, reason, error.message)
          assert.notEqual(error.hint ?? '', '')
          assert.doesNotMatch(error.message, /very-secret|undefined|\[object/)
          if (reason === 'throttled' && isFault(error, 'storage')) assert.equal(error.info.retryAfterSeconds, 7)
        })
      })
    }
    test('nobody listens', async () => {
      const server = await startRawServer(() => {})
      const store = await openStore(server.spec({ transport }))
      await server.close()
      await rejectsWith(store.head('key'), 'unreachable')
      await store.close()
    })
    test('no answer is a timeout', async () => {
      await on(() => {}, async (store) => { await rejectsWith(read(store), 'timeout') }, { timeouts: { connect: 500, firstByte: 100, idle: 100 } })
    })
    test('a stalled body is a timeout', async () => {
      await on(({ socket }) => { socket.write(whole.subarray(0, -5)) }, async (store) => { await rejectsWith(read(store), 'timeout') }, { timeouts: { connect: 500, firstByte: 300, idle: 300 } })
    })
    test('without credentials nothing is signed', async () => {
      const server = await startRawServer(({ socket }) => { socket.end(whole) })
      const { credentials: _, ...spec } = server.spec({ transport })
      const store = await openStore(spec)
      try { await read(store) } finally {
        await store.close()
        await server.close()
      }
      assert.doesNotMatch(server.requests[0]!.head, /^authorization:/im)
    })
    test('a listing by a console is a protocol Fault', async () => {
      const page = text('200 OK', '<!doctype html><html><body>Log in</body></html>', 'Content-Type: text/html\r\n')
      await on(({ socket }) => { socket.end(page) }, async (store) => { await rejectsWith(listAll(store, ''), 'protocol') })
    })
    test('fifty calls on one signal bring no warning', async () => {
      const warnings: Error[] = []
      const note = (warning: Error): void => { warnings.push(warning) }
      process.on('warning', note)
      const { signal } = new AbortController()
      await on(({ socket }) => { socket.write(whole) }, async (store) => {
        await Promise.all(Array.from({ length: 50 }, () => read(store, signal)))
        // Warnings are told on the next tick.
        await new Promise(setImmediate)
      })
      process.off('warning', note)
      assert.deepEqual(warnings, [])
    })
    test('an abort frees the socket', async () => {
      const controller = new AbortController()
      const closed: Promise<unknown>[] = []
      await on(({ socket }) => {
        closed.push(new Promise((resolve) => { socket.once('close', resolve) }))
        socket.write(whole.subarray(0, -5))
        setTimeout(() => { controller.abort() }, 10)
      }, async (store) => {
        await rejectsWith(read(store, controller.signal), 'aborted')
        await Promise.all(closed)
      })
    })
  })
}
