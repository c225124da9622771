// Transports over TLS, against the built-in server.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import { startServer, type RunningServer } from '../../../src/server/server.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import type { ObjectStore } from '../../../src/storage/store.ts'
import { isFault } from '../../../src/util/fault.ts'
import { fixture } from '../../support/root.ts'
import { bytesOf, readAll, rejectsWith } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'
import { partial } from './raw-server.ts'

const caFile = fixture('tls', 'localhost.cert.pem')

interface Front { readonly endpoint: string; readonly cut: () => void }

/** What a TLS front before the server sees of its connections. `cut` ends those that there are. */
async function behindFront({ endpoint }: RunningServer, use: (front: Front) => Promise<void>): Promise<string[]> {
  const seen: string[] = []
  const sockets = new Set<tls.TLSSocket>()
  const { port } = new URL(endpoint)
  const front = tls.createServer({ key: readFileSync(fixture('tls', 'localhost.key.pem')), cert: readFileSync(caFile), ALPNProtocols: ['http/1.1'] }, (socket) => {
    seen.push(`a ${socket.isSessionReused() ? 'resumed' : 'new'} session, ${socket.alpnProtocol}`)
    sockets.add(socket)
    const behind = tls.connect({ port: Number(port), host: '127.0.0.1', servername: 'localhost', ca: readFileSync(caFile) })
    socket.pipe(behind).pipe(socket)
    for (const each of [socket, behind]) each.on('error', () => { socket.destroy(); behind.destroy() })
    socket.on('close', () => { behind.destroy(); sockets.delete(socket) })
    behind.on('close', () => { socket.destroy() })
  })
  const cut = (): void => { for (const socket of sockets) socket.destroy() }
  front.on('tlsClientError', () => {})
  front.listen(0)
  await once(front, 'listening')
  try {
    await use({ endpoint: `https://localhost:${(front.address() as AddressInfo).port}`, cut })
  } finally {
    cut()
    front.close()
  }
  return seen
}

describe('TLS', () => {
  let server!: RunningServer
  let endpoint = ''

  before(async () => {
    server = await startServer({ buckets: ['test-bucket'], tls: { certFile: caFile, keyFile: fixture('tls', 'localhost.key.pem') } })
    endpoint = server.endpoint
  })
  after(async () => { await server.close() })

  async function withStore(more: Partial<S3Spec>, use: (store: ObjectStore) => Promise<void>): Promise<void> {
    const store = await openStore(specFor({ ...server, endpoint }, more))
    try { await use(store) } finally { await store.close() }
  }

  for (const transport of ['direct', 'undici', 'sdk'] as const) {
    test(`${transport}: reads and writes with an authority of one's own`, async () => {
      await withStore({ caFile, transport }, async (store) => {
        for (const size of [1, 65_537, 3_000_001]) {
          const content = bytesOf(size)
          await store.write('key', content)
          assert.ok(Buffer.from(await readAll(store, 'key', size)).equals(content))
        }
      })
    })
    test(`${transport}: NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment switches nothing off`, async (context) => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
      context.after(() => { delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'] })
      await withStore({ transport }, async (store) => { await rejectsWith(store.write('key', bytesOf(5)), 'tls') })
    })
    test(`${transport}: insecure takes any certificate`, async () => {
      await withStore({ insecure: true, transport }, async (store) => { assert.equal((await store.write('key', bytesOf(5))).size, 5) })
    })
    test(`${transport}: an unknown authority is 'tls', and says how to name it`, async () => {
      await withStore({ transport }, async (store) => {
        const error: unknown = await store.head('key').catch((fault: unknown) => fault)
        assert.ok(isFault(error, 'storage'), String(error))
        assert.equal(error.info.reason, 'tls')
        assert.match(error.hint ?? '', /--ca-file/)
      })
    })
    test(`${transport}: a certificate for another name is 'tls'`, async () => {
      await withStore({ caFile, transport, endpoint: endpoint.replace('localhost', '127.0.0.1') }, async (store) => { await rejectsWith(store.head('key'), 'tls') })
    })
  }
  test('the next connection resumes the session', async () => {
    const seen = await behindFront(server, (front) => withStore({ caFile, maxConnections: 4, endpoint: front.endpoint }, async (store) => {
      await store.write('key', bytesOf(5))
      front.cut()
      assert.equal((await store.head('key')).size, 5)
    }))
    assert.deepEqual(seen, ['a new session, http/1.1', 'a resumed session, http/1.1'])
  })
  test('a file of authorities that is not there is a usage Fault', async () => {
    await withStore({ caFile: '/nowhere/ca.pem' }, async (store) => {
      await assert.rejects(store.head('key'), (error) => isFault(error, 'usage') && error.message.includes('/nowhere/ca.pem'))
    })
  })
})

describe('an abort over TLS', () => {
  const content = Buffer.from(bytesOf(300))
  const answer = Buffer.concat([Buffer.from(partial(0, 300)), content])
  const rows: [when: string, said: Buffer | undefined][] = [
    ['in the handshake', undefined],
    ['before the answer', Buffer.alloc(0)],
    ['in its head', Buffer.from('HTTP/1.1 206 Par')],
    ['in its body', answer.subarray(0, -200)],
  ]

  /** The first connection is told `said`, or nothing of TLS where that is absent; all others are answered. Emits 'asked' with the first one's socket once it is told. */
  async function startMute(said: Buffer | undefined): Promise<{ endpoint: string; open: Set<net.Socket>; asked: EventEmitter; numConnections: () => number; close: () => Promise<unknown> }> {
    const asked = new EventEmitter()
    const open = new Set<net.Socket>()
    let connections = 0
    const speaking = tls.createServer({ key: readFileSync(fixture('tls', 'localhost.key.pem')), cert: readFileSync(caFile) }, (socket) => {
      socket.on('error', () => {})
      const isFirst = said !== undefined && connections === 1
      socket.on('data', () => {
        if (isFirst) socket.write(said, () => { asked.emit('asked') })
        else socket.write(answer)
      })
    })
    speaking.on('tlsClientError', () => {})
    const server = net.createServer((socket) => {
      connections++
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => { open.delete(socket) })
      if (said !== undefined || connections > 1) speaking.emit('connection', socket)
      else socket.once('data', () => { asked.emit('asked') })
    })
    server.listen(0)
    await once(server, 'listening')
    const close = (): Promise<unknown> => {
      for (const socket of open) socket.destroy()
      return once(server.close(), 'close')
    }
    return { endpoint: `https://localhost:${(server.address() as AddressInfo).port}`, open, asked, numConnections: () => connections, close }
  }

  for (const transport of ['direct', 'undici'] as const) {
    for (const [when, said] of rows) {
      test(`${transport}: ${when} ends the socket at once, and the pool holds none`, async () => {
        const server = await startMute(said)
        const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
        // One that is still held would be waited for.
        const store = await openStore(specFor({ endpoint: server.endpoint, region: 'us-east-1', credentials }, { transport, caFile, maxConnections: 1 }))
        try {
          const into = Buffer.alloc(300)
          const read = (signal?: AbortSignal): Promise<unknown> => store.read('key', { offset: 0, length: 300 }, into, signal ? { signal } : {})
          const controller = new AbortController()
          const told = once(server.asked, 'asked')
          const reading = read(controller.signal)
          reading.catch(() => {})
          await told
          const [socket] = server.open
          const limit = AbortSignal.timeout(2000)
          const closed = once(socket!, 'close', { signal: limit })
          controller.abort()
          await rejectsWith(reading, 'aborted')
          await closed
          assert.equal(server.open.size, 0)
          await read()
          assert.ok(into.equals(content))
          assert.deepEqual([server.numConnections(), server.open.size], [2, 1])
        } finally {
          await store.close()
          await server.close()
        }
      })
    }
  }
})
