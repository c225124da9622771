// The direct transport over TLS: a TLS front before the built-in server.

import assert from 'node:assert/strict'
import { once } from 'node:events'
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

const caFile = fixture('tls', 'localhost.cert.pem')

describe('TLS', () => {
  let server!: RunningServer
  let front!: tls.Server
  let endpoint = ''
  const reused: boolean[] = []
  let protocol: string | false | null = null
  const sockets = new Set<tls.TLSSocket>()

  before(async () => {
    server = await startServer({ buckets: ['test-bucket'] })
    const inner = new URL(server.endpoint)
    front = tls.createServer({ key: readFileSync(fixture('tls', 'localhost.key.pem')), cert: readFileSync(caFile), ALPNProtocols: ['http/1.1'] }, (socket) => {
      reused.push(socket.isSessionReused())
      protocol = socket.alpnProtocol
      sockets.add(socket)
      const behind = net.connect(Number(inner.port), inner.hostname)
      socket.pipe(behind).pipe(socket)
      for (const each of [socket, behind]) each.on('error', () => { socket.destroy(); behind.destroy() })
      socket.on('close', () => { behind.destroy(); sockets.delete(socket) })
      behind.on('close', () => { socket.destroy() })
    })
    front.on('tlsClientError', () => {})
    front.listen(0)
    await once(front, 'listening')
    endpoint = `https://localhost:${(front.address() as AddressInfo).port}`
  })
  after(async () => {
    for (const socket of sockets) socket.destroy()
    front.close()
    await server.close()
  })

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
    await withStore({ caFile, maxConnections: 4 }, async (store) => {
      await store.write('key', bytesOf(5))
      reused.length = 0
      for (const socket of sockets) socket.destroy()
      assert.equal((await store.head('key')).size, 5)
      assert.deepEqual(reused, [true])
      assert.equal(protocol, 'http/1.1')
    })
  })
  test('a file of authorities that is not there is a usage Fault', async () => {
    await withStore({ caFile: '/nowhere/ca.pem' }, async (store) => {
      await assert.rejects(store.head('key'), (error) => isFault(error, 'usage') && error.message.includes('/nowhere/ca.pem'))
    })
  })
  test('an abort ends the socket', async () => {
    await withStore({ caFile }, async (store) => {
      await store.write('big', new Uint8Array(4 << 20))
      const controller = new AbortController()
      const reading = store.read('big', { offset: 0, length: 4 << 20 }, new Uint8Array(4 << 20), { signal: controller.signal })
      setImmediate(() => { controller.abort() })
      await rejectsWith(reading, 'aborted')
    })
  })
})
