// IPv6: real sockets on ::1, in every transport, alone and beside IPv4.

import assert from 'node:assert/strict'
import dns from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import type { Duplex } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import tls from 'node:tls'
import { startServer, type RunningServer } from '../../../src/server/server.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { createEndpointBoard } from '../../../src/storage/s3/endpoint-board.ts'
import { figuresOf, withAllAddresses } from '../../../src/storage/s3/endpoint-list.ts'
import type { ObjectStore } from '../../../src/storage/store.ts'
import { isFault } from '../../../src/util/fault.ts'
import { fixture } from '../../support/root.ts'
import { bytesOf, listAll, readAll, rejectsWith } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'
import { startRawServer } from './raw-server.ts'

const hasLoopback = Object.values(os.networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
const skip = hasLoopback ? false : 'this machine has no IPv6 loopback'
const transports = ['direct', 'undici', 'sdk'] as const

async function using(spec: S3Spec, use: (store: ObjectStore) => Promise<void>): Promise<void> {
  const store = await openStore(spec)
  try { await use(store) } finally { await store.close() }
}

async function roundTrips(store: ObjectStore): Promise<void> {
  const content = bytesOf(300_000)
  await store.write('a key/ünï+1', content)
  assert.ok(Buffer.from(await readAll(store, 'a key/ünï+1', content.length)).equals(content))
  assert.deepEqual((await listAll(store, 'a key/')).objects.map(({ key }) => key), ['a key/ünï+1'])
  await store.delete(['a key/ünï+1'])
  await rejectsWith(store.head('a key/ünï+1'), 'no-key')
}

type Lookup = (name: string, options: dns.LookupOptions, done: (error: Error | null, found?: string | dns.LookupAddress[], family?: number) => void) => void

/** What `dns.lookup` is where `name` has `addresses`, in this order. */
function resolving(name: string, addresses: readonly string[]): Lookup {
  const real = dns.lookup as Lookup
  return (asked, options, done) => {
    if (asked !== name) { real(asked, options, done); return }
    const found = addresses.map((address) => ({ address, family: net.isIP(address) }))
    process.nextTick(() => {
      if (options.all) done(null, found)
      else done(null, found[0]!.address, found[0]!.family)
    })
  }
}

describe('IPv6', { skip }, () => {
  let server!: RunningServer
  before(async () => { server = await startServer({ host: '::1', buckets: ['test-bucket'] }) })
  after(async () => { await server.close() })

  test('the built-in server writes its address in brackets', () => { assert.match(server.endpoint, /^http:\/\/\[::1\]:\d+$/) })

  for (const transport of transports) {
    test(`${transport}: what is signed for [::1]:port is taken there`, async () => {
      await using(specFor(server, { transport }), async (store) => {
        assert.equal(store.name, `s3://test-bucket at ${server.endpoint}`)
        await roundTrips(store)
      })
    })
    test(`${transport}: the host header has brackets and port, the bucket is in the path`, async () => {
      const raw = await startRawServer(({ socket }) => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\netag: "e"\r\n\r\n') }, undefined, undefined, { host: '::1' })
      const spec = specFor({ ...server, endpoint: raw.endpoint }, { transport })
      await using(spec, async (store) => { await store.head('k') })
      await raw.close()
      const [{ head } = { head: '' }] = raw.requests
      assert.match(head, new RegExp(`^host: \\[::1\\]:${new URL(raw.endpoint).port}$`, 'im'))
      assert.match(head, /^HEAD \/test-bucket\/k /)
      await using(spec, async (store) => {
        const error: unknown = await store.head('k').catch((fault: unknown) => fault)
        assert.ok(isFault(error, 'storage') && error.info.reason === 'unreachable' && error.message.includes(raw.endpoint), String(error))
      })
    })
    test(`${transport}: virtual-host style cannot be, which is said`, async () => {
      await assert.rejects(openStore(specFor(server, { transport, addressing: 'virtual' })), (error) => isFault(error, 'usage') && /\[::1\]/.test(error.message))
    })
    test(`${transport}: TLS with a certificate for the address`, async () => {
      const front = await startTlsFront(server, '::1')
      try {
        await using(specFor({ ...server, endpoint: `https://[::1]:${front.port}` }, { transport, caFile: fixture('tls', 'server-ca.cert.pem') }), roundTrips)
      } finally { await front.close() }
    })
    test(`${transport}: one of several endpoints`, async () => {
      await withBoth(async (both, port) => {
        const all = [`http://127.0.0.1:${port}`, `http://[::1]:${port}`].map((url) => ({ url }))
        const spec = specFor(both, { transport, endpoint: all[0]!.url, endpoints: { all, board: createEndpointBoard(2) } })
        await using(spec, async (store) => { for (let i = 0; i < 3; i++) await roundTrips(store) })
        assertBothUsed(spec, all.map(({ url }) => url))
      })
    })
    test(`${transport}: all addresses of a name that has A and AAAA records`, async (context) => {
      await withBoth(async (both, port) => {
        const url = `http://store.lab:${port}`
        const addresses = resolving('store.lab', ['::1', '127.0.0.1'])
        context.mock.method(dns, 'lookup', addresses)
        const all = await withAllAddresses([url], async (name) => [{ address: '::1' }, { address: '127.0.0.1' }].filter(() => name === 'store.lab'))
        const spec = specFor(both, { transport, endpoint: url, endpoints: { all, board: createEndpointBoard(2) } })
        await using(spec, async (store) => { for (let i = 0; i < 3; i++) await roundTrips(store) })
        assertBothUsed(spec, [`${url} at ::1`, `${url} at 127.0.0.1`])
      })
    })
    for (const [dead, host] of [['IPv4', '::1'], ['IPv6', '127.0.0.1']] as const) {
      test(`${transport}: a name with A and AAAA records where nobody listens on ${dead}`, async (context) => {
        const alone = await startServer({ host, buckets: ['test-bucket'] })
        const addresses = host === '::1' ? ['127.0.0.1', '::1'] : ['::1', '127.0.0.1']
        const lookup = resolving('store.lab', addresses)
        context.mock.method(dns, 'lookup', lookup)
        try {
          await using(specFor({ ...alone, endpoint: `http://store.lab:${new URL(alone.endpoint).port}` }, { transport }), roundTrips)
        } finally { await alone.close() }
      })
    }
  }
})

/** Runs `use` with a server that listens on IPv4 and IPv6, and its port. */
async function withBoth(use: (both: RunningServer, port: string) => Promise<void>): Promise<void> {
  const both = await startServer({ host: '::', buckets: ['test-bucket'] })
  try { await use(both, new URL(both.endpoint).port) } finally { await both.close() }
}

function assertBothUsed({ endpoints }: S3Spec, names: readonly string[]): void {
  const figures = figuresOf(endpoints!)
  assert.deepEqual(figures.map(({ endpoint }) => endpoint), names)
  assert.ok(figures.every(({ requests, bytes, errors }) => requests >= 6 && bytes >= 300_000 && errors === 0), JSON.stringify(figures))
}

async function startTlsFront({ endpoint }: RunningServer, host: string): Promise<{ port: number; close(): Promise<void> }> {
  const inner = new URL(endpoint)
  const sockets = new Set<Duplex>()
  const front = tls.createServer({ key: readFileSync(fixture('tls', 'loopback.key.pem')), cert: readFileSync(fixture('tls', 'loopback.cert.pem')) }, (socket) => {
    const behind = net.connect(Number(inner.port), inner.hostname.replace(/^\[|\]$/g, ''))
    socket.pipe(behind).pipe(socket)
    for (const each of [socket, behind]) {
      sockets.add(each)
      each.on('error', () => { socket.destroy(); behind.destroy() }).on('close', () => { socket.destroy(); behind.destroy() })
    }
  }).listen(0, host)
  await once(front, 'listening')
  return {
    port: (front.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      front.close()
      await once(front, 'close')
    },
  }
}
