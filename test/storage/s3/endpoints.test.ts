// Several endpoints of one store: how they are written, who gets a request, and what becomes of one that fails.

import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, test, type TestContext } from 'node:test'
import { startServer } from '../../../src/server/server.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { addressesOf, type Address } from '../../../src/storage/s3/address.ts'
import { createEndpointBoard, endpointFigures, type EndpointBoard } from '../../../src/storage/s3/endpoint-board.ts'
import { endpointName, expandEndpoints, figuresOf, withAllAddresses } from '../../../src/storage/s3/endpoint-list.ts'
import { Endpoints } from '../../../src/storage/s3/endpoints.ts'
import { storageFault } from '../../../src/storage/faults.ts'
import type { ObjectStore } from '../../../src/storage/store.ts'
import { abortedFault, isFault, type Fault, type StorageReason } from '../../../src/util/fault.ts'
import { bytesOf, readAll } from '../conformance.ts'
import { startRawServer, type RawServer } from './raw-server.ts'

describe('expandEndpoints', () => {
  for (const [texts, expected] of [
    [[], []],
    [['http://a'], ['http://a']],
    [['a', 'b'], ['a', 'b']],
    [['http://n{1...3}:9000'], ['http://n1:9000', 'http://n2:9000', 'http://n3:9000']],
    [['http://n{08...10}'], ['http://n08', 'http://n09', 'http://n10']],
    [['http://r{1...2}n{1...2}', 'x'], ['http://r1n1', 'http://r1n2', 'http://r2n1', 'http://r2n2', 'x']],
    [['http://[::1]:{9000...9001}'], ['http://[::1]:9000', 'http://[::1]:9001']],
  ] as const) test(JSON.stringify(texts), () => { assert.deepEqual(expandEndpoints(texts), expected) })
  for (const text of ['http://n{1..3}', 'http://n{a...c}', 'http://n{3...1}', 'http://n{1...5000}', 'http://n{1...100}m{1...100}', 'http://n}', 'http://user:hunter2@n{2...1}']) {
    test(`${text} is a usage Fault`, () => {
      assert.throws(() => expandEndpoints([text]), (error) => isFault(error, 'usage') && error.hint !== undefined && !error.message.includes('hunter2'))
    })
  }
  test('an endpoint twice is a usage Fault', () => { assert.throws(() => expandEndpoints(['http://n{1...2}', 'http://n2']), (error) => isFault(error, 'usage') && error.message.includes('http://n2')) })
})

const resolveName = async (name: string): Promise<{ address: string }[]> => {
  if (name === 'gone') throw new Error('ENOTFOUND')
  return name === 'one' ? [{ address: '10.0.0.1' }] : [{ address: '10.0.0.1' }, { address: 'fd00::2' }, { address: '10.0.0.1' }]
}

describe('withAllAddresses', () => {
  for (const [urls, expected] of [
    [[], []],
    [['http://10.1.1.1:9', 'http://[::1]'], [{ url: 'http://10.1.1.1:9' }, { url: 'http://[::1]' }]],
    [['one:9000', 'https://two'], [{ url: 'one:9000', ip: '10.0.0.1' }, { url: 'https://two', ip: '10.0.0.1' }, { url: 'https://two', ip: 'fd00::2' }]],
  ] as const) test(JSON.stringify(urls), async () => { assert.deepEqual(await withAllAddresses(urls, resolveName), expected) })
  test('a name without an address', async () => { await assert.rejects(withAllAddresses(['http://gone'], resolveName), (error) => isFault(error, 'storage') && error.info.reason === 'unreachable') })
})

test('an address is connected to by its number and spoken to by its name', () => {
  const spec = { bucket: 'b', region: 'r', endpoint: 'https://s3.lab:9000', endpoints: { all: [{ url: 'https://s3.lab:9000', ip: '10.0.0.1' }, { url: 'https://s3.lab:9000', ip: 'fd00::2' }, { url: 'https://other' }], board: createEndpointBoard(3) } } as const
  assert.deepEqual(addressesOf({ ...spec, addressing: 'path' }), [
    { origin: 'https://10.0.0.1:9000', host: 's3.lab:9000', basePath: '/b', serverName: 's3.lab' }, { origin: 'https://[fd00::2]:9000', host: 's3.lab:9000', basePath: '/b', serverName: 's3.lab' }, { origin: 'https://other', host: 'other', basePath: '/b' },
  ])
  assert.equal(addressesOf({ ...spec, addressing: 'virtual' })[0]!.serverName, 'b.s3.lab')
  assert.deepEqual(spec.endpoints.all.map(endpointName), ['https://s3.lab:9000 at 10.0.0.1', 'https://s3.lab:9000 at fd00::2', 'https://other'])
})

const names = ['http://a', 'http://b', 'http://c']
const fault = (reason: StorageReason, status?: number): Fault<'storage'> => storageFault(reason, 'no', { operation: 'read', ...(status === undefined ? {} : { status }) })

class Scene {
  milliseconds = 1_000_000
  readonly board: EndpointBoard = createEndpointBoard(3)
  readonly endpoints: Endpoints = new Endpoints(names.map((origin): Address => ({ origin, host: '', basePath: '' })), this.board, { wallMilliseconds: () => this.milliseconds })
  /** Where requests went, all successful, one after another. */
  async asked(count: number): Promise<Record<string, number>> {
    const found: Record<string, number> = {}
    for (let i = 0; i < count; i++) await this.endpoints.send(async ({ origin }) => { found[origin] = (found[origin] ?? 0) + 1 }, () => 10)
    return found
  }
  /** Fails the request that goes to `origin`, and answers those before it. */
  async fail(origin: string, error: unknown): Promise<unknown> {
    for (;;) {
      try {
        await this.endpoints.send(async (address) => { if (address.origin === origin) throw error }, () => 0)
      } catch (thrown) {
        return thrown
      }
    }
  }
}

describe('Endpoints', () => {
  test('in turn, while all have the same to do', async () => {
    assert.deepEqual(await new Scene().asked(30), { 'http://a': 10, 'http://b': 10, 'http://c': 10 })
  })
  test('a slow one gets less', async () => {
    const scene = new Scene()
    const counts = new Map<string, number>()
    let slow: (() => void)[] = []
    await Promise.all(Array.from({ length: 12 }, async () => {
      for (let i = 0; i < 20; i++) {
        await scene.endpoints.send(({ origin }) => {
          counts.set(origin, (counts.get(origin) ?? 0) + 1)
          if (origin !== 'http://a') return new Promise<void>((resolve) => { setImmediate(resolve) })
          return new Promise<void>((resolve) => { if (slow.push(resolve) === 1) setTimeout(() => { for (const end of slow) end(); slow = [] }, 5) })
        }, () => 0)
      }
    }))
    assert.ok(counts.get('http://a')! < counts.get('http://b')! / 2, JSON.stringify([...counts]))
    assert.deepEqual([...scene.board.outstanding], [0, 0, 0])
  })
  test('one that is not reached is left out, and the request goes to another', async () => {
    const scene = new Scene()
    const seen: string[] = []
    for (let i = 0; i < 6; i++) await scene.endpoints.send(async ({ origin }) => { seen.push(origin); if (origin === 'http://a') throw fault('unreachable') }, () => 1)
    assert.equal(seen.filter((origin) => origin === 'http://a').length, 1)
    assert.equal(seen.length, 7)
    assert.deepEqual(endpointFigures(scene.board, names).map(({ requests, errors }) => `${requests} ${errors}`), ['1 1', '3 0', '3 0'])
  })
  for (const reason of ['timeout', 'truncated', 'server', 'throttled'] as const) {
    test(`after '${reason}' the retry, which is the caller's, goes elsewhere`, async () => {
      const scene = new Scene()
      assert.ok(isFault(await scene.fail('http://b', fault(reason)), 'storage'))
      assert.deepEqual(await scene.asked(10), { 'http://a': 5, 'http://c': 5 })
    })
  }
  test('it is tried again after 1 s, then 2 s, by a single request, and comes back', async () => {
    const scene = new Scene()
    await scene.fail('http://b', fault('timeout'))
    scene.milliseconds += 999
    assert.equal((await scene.asked(6))['http://b'], undefined)
    scene.milliseconds += 2
    // On trial: two at the same time do not both go there.
    const held: string[] = []
    const gate = new EventEmitter()
    const trial = Promise.allSettled(Array.from({ length: 9 }, () => scene.endpoints.send(async ({ origin }) => { held.push(origin); await once(gate, 'open'); if (origin === 'http://b') throw fault('timeout') }, () => 0)))
    assert.equal(held.filter((origin) => origin === 'http://b').length, 1)
    gate.emit('open')
    await trial
    scene.milliseconds += 1001
    assert.equal((await scene.asked(6))['http://b'], undefined)
    scene.milliseconds += 1000
    assert.equal((await scene.asked(9))['http://b'], 3)
  })
  test('an answer that does not suit, and a stop, are not the endpoint’s fault', async () => {
    for (const error of [fault('no-key', 404), fault('denied', 403), fault('truncated', 416), abortedFault(), new Error('bug')]) {
      const scene = new Scene()
      await scene.fail('http://b', error)
      assert.equal((await scene.asked(9))['http://b'], 3)
      assert.equal(endpointFigures(scene.board, names)[1]!.errors, 0)
    }
  })
  test('when all rest, the one that has rested the longest is asked', async () => {
    const scene = new Scene()
    for (const origin of ['http://c', 'http://a', 'http://b']) {
      await scene.fail(origin, fault('timeout'))
      scene.milliseconds += 10
    }
    assert.deepEqual(await scene.asked(1), { 'http://c': 1 })
  })
  test('none reached: the Fault of the last, each asked once', async () => {
    const scene = new Scene()
    let asked = 0
    await assert.rejects(scene.endpoints.send(async () => { asked++; throw fault('unreachable') }, () => 0), (error) => isFault(error, 'storage'))
    assert.equal(asked, 3)
  })
})

const okay = (length: number): string => `HTTP/1.1 206 OK\r\ncontent-length: ${length}\r\ncontent-range: bytes 0-${length - 1}/${length}\r\netag: "e"\r\n\r\n${'x'.repeat(length)}`
const refused = 'HTTP/1.1 503 Slow\r\ncontent-length: 0\r\n\r\n'

async function start(context: TestContext, respond: Parameters<typeof startRawServer>[0]): Promise<RawServer> {
  const server = await startRawServer(respond)
  context.after(() => server.close())
  return server
}
const read = (store: ObjectStore): Promise<unknown> => store.read('k', { offset: 0, length: 5 }, new Uint8Array(5))
const specOf = (servers: readonly { endpoint: string }[], transport: S3Spec['transport'], more: Partial<S3Spec> = {}): S3Spec => {
  const all = servers.map(({ endpoint }) => ({ url: endpoint }))
  return {
    kind: 's3', transport, bucket: 'b', region: 'r', addressing: 'path', endpoint: all[0]!.url, endpoints: { all, board: createEndpointBoard(all.length) },
    maxAttempts: 1, partSize: 5 << 20, timeouts: { connect: 2000, firstByte: 2000, idle: 2000 }, ...more,
  }
}

describe('a store with several endpoints', () => {
  for (const transport of ['direct', 'undici', 'sdk'] as const) {
    test(`${transport}: requests are spread, told with the right host, and counted`, async (context) => {
      const servers = [await start(context, ({ socket }) => socket.write(okay(5))), await start(context, ({ socket }) => socket.write(okay(5)))]
      const spec = specOf(servers, transport)
      const store = await openStore(spec)
      for (let i = 0; i < 8; i++) await read(store)
      await store.close()
      for (const { requests, endpoint } of servers) {
        assert.equal(requests.length, 4)
        assert.ok(requests.every(({ head }) => head.toLowerCase().includes(`host: ${new URL(endpoint).host}`)))
      }
      assert.deepEqual(figuresOf(spec.endpoints!), servers.map(({ endpoint }) => ({ endpoint, requests: 4, bytes: 20, errors: 0 })))
    })
    test(`${transport}: a dead one costs no request, even without retries`, async (context) => {
      const dead = await startRawServer(() => {})
      await dead.close()
      const alive = await start(context, ({ socket }) => socket.write(okay(5)))
      const spec = specOf([dead, alive], transport)
      const store = await openStore(spec)
      for (let i = 0; i < 6; i++) await read(store)
      await store.write('w', new Uint8Array(5)).catch(() => {})
      await store.close()
      const [gone, there] = figuresOf(spec.endpoints!)
      assert.deepEqual([gone!.errors, gone!.bytes, there!.errors], [1, 0, 0])
      assert.equal(there!.requests, 7)
    })
    test(`${transport}: a retry goes to another one, whose name is in its Fault`, async (context) => {
      const busy = await start(context, ({ socket }) => socket.write(refused))
      const fine = await start(context, ({ socket }) => socket.write(okay(5)))
      const store = await openStore(specOf([busy, fine], transport, { maxAttempts: 2 }))
      for (let i = 0; i < 4; i++) await read(store)
      await store.close()
      // How often it is tried again is a matter of time; never twice for one read.
      assert.ok(busy.requests.length >= 1 && busy.requests.length <= 4, `${busy.requests.length}`)
      assert.equal(fine.requests.length, 4)
      const alone = await openStore(specOf([busy, busy], transport))
      await assert.rejects(read(alone), (error) => isFault(error, 'storage') && error.info.endpoint === busy.endpoint)
      await alone.close()
    })
    test(`${transport}: an endpoint that dies under load is left out; nothing fails`, async (context) => {
      const dying = await startRawServer(({ socket }) => { socket.write(okay(5)) })
      const alive = await start(context, ({ socket }) => socket.write(okay(5)))
      const spec = specOf([dying, alive], transport, { maxAttempts: 3 })
      const store = await openStore(spec)
      const lanes = Array.from({ length: 4 }, async () => { for (let i = 0; i < 100; i++) { await read(store); await wait(1) } })
      await wait(40)
      await dying.close()
      await Promise.all(lanes)
      await store.close()
      const [gone, there] = figuresOf(spec.endpoints!)
      assert.equal(gone!.requests - gone!.errors + there!.requests, 400)
      assert.ok(gone!.errors >= 1 && gone!.errors <= 8, `${gone!.errors}`)
    })
    test(`${transport}: a dead one is tried again, and has its share when it is back`, async (context) => {
      const dead = await startRawServer(() => {})
      await dead.close()
      const alive = await start(context, ({ socket }) => socket.write(okay(5)))
      const spec = specOf([dead, alive], transport)
      const store = await openStore(spec)
      for (let i = 0; i < 4; i++) await read(store)
      const back = await startRawServer(({ socket }) => { socket.write(okay(5)) }, undefined, undefined, { port: Number(new URL(dead.endpoint).port) })
      context.after(() => back.close())
      // Its rest is a second long.
      const limit = performance.now() + 10_000
      while (back.requests.length < 3 && performance.now() < limit) { await read(store); await wait(20) }
      await store.close()
      const [gone] = figuresOf(spec.endpoints!)
      assert.ok(back.requests.length >= 3 && gone!.errors === 1, `${back.requests.length} requests, ${gone!.errors} errors`)
    })
    test(`${transport}: an upload in parts is spread over all, and is whole`, async (context) => {
      const server = await startServer({ host: '0.0.0.0', buckets: ['bucket'] })
      context.after(() => server.close())
      const port = new URL(server.endpoint).port
      const spec = specOf([1, 2, 3].map((n) => ({ endpoint: `http://127.0.0.${n}:${port}` })), transport, { bucket: 'bucket', credentials: server.credentials, region: server.region })
      const store = await openStore(spec)
      const content = bytesOf(21 << 20)
      await store.write('big', content)
      assert.ok(Buffer.from(await readAll(store, 'big', content.length)).equals(content))
      await store.delete(['big'])
      await store.close()
      const figures = figuresOf(spec.endpoints!)
      assert.ok(figures.every(({ requests, errors }) => requests >= 2 && errors === 0), JSON.stringify(figures))
      // Five parts, and a read of all of it.
      assert.equal(figures.reduce((sum, { bytes }) => sum + bytes, 0), 2 * content.length)
    })
  }
  for (const transport of ['direct', 'undici', 'sdk'] as const) test(`${transport}: by a number, under its name`, async (context) => {
    const server = await start(context, ({ socket }) => socket.write(okay(5)))
    const port = new URL(server.endpoint).port
    const store = await openStore({ ...specOf([server], transport), endpoint: `http://[::1]:${port}`, endpoints: { all: [{ url: `http://nowhere.invalid:${port}`, ip: '127.0.0.1' }], board: createEndpointBoard(1) } })
    await read(store)
    await store.close()
    assert.match(server.requests[0]!.head, new RegExp(`host: nowhere.invalid:${port}`, 'i'))
  })
})
