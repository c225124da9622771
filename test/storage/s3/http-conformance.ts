// What a transport makes of servers that say anything.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import type net from 'node:net'
import { describe, test as named } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import type { ObjectStore } from '../../../src/storage/store.ts'
import { isFault, type FaultInfo, type StorageReason } from '../../../src/util/fault.ts'
import { bytesOf, rejectsWith } from '../conformance.ts'
import { errorXml, partial, startRawServer, text, type Incoming, type RawServer } from './raw-server.ts'

async function faultOf(promise: Promise<unknown>): Promise<{ info: FaultInfo['storage']; message: string; hint: string }> {
  const error: unknown = await promise.then(() => assert.fail('it did not fail'), (failure: unknown) => failure)
  assert.ok(isFault(error, 'storage', 'credentials'), String((error as Error).stack))
  return { info: error.info as FaultInfo['storage'], message: error.message, hint: error.hint ?? '' }
}

/** Writes `pieces` one by one, each after the one before has left. */
async function writePieces(socket: net.Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    await new Promise((resolve) => { socket.write(piece, 'latin1' as BufferEncoding, resolve) })
    await new Promise(setImmediate)
  }
}

/** Resolves when the server has no connection any more. */
async function gone(server: RawServer): Promise<void> {
  await Promise.all([...server.sockets].map((socket) => new Promise((resolve) => { socket.once('close', resolve) })))
}

const body = Buffer.from(bytesOf(300))

/** Answers with `body` in 200 ms and more, 20 ms between its pieces. */
async function trickle({ socket }: Incoming): Promise<void> {
  socket.write(partial(0, 300))
  for (let i = 0; i < 300 && !socket.destroyed; i += 30) {
    await sleep(20)
    socket.write(body.subarray(i, i + 30))
  }
}

/** `differs`: tests by name that cannot hold for this transport, each with the reason. */
export function speaksHttp(transport: 'direct' | 'undici', differs: Readonly<Record<string, string>> = {}): void {
  describe(`HTTP through ${transport}`, () => { conversations(transport, differs) })
}

function conversations(transport: 'direct' | 'undici', differs: Readonly<Record<string, string>>): void {
  const names = new Set<string>()
  const test = (name: string, run: () => Promise<void>): void => {
    names.add(name)
    named(name, differs[name] === undefined ? {} : { skip: differs[name] }, run)
  }

  const whole = { offset: 0, length: body.length }

  const specOf = (server: RawServer, more: Partial<S3Spec> = {}): S3Spec => server.spec({ transport, ...more })

  async function withServer(respond: (request: Incoming) => unknown, use: (store: ObjectStore, server: RawServer) => Promise<void>, spec: Partial<S3Spec> = {}): Promise<void> {
    const server = await startRawServer(respond)
    const store = await openStore(specOf(server, spec))
    try {
      await use(store, server)
    } finally {
      await store.close()
      await server.close()
    }
  }

  async function read(store: ObjectStore, range = whole, options = {}): Promise<Buffer> {
    const into = Buffer.alloc(range.length)
    await store.read('key', range, into, options)
    return into
  }

  describe('an answer in pieces', () => {
    const answer = Buffer.concat([Buffer.from(partial(0, 300)), body])
    test('split in two at every byte', async () => {
      let at = 0
      await withServer(({ socket }) => writePieces(socket, [answer.subarray(0, at), answer.subarray(at)]), async (store, server) => {
        for (at = 1; at < answer.length; at++) assert.ok((await read(store)).equals(body), `split at ${at}`)
        assert.equal(server.numConnections(), 1)
      })
    })
    test('byte by byte', async () => {
      await withServer(({ socket }) => writePieces(socket, Array.from(answer, (byte) => Buffer.of(byte))), async (store) => {
        assert.ok((await read(store)).equals(body))
      })
    })
  })

  describe('chunked answers', () => {
    const chunkedHead = 'HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 0-299/1000\r\n\r\n'
    const rows: [string, (string | Buffer)[]][] = [
      ['one chunk', ['12c\r\n', body, '\r\n0\r\n\r\n']],
      ['three chunks', ['64\r\n', body.subarray(0, 100), '\r\n1\r\n', body.subarray(100, 101), '\r\nC7\r\n', body.subarray(101), '\r\n0\r\n\r\n']],
      ['extensions and trailers', ['12c;name="value"\r\n', body, '\r\n0\r\nx-trailer: 1\r\nanother: 2\r\n\r\n']],
      ['leading zeros', ['0012c\r\n', body, '\r\n000\r\n\r\n']],
    ]
    for (const [name, pieces] of rows) {
      const bytes = Buffer.concat([chunkedHead, ...pieces].map((piece) => Buffer.from(piece as string, 'latin1')))
      test(`${name}, at once and byte by byte, on one connection`, async () => {
        let split = false
        await withServer(({ socket }) => writePieces(socket, split ? Array.from(bytes, (byte) => Buffer.of(byte)) : [bytes]), async (store, server) => {
          assert.ok((await read(store)).equals(body))
          split = true
          assert.ok((await read(store)).equals(body))
          assert.equal(server.numConnections(), 1)
        })
      })
    }
    const bad: [string, StorageReason, (string | Buffer)[]][] = [
      ['a size that is none', 'protocol', ['xyz\r\n']],
      ['a negative size', 'protocol', ['-1\r\n']],
      ['an empty size', 'protocol', ['\r\n']],
      ['a huge size', 'protocol', ['fffffffff\r\n']],
      ['no line end after the data', 'protocol', ['12c\r\n', body, 'xx']],
      ['a bare line feed', 'protocol', ['12c\n', body, '\n0\n\n']],
      ['an endless size line', 'protocol', ['0'.repeat(3000)]],
      ['one byte too many', 'protocol', ['12d\r\n', body, 'x\r\n0\r\n\r\n']],
      ['one byte too few', 'truncated', ['12b\r\n', body.subarray(1), '\r\n0\r\n\r\n']],
      ['bytes behind the end', 'protocol', ['12c\r\n', body, '\r\n0\r\n\r\nHTTP']],
    ]
    for (const [name, reason, pieces] of bad) {
      test(`${name} is '${reason}'`, async () => {
        const bytes = Buffer.concat([chunkedHead, ...pieces].map((piece) => Buffer.from(piece as string, 'latin1')))
        await withServer(({ socket }) => { socket.write(bytes) }, async (store, server) => {
          await rejectsWith(read(store), reason)
          if (reason === 'protocol') await gone(server)
        })
      })
    }
  })

  describe('heads', () => {
    const good: [string, string][] = [
      ['lower case names', 'HTTP/1.1 206 x\r\ncontent-length:300\r\ncontent-range:bytes 0-299/300\r\n\r\n'],
      ['no reason phrase', 'HTTP/1.1 206\r\nContent-Length: 300\r\nContent-Range: bytes 0-299/*\r\n\r\n'],
      ['spaces and tabs around values', 'HTTP/1.1 206 OK\r\nContent-Length: \t 300 \r\nContent-Range:   bytes 0-299/300\t\r\n\r\n'],
      ['1xx before', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${partial(0, 300)}`],
      ['the whole object as 200', 'HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n'],
      ['many fields', partial(0, 300, { headers: Array.from({ length: 500 }, (_, i) => `X-Field-${i}: ${'v'.repeat(50)}\r\n`).join('') })],
    ]
    for (const [name, head] of good) {
      test(name, async () => {
        await withServer(({ socket }) => writePieces(socket, [head, body]), async (store) => { assert.ok((await read(store)).equals(body)) })
      })
    }
    const bad: [string, string | Buffer, RegExp][] = [
      ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', /does not speak HTTP: "SSH-2.0-OpenSSH_9.6\.\."/],
      ['binary garbage', Buffer.from([0, 1, 2, 255, 254, 65]), /does not speak HTTP: "\.\.\.\.\.A"/],
      ['a TLS alert', Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 70]), /does not speak HTTP/],
      ['HTTP/2', 'HTTP/2 200\r\n\r\n', /not HTTP\/1\.1/],
      ['a status that is none', 'HTTP/1.1 abc\r\n\r\n', /not HTTP\/1\.1/],
      ['a field without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', /not HTTP\/1\.1/],
      ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n', /not HTTP\/1\.1/],
      ['a folded field', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n', /not HTTP\/1\.1/],
      ['two lengths', 'HTTP/1.1 206 OK\r\nContent-Length: 300\r\nContent-Length: 301\r\nContent-Range: bytes 0-299/300\r\n\r\n', /contradicts itself/],
      ['a length that is none', 'HTTP/1.1 206 OK\r\nContent-Length: -3\r\nContent-Range: bytes 0-299/300\r\n\r\n', /contradicts itself/],
      ['an unknown coding', 'HTTP/1.1 206 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Range: bytes 0-299/300\r\n\r\n', /contradicts itself/],
      ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', /another protocol/],
      ['an endless head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, /a head of more than 65536 bytes/],
    ]
    for (const [name, head, pattern] of bad) {
      test(`${name} is 'protocol', and the connection is dropped`, async () => {
        await withServer(({ socket }) => { socket.write(head) }, async (store, server) => {
          const { info, message } = await faultOf(read(store))
          assert.equal(info.reason, 'protocol')
          assert.match(message, pattern)
          await gone(server)
        })
      })
    }
    test('a TLS alert hints at https', async () => {
      await withServer(({ socket }) => { socket.write(Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 70])) }, async (store) => { assert.match((await faultOf(read(store))).hint, /https:\/\//) })
    })
  })

  describe('other bytes than were asked for', () => {
    const rows: [string, StorageReason, string, Buffer][] = [
      ['a short body, then the end', 'truncated', partial(0, 300), body.subarray(0, 299)],
      ['no body, then the end', 'truncated', partial(0, 300), Buffer.alloc(0)],
      ['half a head, then the end', 'truncated', 'HTTP/1.1 206 Par', Buffer.alloc(0)],
      ['nothing, then the end', 'truncated', '', Buffer.alloc(0)],
      ['more than announced', 'protocol', partial(0, 300), Buffer.concat([body, Buffer.from('x')])],
      ['a length below the range', 'truncated', partial(0, 300, { contentLength: 200 }), body.subarray(0, 200)],
      ['a length above the range', 'protocol', partial(0, 300, { contentLength: 301 }), Buffer.alloc(301)],
      ['another range', 'protocol', partial(1, 300), body],
      ['a shorter range', 'truncated', partial(0, 200), body.subarray(0, 200)],
      ['no range', 'protocol', 'HTTP/1.1 206 OK\r\nContent-Length: 300\r\n\r\n', body],
      ['a larger whole object', 'protocol', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n', Buffer.alloc(1000)],
      ['a smaller whole object', 'protocol', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', Buffer.alloc(3)],
      ['a whole object of unknown length', 'protocol', 'HTTP/1.1 200 OK\r\n\r\n', body],
      ['an empty body', 'truncated', 'HTTP/1.1 206 OK\r\nContent-Length: 0\r\nContent-Range: bytes 0-299/300\r\n\r\n', Buffer.alloc(0)],
    ]
    for (const [name, reason, head, bytes] of rows) {
      test(`${name} is '${reason}'`, async () => {
        await withServer(({ socket }) => { socket.end(Buffer.concat([Buffer.from(head), bytes])) }, async (store, server) => {
          await rejectsWith(read(store), reason)
          await gone(server)
        })
      })
    }
    test('a 200 of the right length to a range further in is refused', async () => {
      await withServer(({ socket }) => { socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n'), body])) }, async (store) => {
        await rejectsWith(read(store, { offset: 5, length: 300 }), 'protocol')
      })
    })
    test('another ETag than was asked for, from a store that does not look', async () => {
      await withServer(({ socket }) => { socket.write(Buffer.concat([Buffer.from(partial(0, 300)), body])) }, async (store, server) => {
        await rejectsWith(read(store, whole, { ifMatch: 'other' }), 'precondition')
        assert.match(server.requests[0]!.head, /^if-match: "other"$/m)
        assert.ok((await read(store, whole, { ifMatch: 'abc' })).equals(body))
      })
    })
    test('a body until the end of the connection is taken when it fits', async () => {
      await withServer(({ socket }) => { socket.end(Buffer.concat([Buffer.from('HTTP/1.1 206 OK\r\nContent-Range: bytes 0-299/300\r\n\r\n'), body])) }, async (store, server) => {
        assert.ok((await read(store)).equals(body))
        assert.ok((await read(store)).equals(body))
        assert.equal(server.numConnections(), 2)
      })
    })
  })

  describe('the connection', () => {
    const answer = Buffer.concat([Buffer.from(partial(0, 300)), body])

    test('is used again, the last one first', async () => {
      await withServer(({ socket }) => { socket.write(answer) }, async (store, server) => {
        await Promise.all([read(store), read(store), read(store)])
        assert.equal(server.numConnections(), 3)
        for (let i = 0; i < 5; i++) await read(store)
        assert.equal(server.numConnections(), 3)
        assert.equal(new Set(server.requests.slice(3).map(({ connection }) => connection)).size, 1)
      })
    })
    for (const head of [partial(0, 300, { headers: 'Connection: close\r\n' }), partial(0, 300, { headers: 'connection: Keep-Alive, CLOSE\r\n' }), partial(0, 300).replace('HTTP/1.1', 'HTTP/1.0')]) {
      test(`is not used again after ${JSON.stringify(/connection: .*|HTTP\/1.0/i.exec(head)?.[0])}`, async () => {
        await withServer(({ socket }) => { socket.write(Buffer.concat([Buffer.from(head), body])) }, async (store, server) => {
          await read(store)
          await read(store)
          assert.equal(server.numConnections(), 2)
        })
      })
    }
    test('that the server closes while idle is never given out', async () => {
      await withServer(({ socket }) => { socket.write(answer) }, async (store, server) => {
        for (let i = 0; i < 5; i++) {
          await read(store)
          const [socket] = server.sockets
          socket!.end()
          // Closed on both sides: the client has seen it.
          await once(socket!, 'close')
        }
        assert.equal(server.requests.length, 5)
        assert.equal(server.numConnections(), 5)
      })
    })
    for (const [how, leave] of [['ends', (socket: net.Socket) => socket.end()], ['resets', (socket: net.Socket) => socket.resetAndDestroy()]] as const) {
      test(`that the server ${how} just as the request comes: the request is made again on a fresh one, and nobody is told`, async () => {
        const records: unknown[] = []
        const server = await startRawServer(({ socket, connection, index }) => { if (connection === 0 && index > 0) leave(socket); else socket.write(answer) })
        const store = await openStore(specOf(server), { request: (record) => records.push(record.error), retry: () => assert.fail('a retry was told') })
        await read(store)
        assert.ok((await read(store)).equals(body))
        assert.equal(server.numConnections(), 2)
        assert.equal(server.requests.length, 3)
        assert.deepEqual(records, [undefined, undefined])
        await store.close()
        await server.close()
      })
    }
    test('that dies under the beginning of an upload: it is not begun a second time', async () => {
      await withServer(({ socket, connection, index }) => { if (connection === 0 && index > 0) socket.end(); else socket.write(answer) }, async (store, server) => {
        await read(store)
        await rejectsWith(store.write('key', Buffer.alloc(2500)), 'truncated')
        assert.deepEqual(server.requests.map(({ head }) => head.split(' ')[0]), ['GET', 'POST'])
      }, { partSize: 1000, maxAttempts: 3 })
    })
    test('that dies under a delete of many: it is made again', async () => {
      const done = text('200 OK', '<DeleteResult></DeleteResult>')
      await withServer(({ socket, connection, index }) => { if (connection === 0 && index > 0) socket.end(); else socket.write(index === 0 ? answer : done) }, async (store, server) => {
        await read(store)
        await store.delete(['a', 'b'])
        assert.deepEqual(server.requests.map(({ head, connection }) => [head.split(' ')[0], connection]), [['GET', 0], ['POST', 0], ['POST', 1]])
      })
    })
    test('that rested is not trusted with the beginning of an upload, but with anything else', async () => {
      const begun = text('200 OK', '<InitiateMultipartUploadResult></InitiateMultipartUploadResult>')
      await withServer(({ socket, head }) => { socket.write(head.startsWith('POST') ? begun : answer) }, async (store, server) => {
        await read(store)
        await sleep(1100)
        await read(store)
        assert.equal(server.numConnections(), 1)
        await rejectsWith(store.write('key', Buffer.alloc(2500)), 'protocol')
        assert.equal(server.numConnections(), 1)
        await sleep(1100)
        await rejectsWith(store.write('key', Buffer.alloc(2500)), 'protocol')
        assert.equal(server.numConnections(), 2)
        await read(store)
        assert.equal(server.numConnections(), 2)
      }, { partSize: 1000, maxConnections: 1 })
    })
    test('that is fresh and closed without an answer is a failure', async () => {
      await withServer(({ socket }) => { socket.end() }, async (store, server) => {
        await rejectsWith(read(store), 'truncated')
        assert.equal(server.requests.length, 1)
      })
    })
    test('that is reset after the head', async () => {
      await withServer(({ socket }) => { socket.write(partial(0, 300), () => { setTimeout(() => { socket.resetAndDestroy() }, 10) }) }, async (store, server) => {
        await rejectsWith(read(store), 'truncated')
        assert.equal(server.requests.length, 1)
      })
    })
    test('on which bytes come that nobody asked for is dropped', async () => {
      await withServer(({ socket }) => { socket.write(answer) }, async (store, server) => {
        await read(store)
        const [socket] = server.sockets
        socket!.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
        await once(socket!, 'close')
        assert.ok((await read(store)).equals(body))
        assert.equal(server.numConnections(), 2)
      })
    })
    test('no more of them than allowed; the others wait, an abort ends their wait', async () => {
      const held: net.Socket[] = []
      await withServer(({ socket }) => { held.push(socket) }, async (store, server) => {
        const controller = new AbortController()
        const first = read(store), second = read(store), third = read(store), fourth = read(store, whole, { signal: controller.signal })
        while (held.length < 2) await new Promise(setImmediate)
        controller.abort()
        await rejectsWith(fourth, 'aborted')
        for (const socket of held) socket.write(answer)
        await Promise.all([first, second])
        while (held.length < 3) await new Promise(setImmediate)
        held[2]!.write(answer)
        await third
        assert.equal(server.numConnections(), 2)
        assert.equal(server.requests.length, 3)
      }, { maxConnections: 2 })
    })
    test('is ended by an abort at once, in every phase', async () => {
      for (const say of ['', 'HTTP/1.1 206 Par', partial(0, 300), Buffer.concat([Buffer.from(partial(0, 300)), body.subarray(0, 100)])]) {
        const asked = new EventEmitter()
        await withServer(({ socket }) => { if (say.length > 0) socket.write(say); asked.emit('request', socket) }, async (store) => {
          const socket = once(asked, 'request') as Promise<[net.Socket]>
          const controller = new AbortController()
          const reading = read(store, whole, { signal: controller.signal })
          reading.catch(() => {})
          const closed = once((await socket)[0], 'close')
          await new Promise((resolve) => { setTimeout(resolve, 5) })
          controller.abort()
          await rejectsWith(reading, 'aborted')
          await closed
        })
      }
    })
    test('close ends idle ones', async () => {
      await withServer(({ socket }) => { socket.write(answer) }, async (store, server) => {
        await Promise.all([read(store), read(store)])
        const closed = gone(server)
        await store.close()
        await closed
      })
    })
  })

  describe('timeouts', () => {
    const timeouts = { connect: 1000, firstByte: 60, idle: 60 }
    const rows: [string, (socket: net.Socket) => void, RegExp][] = [
      ['no answer', () => {}, /did not answer for 0\.06 s/],
      ['a stalled body', (socket) => { socket.write(Buffer.concat([Buffer.from(partial(0, 300)), body.subarray(0, 10)])) }, /sent nothing more/],
      ['a stalled head', (socket) => { socket.write('HTTP/1.1 206') }, /sent nothing more/],
    ]
    for (const [name, say, pattern] of rows) {
      test(name, async () => {
        await withServer(({ socket }) => { say(socket) }, async (store, server) => {
          const { info, message } = await faultOf(read(store))
          assert.equal(info.reason, 'timeout')
          assert.match(message, pattern)
          await gone(server)
        }, { timeouts })
      })
    }
    test('a body that is not taken', async () => {
      const server = await startRawServer(() => {}, (socket) => { socket.pause() })
      const store = await openStore(specOf(server, { timeouts, partSize: 1 << 27 }))
      const { info } = await faultOf(store.write('key', new Uint8Array(1 << 26)))
      assert.equal(info.reason, 'timeout')
      await store.close()
      await server.close()
    })
    test('a body that comes slowly but steadily is no timeout', async () => {
      await withServer(trickle, async (store) => { assert.ok((await read(store)).equals(body)) }, { timeouts: { ...timeouts, firstByte: 200, idle: 200 } })
    })
    test('a body that comes steadily, but beyond the limit of the whole: its socket is gone at once, and the next attempt reads it', async () => {
      const told: string[] = []
      let closed: Promise<unknown> | undefined
      const server = await startRawServer((request) => {
        if (request.index > 0) { request.socket.write(Buffer.concat([Buffer.from(partial(0, 300)), body])); return undefined }
        closed = once(request.socket, 'close')
        return trickle(request)
      })
      const store = await openStore(specOf(server, { maxAttempts: 2, maxConnections: 1, timeouts: { connect: 1000, firstByte: 1000, idle: 1000, total: 80 } }), { retry: ({ reason }) => told.push(reason) })
      assert.ok((await read(store)).equals(body))
      await closed
      assert.deepEqual([told, server.requests.map(({ connection }) => connection), server.sockets.size], [['overdue'], [0, 1], 1])
      await store.close()
      await server.close()
    })
    for (const [name, respond] of [['no answer', () => {}], ['a steady body', trickle]] as const) {
      test(`${name} on a connection that was used before, beyond the limit of the whole, is not asked for again on a fresh one`, async () => {
        await withServer((request) => request.index === 0 ? request.socket.write(Buffer.concat([Buffer.from(partial(0, 300)), body])) : respond(request), async (store, server) => {
          await read(store)
          const { info, message } = await faultOf(read(store))
          assert.equal(info.reason, 'overdue')
          assert.match(message, /was not done with a request after 0\.08 s/)
          await gone(server)
          assert.equal(server.requests.length, 2)
        }, { timeouts: { connect: 1000, firstByte: 1000, idle: 1000, total: 80 } })
      })
    }
    test('a body that is taken steadily, but beyond the limit of the whole', async () => {
      const server = await startRawServer(() => {}, (socket) => {
        const turn = setInterval(() => { socket.resume(); setImmediate(() => { socket.pause() }) }, 5)
        socket.once('close', () => { clearInterval(turn) })
        socket.pause()
      })
      const store = await openStore(specOf(server, { partSize: 1 << 28, timeouts: { connect: 1000, firstByte: 1000, idle: 1000, total: 100 } }))
      const { info } = await faultOf(store.write('key', new Uint8Array(1 << 27)))
      assert.equal(info.reason, 'overdue')
      await store.close()
      await server.close()
    })
    test('the limit of the whole is each request\'s own', async () => {
      await withServer(async ({ socket }) => { await sleep(30); socket.write(Buffer.concat([Buffer.from(partial(0, 300)), body])) }, async (store, server) => {
        for (let i = 0; i < 8; i++) await read(store)
        assert.deepEqual([server.requests.length, server.numConnections()], [8, 1])
      }, { timeouts: { connect: 1000, firstByte: 1000, idle: 1000, total: 150 } })
    })
  })

  describe('refusals', () => {
    const rows: [string, string, StorageReason | 'credentials'][] = [
      ['404 Not Found', errorXml('NoSuchBucket'), 'no-bucket'],
      ['404 Not Found', errorXml('NoSuchKey'), 'no-key'],
      ['404 Not Found', '', 'no-key'],
      ['403 Forbidden', errorXml('AccessDenied'), 'denied'],
      ['403 Forbidden', '', 'denied'],
      ['403 Forbidden', errorXml('InvalidAccessKeyId'), 'credentials'],
      ['403 Forbidden', errorXml('SignatureDoesNotMatch', '<StringToSign>AWS4 very-secret</StringToSign>'), 'credentials'],
      ['400 Bad Request', errorXml('ExpiredToken'), 'credentials'],
      ['403 Forbidden', errorXml('RequestTimeTooSkewed'), 'clock'],
      ['503 Slow Down', errorXml('SlowDown'), 'throttled'],
      ['503 Service Unavailable', '<html>busy</html>', 'throttled'],
      ['429 Too Many Requests', '', 'throttled'],
      ['500 Internal Server Error', errorXml('InternalError'), 'server'],
      ['502 Bad Gateway', '<html>', 'server'],
      ['504 Gateway Timeout', '', 'server'],
      ['412 Precondition Failed', errorXml('PreconditionFailed'), 'precondition'],
      ['416 Range Not Satisfiable', errorXml('InvalidRange'), 'truncated'],
      ['301 Moved Permanently', errorXml('PermanentRedirect'), 'redirect'],
      ['501 Not Implemented', errorXml('NotImplemented'), 'invalid'],
      ['400 Bad Request', errorXml('InvalidRequest'), 'invalid'],
      ['418 Teapot', 'short and stout', 'invalid'],
    ]
    for (const [status, xml, reason] of rows) {
      test(`${status} ${/<Code>(\w+)/.exec(xml)?.[1] ?? JSON.stringify(xml)} is '${reason}', and the connection lives`, async () => {
        await withServer(({ socket }) => { socket.write(text(status, xml, 'Retry-After: 3\r\nx-amz-request-id: R2\r\n')) }, async (store, server) => {
          const { info, message, hint } = await faultOf(read(store))
          if (reason === 'credentials') assert.equal('reason' in info, false)
          else assert.equal(info.reason, reason)
          assert.equal(info.status, Number(status.slice(0, 3)))
          assert.notEqual(hint, '')
          assert.doesNotMatch(message + hint + JSON.stringify(info), /very-secret|AKIDEXAMPLE/)
          if (reason === 'throttled') assert.equal(info.retryAfterSeconds, 3)
          if (reason !== 'precondition') assert.equal(info.requestId, 'R2')
          await rejectsWith(read(store), reason as StorageReason)
          assert.equal(server.numConnections(), 1)
        })
      })
    }
    test('nobody listens: host and port are named', async () => {
      const server = await startRawServer(() => {})
      const { endpoint } = server
      const spec = specOf(server)
      await server.close()
      const store = await openStore(spec)
      const { info, message, hint } = await faultOf(read(store))
      assert.equal(info.reason, 'unreachable')
      assert.ok(message.includes(endpoint), message)
      assert.match(hint, /running/)
      await store.close()
    })
    test('a name that is not known', async () => {
      const store = await openStore((await closedSpec()))
      const { info, message } = await faultOf(read(store))
      assert.equal(info.reason, 'unreachable')
      assert.match(message, /nowhere\.invalid/)
      await store.close()
    })
    test('TLS to a port without it', async () => {
      await withServer(({ socket }) => { socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') }, async (_, server) => {
        for (const socket of server.sockets) socket.destroy()
        const plain = await startRawServer(() => {}, (socket) => { socket.write('HTTP/1.1 400 Bad Request\r\n\r\n') })
        const store = await openStore(specOf(plain, { endpoint: plain.endpoint.replace('http:', 'https:') }))
        const { info, hint } = await faultOf(read(store))
        assert.equal(info.reason, 'tls')
        assert.match(hint, /http:\/\//)
        await store.close()
        await plain.close()
      })
    })
  })

  async function closedSpec(): Promise<S3Spec> {
    const server = await startRawServer(() => {})
    const spec = specOf(server, { endpoint: 'http://nowhere.invalid:9000' })
    await server.close()
    return spec
  }

  describe('redirects', () => {
    const answer = Buffer.concat([Buffer.from(partial(0, 300)), body])

    test('307 with a location is followed, signed anew', async () => {
      await withServer(({ socket }) => { socket.write(answer) }, async (_, second) => {
        await withServer(({ socket }) => { socket.write(text('307 Temporary Redirect', '', `Location: ${second.endpoint}/s3/bucket/key?pid=x%2By&b=\r\n`)) }, async (store, first) => {
          assert.ok((await read(store)).equals(body))
          assert.match(second.requests[0]!.head, /^GET \/s3\/bucket\/key\?b=&pid=x%2By HTTP\/1\.1\r\n/)
          assert.match(second.requests[0]!.head, new RegExp(`^host: ${second.endpoint.slice(7)}$`, 'm'))
          const signature = /Signature=(\w+)/
          assert.notEqual(signature.exec(first.requests[0]!.head)![1], signature.exec(second.requests[0]!.head)![1])
        })
      })
    })
    test('a body goes along', async () => {
      await withServer(({ socket }) => { socket.write(text('200 OK', '', 'ETag: "e"\r\n')) }, async (_, second) => {
        await withServer(({ socket }) => { socket.write(text('307 Temporary Redirect', '', `Location: ${second.endpoint}/bucket/key\r\n`)) }, async (store) => {
          assert.equal((await store.write('key', body)).etag, 'e')
          assert.ok(second.requests[0]!.body.equals(body))
        })
      })
    })
    test('a second one is a Fault', async () => {
      await withServer(({ socket }) => { socket.write(text('307 Temporary Redirect', '', 'Location: /elsewhere\r\n')) }, async (store, server) => {
        await rejectsWith(read(store), 'redirect')
        assert.equal(server.requests.length, 2)
      })
    })
    for (const [name, status, headers, xml] of [
      ['301 with the region in a header', '301 Moved Permanently', 'x-amz-bucket-region: eu-west-3\r\n', ''],
      ['400 with the region in the text', '400 Bad Request', '', errorXml('AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>')],
    ] as const) {
      test(`${name}: that region is used from then on`, async () => {
        await withServer(({ socket, head }) => { socket.write(head.includes('/eu-west-3/s3/') ? answer : text(status, xml, headers)) }, async (store, server) => {
          assert.ok((await read(store)).equals(body))
          assert.ok((await read(store)).equals(body))
          assert.equal(server.requests.length, 3)
        })
      })
    }
    test('301 that names the region in use is a Fault', async () => {
      await withServer(({ socket }) => { socket.write(text('301 Moved Permanently', '', 'x-amz-bucket-region: us-east-1\r\n')) }, async (store, server) => {
        await rejectsWith(read(store), 'redirect')
        assert.equal(server.requests.length, 1)
      })
    })
  })

  describe('requests', () => {
    const answer = Buffer.concat([Buffer.from(partial(0, 300)), body])
    test('a length of 0 asks nobody', async () => {
      await withServer(() => assert.fail('was asked'), async (store, server) => {
        await store.read('key', { offset: 7, length: 0 }, new Uint8Array(0))
        assert.equal(server.numConnections(), 0)
      })
    })
    test('without credentials nothing is signed', async () => {
      const server = await startRawServer(({ socket }) => { socket.write(answer) })
      const { credentials: _, ...spec } = specOf(server)
      const store = await openStore(spec)
      await read(store)
      assert.doesNotMatch(server.requests[0]!.head, /authorization|x-amz/i)
      await store.close()
      await server.close()
    })
    test('a session token is sent and signed', async () => {
      await withServer(({ socket }) => { socket.write(answer) }, async (store, server) => {
        await read(store)
        assert.match(server.requests[0]!.head, /^x-amz-security-token: TOKEN$/m)
        assert.match(server.requests[0]!.head, /SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token,/)
      }, { credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'TOKEN' } })
    })
    test('a large body waits until the server asks for it', async () => {
      const large = Buffer.from(bytesOf(3 << 20))
      await withServer(({ socket }) => { socket.write(text('200 OK', '', 'ETag: "e"\r\n')) }, async (store, server) => {
        await store.write('key', large)
        assert.match(server.requests[0]!.head, /^expect: 100-continue$/m)
        assert.ok(server.requests[0]!.body.equals(large))
      }, { partSize: 8 << 20 })
    })
    test('a large body is sent to a server that never asks for it, and the next one not announced', async () => {
      const server = await startRawServer(({ socket }) => { socket.write(text('200 OK', '', 'ETag: "e"\r\n')) }, () => {}, () => {})
      const store = await openStore(specOf(server, { partSize: 8 << 20, timeouts: { connect: 1000, firstByte: 1000, idle: 5000 } }))
      await store.write('key', Buffer.alloc(3 << 20, 1))
      await store.write('key', Buffer.alloc(3 << 20, 2))
      assert.deepEqual(server.requests.map(({ head, body: sent }) => [head.includes('expect:'), sent.length, sent[0]]), [[true, 3 << 20, 1], [false, 3 << 20, 2]])
      await store.close()
      await server.close()
    })
    test('a server that refuses announcements is sent the body without one', async () => {
      const server = await startRawServer(({ socket }) => { socket.write(text('200 OK', '', 'ETag: "e"\r\n')) }, () => {}, (socket) => { socket.write(text('417 Expectation Failed', '')) })
      const store = await openStore(specOf(server, { partSize: 8 << 20 }))
      assert.equal((await store.write('key', Buffer.alloc(3 << 20, 1))).etag, 'e')
      assert.equal(server.requests.length, 1)
      await store.close()
      await server.close()
    })
    test('an answer before the body is sent is taken, and the connection not used again', async () => {
      const server = await startRawServer(() => {}, () => {}, (socket) => { socket.write(text('403 Forbidden', errorXml('AccessDenied'))) })
      const store = await openStore(specOf(server, { partSize: 64 << 20 }))
      await rejectsWith(store.write('key', Buffer.alloc(32 << 20)), 'denied')
      await gone(server)
      await store.close()
      await server.close()
    })
    test('an answer in the middle of a body is taken', async () => {
      const server = await startRawServer(() => {}, (socket) => { socket.once('data', () => { socket.pause().write(text('403 Forbidden', errorXml('AccessDenied'))) }) }, () => {})
      const store = await openStore(specOf(server, { partSize: 64 << 20 }))
      await rejectsWith(store.write('key', Buffer.alloc(32 << 20)), 'denied')
      await store.close()
      await server.close()
    })
    test('an upload whose error hides behind 200 is a Fault, and its parts are removed', async () => {
      await withServer(({ socket, head }) => {
        const [method, target = ''] = head.split(' ')
        if (method === 'POST' && target.endsWith('?uploads=')) socket.write(text('200 OK', '<InitiateMultipartUploadResult><UploadId>U&amp;1</UploadId></InitiateMultipartUploadResult>'))
        else if (method === 'PUT') socket.write(text('200 OK', '', 'ETag: "part"\r\n'))
        else if (method === 'POST') socket.write(text('200 OK', `\n  ${errorXml('InternalError')}`))
        else socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      }, async (store, server) => {
        await rejectsWith(store.write('key', Buffer.alloc(2500)), 'server')
        const seen = server.requests.map(({ head }) => head.slice(0, head.indexOf(' HTTP')))
        assert.deepEqual(seen.map((line) => line.split(' ')[0]), ['POST', 'PUT', 'PUT', 'PUT', 'POST', 'DELETE'])
        assert.equal(seen.at(-1), 'DELETE /bucket/key?uploadId=U%261')
      }, { partSize: 1000 })
    })
    test('many keys are deleted by thousands; a key that cannot be is a Fault', async () => {
      let refuse = ''
      await withServer(({ socket }) => { socket.write(text('200 OK', `<?xml version="1.0"?><DeleteResult xmlns="x">${refuse}</DeleteResult>`)) }, async (store, server) => {
        await store.delete(Array.from({ length: 2500 }, (_, i) => `k${i}`))
        assert.deepEqual(server.requests.map(({ body: xml }) => xml.toString().split('<Key>').length - 1), [1000, 1000, 500])
        assert.match(server.requests[0]!.head, /^content-md5: [A-Za-z0-9+/]{22}==$/m)
        refuse = '<Error><Key>k&amp;1</Key><Code>AccessDenied</Code><Message>no</Message></Error>'
        const { info } = await faultOf(store.delete(['k&1', 'k2']))
        assert.equal(info.reason, 'denied')
        assert.equal(info.key, 'k&1')
      })
    })
    test('the bucket is made where it should be, unless it is there', async () => {
      let exists = false
      await withServer(({ socket, head }) => {
        if (head.startsWith('PUT')) { exists = true; socket.write(text('200 OK', '')) }
        else socket.write(exists ? 'HTTP/1.1 200 OK\r\n\r\n' : 'HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n')
      }, async (store, server) => {
        await store.createContainer()
        await store.createContainer()
        assert.deepEqual(server.requests.map(({ head }) => head.split(' ')[0]), ['HEAD', 'PUT', 'HEAD'])
        assert.match(server.requests[1]!.body.toString(), /<LocationConstraint>eu-north-1<\/LocationConstraint>/)
      }, { region: 'eu-north-1' })
    })
  })

  describe('memory', () => {
    test('reading allocates nothing of the size of bodies', async () => {
      const large = Buffer.alloc(1 << 20, 7)
      const answer = Buffer.concat([Buffer.from(partial(0, large.length, { total: large.length })), large])
      await withServer(({ socket }) => { socket.write(answer) }, async (store) => {
        const into = Buffer.alloc(large.length)
        const once64 = async (): Promise<void> => { for (let i = 0; i < 64; i++) await store.read('key', { offset: 0, length: large.length }, into) }
        await once64()
        const before = process.memoryUsage().arrayBuffers
        let most = 0
        for (let i = 0; i < 4; i++) {
          await once64()
          most = Math.max(most, process.memoryUsage().arrayBuffers - before)
        }
        assert.ok(into.equals(large))
        // 256 MiB came through; the server of this test allocates for what it receives, which is heads only.
        assert.ok(most < 8 << 20, `${most} bytes more`)
      })
    })
  })

  named('every difference is one of a test that there is', () => {
    assert.deepEqual(Object.keys(differs).filter((name) => !names.has(name)), [])
  })
}
