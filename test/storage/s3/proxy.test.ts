// The undici transport through a proxy: plain text is forwarded, TLS goes through a tunnel.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import tls from 'node:tls'
import { startServer } from '../../../src/server/server.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { proxyFor } from '../../../src/storage/s3/proxy.ts'
import { isFault, type Fault } from '../../../src/util/fault.ts'
import { startProxy, type ProxyOptions } from '../../support/proxy.ts'
import { fixture } from '../../support/root.ts'
import { bytesOf, readAll } from '../conformance.ts'
import { specFor, type ServedAt } from '../s3-under-test.ts'
import { partial, startRawServer } from './raw-server.ts'

const caFile = fixture('tls', 'localhost.cert.pem')
const nowhere: Omit<ServedAt, 'endpoint'> = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }

async function faultOf(promise: Promise<unknown>): Promise<Fault<'storage'>> {
  const error: unknown = await promise.then(() => assert.fail('it did not fail'), (failure: unknown) => failure)
  assert.ok(isFault(error, 'storage'), String((error as Error).stack))
  return error
}

/** Writes and reads back two objects on one store. */
async function roundTrip(servedAt: ServedAt, more: Partial<S3Spec>): Promise<void> {
  const store = await openStore(specFor(servedAt, { transport: 'undici', ...more }))
  try {
    for (const size of [1, 3_000_001]) {
      const content = bytesOf(size)
      await store.write('a key', content)
      assert.ok(Buffer.from(await readAll(store, 'a key', size)).equals(content))
    }
  } finally {
    await store.close()
  }
}

describe('through a proxy', () => {
  test('plain text is forwarded, and the signature holds', async () => {
    const server = await startServer({ buckets: ['test-bucket'] }), proxy = await startProxy()
    await roundTrip(server, { proxy: proxy.address })
    assert.deepEqual(proxy.asked.map(([line]) => line), ['PUT', 'GET', 'PUT', 'GET'].map((method) => `${method} ${server.endpoint}/test-bucket/a%20key`))
    await proxy.close()
    await server.close()
  })
  test('TLS goes through one tunnel', async () => {
    const server = await startServer({ buckets: ['test-bucket'] }), proxy = await startProxy()
    const inner = new URL(server.endpoint)
    const sockets = new Set<net.Socket>()
    const front = tls.createServer({ key: readFileSync(fixture('tls', 'localhost.key.pem')), cert: readFileSync(caFile) }, (socket) => {
      const behind = net.connect(Number(inner.port), inner.hostname)
      sockets.add(socket)
      socket.pipe(behind).pipe(socket)
      for (const each of [socket, behind]) each.on('error', () => {}).on('close', () => { socket.destroy(); behind.destroy() })
    })
    front.listen(0)
    await once(front, 'listening')
    const { port } = front.address() as AddressInfo
    await roundTrip({ ...server, endpoint: `https://localhost:${port}` }, { proxy: proxy.address, caFile })
    assert.deepEqual(proxy.asked.map(([line]) => line), [`CONNECT localhost:${port}`])
    for (const socket of sockets) socket.destroy()
    front.close()
    await proxy.close()
    await server.close()
  })
  test('user and password are told to the proxy alone', async () => {
    const server = await startRawServer(({ socket }) => { socket.write(`${partial(0, 3)}abc`) }), proxy = await startProxy()
    const store = await openStore(server.spec({ transport: 'undici', proxy: proxy.address.replace('://', '://user:p%40ss@') }))
    await readAll(store, 'key', 3)
    assert.equal(proxy.asked[0]![1], `Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    assert.doesNotMatch(server.requests[0]!.head, /proxy-authorization/i)
    await store.close()
    await proxy.close()
    await server.close()
  })
  for (const scheme of ['http', 'https']) {
    for (const refuse of [403, 407]) {
      test(`a proxy that answers ${refuse} on the way to ${scheme} is named, its password is not`, async () => {
        const proxy = await startProxy({ refuse })
        const store = await openStore(specFor({ ...nowhere, endpoint: `${scheme}://127.0.0.1:9` }, { transport: 'undici', proxy: proxy.address.replace('://', '://user:hidden@') }))
        const { info, message, hint } = await faultOf(store.head('key'))
        // Forwarded, a 403 cannot be told from one of the store.
        assert.equal(info.reason, scheme === 'http' && refuse === 403 ? 'denied' : 'unreachable')
        if (info.reason === 'unreachable') assert.ok(message.includes(proxy.address) && message.includes(String(refuse)), message)
        if (refuse === 407) assert.match(hint ?? '', /user and password/)
        assert.doesNotMatch(message + hint + JSON.stringify(info), /hidden/)
        await store.close()
        await proxy.close()
      })
    }
    test(`a proxy that does not run is named: ${scheme}`, async () => {
      const proxy = await startProxy()
      await proxy.close()
      const store = await openStore(specFor({ ...nowhere, endpoint: `${scheme}://127.0.0.1:9` }, { transport: 'undici', proxy: proxy.address }))
      const { info, message } = await faultOf(store.head('key'))
      assert.equal(info.reason, 'unreachable')
      assert.match(message, /through the proxy .*ECONNREFUSED/)
      assert.ok(message.includes(proxy.address), message)
      await store.close()
    })
    test(`a proxy that hangs up is not asked for ever: ${scheme}`, { timeout: 5000 }, async () => {
      const proxy = await startProxy({ refuse: 0 })
      const store = await openStore(specFor({ ...nowhere, endpoint: `${scheme}://127.0.0.1:9` }, { transport: 'undici', proxy: proxy.address }))
      const { info, message } = await faultOf(store.head('key'))
      assert.equal(info.reason, 'truncated')
      if (scheme === 'https') assert.ok(message.startsWith(`the proxy ${proxy.address} did not lead on and closed the connection`), message)
      assert.equal(proxy.asked.length, 1)
      await store.close()
      await proxy.close()
    })
    test(`a proxy that says nothing is a timeout: ${scheme}`, async () => {
      const mute = await startRawServer(() => {})
      const store = await openStore(specFor({ ...nowhere, endpoint: `${scheme}://127.0.0.1:9` }, { transport: 'undici', proxy: mute.endpoint, timeouts: { connect: 100, firstByte: 100, idle: 100 } }))
      assert.equal((await faultOf(store.head('key'))).info.reason, 'timeout')
      await store.close()
      await mute.close()
    })
  }
  test('what the environment names is used, by undici alone', async (t) => {
    const server = await startServer({ buckets: ['test-bucket'] }), proxy = await startProxy({ known: { 'store.invalid': server.endpoint } })
    const before = { http_proxy: process.env['http_proxy'], no_proxy: process.env['no_proxy'] }
    t.after(() => {
      for (const [name, value] of Object.entries(before)) if (value === undefined) delete process.env[name]; else process.env[name] = value
    })
    process.env['http_proxy'] = proxy.address
    process.env['no_proxy'] = ''
    await roundTrip({ ...server, endpoint: 'http://store.invalid' }, {})
    assert.equal(proxy.asked.length, 4)
    const direct = await openStore(specFor({ ...server, endpoint: 'http://store.invalid' }))
    assert.equal((await faultOf(direct.head('key'))).info.reason, 'unreachable')
    assert.equal(proxy.asked.length, 4)
    await direct.close()
    await proxy.close()
    await server.close()
  })
})

describe('a proxy that speaks TLS', () => {
  const authority = fixture('tls', 'server-ca.cert.pem')
  const identity = { certFile: fixture('tls', 'loopback.cert.pem'), keyFile: fixture('tls', 'loopback.key.pem') }
  const ways = [['forwards plain text', {}, 'PUT'], ['leads TLS on', { tls: identity }, 'CONNECT']] as const

  for (const [does, server, firstWord] of ways) {
    for (const [trust, more] of [['by the authority of --ca-file', { caFile: authority }], ['by --insecure', { insecure: true }]] as const) {
      test(`${does}, trusted ${trust}`, async () => {
        const store = await startServer({ buckets: ['test-bucket'], ...server }), proxy = await startProxy({ certificate: 'loopback' })
        await roundTrip(store, { proxy: proxy.address.replace('://', '://user:hidden@'), ...more })
        const lines = proxy.asked.map(([line]) => line.split(' ')[0])
        assert.deepEqual(lines, firstWord === 'CONNECT' ? ['CONNECT'] : ['PUT', 'GET', 'PUT', 'GET'])
        assert.ok(proxy.asked.every(([, authorization]) => authorization?.startsWith('Basic ')))
        await proxy.close()
        await store.close()
      })
    }
  }
  test('the name of its certificate is its own, not that of the store', async () => {
    const server = await startServer({ buckets: ['test-bucket'] }), proxy = await startProxy({ certificate: 'localhost', known: { 'store.invalid': server.endpoint } })
    await roundTrip({ ...server, endpoint: 'http://store.invalid' }, { proxy: proxy.address.replace('127.0.0.1', 'localhost'), caFile })
    await proxy.close()
    await server.close()
  })

  const rows: [what: string, ProxyOptions, Partial<S3Spec>, message: RegExp, hint: RegExp][] = [
    ['of an unknown authority', { certificate: 'loopback' }, {}, /unable to|first certificate/, /proxy's certificate with --ca-file/],
    ['that is its own authority', { certificate: 'localhost' }, {}, /self-signed/, /proxy's certificate with --ca-file/],
    ['for another name', { certificate: 'localhost' }, { caFile }, /does not match/, /for another name/],
    ['that is none: plain text', {}, {}, /wrong version number|packet length/, /write http:\/\//],
  ]
  for (const scheme of ['http', 'https']) {
    for (const [what, options, more, words, itsHint] of rows) {
      test(`a certificate ${what} is its fault, not that of ${scheme}`, async () => {
        const proxy = await startProxy(options)
        const address = proxy.address.replace('http:', 'https:')
        const store = await openStore(specFor({ ...nowhere, endpoint: `${scheme}://127.0.0.1:9` }, { transport: 'undici', proxy: address, ...more }))
        const { info, message, hint } = await faultOf(store.head('key'))
        assert.equal(info.reason, 'tls', message)
        assert.ok(message.startsWith(`no secure connection to the proxy ${address}: `), message)
        assert.match(message, words)
        assert.match(hint ?? '', itsHint)
        assert.equal(info.endpoint, `${scheme}://127.0.0.1:9`)
        assert.deepEqual(proxy.asked, [])
        await store.close()
        await proxy.close()
      })
    }
  }
  test('a certificate of the store behind it is the fault of the store', async () => {
    const server = await startServer({ tls: { certFile: caFile, keyFile: fixture('tls', 'localhost.key.pem') } }), proxy = await startProxy({ certificate: 'loopback' })
    const store = await openStore(specFor(server, { transport: 'undici', proxy: proxy.address, caFile: authority }))
    const { info, message } = await faultOf(store.head('key'))
    assert.equal(info.reason, 'tls')
    assert.ok(message.startsWith(`no secure connection to ${server.endpoint}: `), message)
    await store.close()
    await proxy.close()
    await server.close()
  })
})

describe('the proxy of an origin', () => {
  const https = { HTTPS_PROXY: 'http://p:1' }
  const rows: [string, string, string | undefined, Readonly<Record<string, string>>, string | undefined][] = [
    ['nothing is said', 'https://s3.example', undefined, {}, undefined],
    ['an empty variable', 'https://s3.example', undefined, { HTTPS_PROXY: '' }, undefined],
    ['https', 'https://s3.example', undefined, https, 'http://p:1'],
    ['of http only', 'https://s3.example', undefined, { HTTP_PROXY: 'http://p:1' }, undefined],
    ['http', 'http://s3.example', undefined, { HTTP_PROXY: 'p:1' }, 'http://p:1'],
    ['lower case first', 'http://s3.example', undefined, { HTTP_PROXY: 'p:1', http_proxy: 'p:2' }, 'http://p:2'],
    ['this machine', 'https://localhost:9000', undefined, https, undefined],
    ['this machine by number', 'https://127.0.0.1:9000', undefined, https, undefined],
    ['this machine, named', 'https://127.0.0.1:9000', 'http://p:3', https, 'http://p:3'],
    ['excepted', 'https://s3.example', undefined, { ...https, NO_PROXY: 'a, s3.example' }, undefined],
    ['excepted by its domain', 'https://a.s3.example', undefined, { ...https, NO_PROXY: 's3.example' }, undefined],
    ['excepted by its domain with a dot', 'https://a.s3.example', undefined, { ...https, NO_PROXY: '.example' }, undefined],
    ['excepted by a star', 'https://a.s3.example', undefined, { ...https, NO_PROXY: '*.example' }, undefined],
    ['all excepted', 'https://s3.example', undefined, { ...https, NO_PROXY: '*' }, undefined],
    ['another that ends alike', 'https://its3.example', undefined, { ...https, NO_PROXY: 's3.example' }, 'http://p:1'],
    ['excepted at that port', 'https://s3.example', undefined, { ...https, NO_PROXY: 's3.example:443' }, undefined],
    ['excepted at another port', 'https://s3.example', undefined, { ...https, NO_PROXY: 's3.example:80' }, 'http://p:1'],
    ['an excepted IPv6 address', 'https://[fd00::1]:9000', undefined, { ...https, NO_PROXY: '[fd00::1]:9000' }, undefined],
    ['an excepted IPv6 address without brackets', 'https://[fd00::1]', undefined, { ...https, NO_PROXY: 'fd00::1' }, undefined],
    ['excepted, but named', 'https://s3.example', 'p:3', { NO_PROXY: '*' }, 'http://p:3'],
  ]
  for (const [name, origin, named, environment, proxy] of rows) {
    test(name, () => { assert.equal(proxyFor(origin, named, environment)?.origin, proxy) })
  }
  for (const address of ['socks5://user:hidden@p:1', 'http://', 'a b', 'user:hidden@/']) {
    test(`${address} is none`, () => {
      assert.throws(() => proxyFor('https://s3.example', address, {}), (error) => isFault(error, 'usage') && !error.message.includes('hidden'))
    })
  }
})
