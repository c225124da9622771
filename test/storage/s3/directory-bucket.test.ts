// Directory buckets: what every store must do, their sessions, and what they are refused with.

import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { startServer, type RunningServer } from '../../../src/server/server.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { isDirectoryBucket } from '../../../src/storage/s3/directory-bucket.ts'
import { ExpressSession, type SessionKeys } from '../../../src/storage/s3/express-session.ts'
import { isFault } from '../../../src/util/fault.ts'
import { MiB } from '../../../src/util/units.ts'
import { bytesOf, conformsToObjectStore, listAll, rejectsWith, type StoreUnderTest } from '../conformance.ts'
import { specFor, storeOn } from '../s3-under-test.ts'
import { errorXml, partial, startRawServer, text } from './raw-server.ts'

const bucket = 'data--use1-az4--x-s3'

function specOf(server: RunningServer, transport: S3Spec['transport'], host = 'localhost'): S3Spec {
  return specFor({ ...server, endpoint: server.endpoint.replace('127.0.0.1', host) }, { transport, bucket })
}

async function underTest(transport: S3Spec['transport'], host: string): Promise<StoreUnderTest> {
  const server = await startServer({ buckets: [bucket] })
  return await storeOn(server, specOf(server, transport, host), 'absent--use1-az4--x-s3')
}

for (const [style, transport, host] of [
  ['in the host name', 'direct', 'localhost'], ['in the host name', 'undici', 'localhost'], ['in the host name', 'sdk', 'localhost'],
  ['in the path, where the host is a number', 'direct', '127.0.0.1'],
] as const) conformsToObjectStore(`a directory bucket ${style}, ${transport}`, () => underTest(transport, host), { partSize: 5 * MiB })

describe('isDirectoryBucket', () => {
  for (const [name, expected] of [
    ['', false], ['data', false], ['data--x-s3', false], ['--use1-az4--x-s3', false], ['data--use1-az4--x-s3', true], ['my-data--usw2-lax1-az1--x-s3', true], ['data--use1-az4--x-s3x', false], ['a.b--use1-az4--x-s3', false],
  ] as const) test(`${name} is ${expected ? 'one' : 'none'}`, () => { assert.equal(isDirectoryBucket(name), expected) })
})

async function start(context: TestContext): Promise<RunningServer> {
  const server = await startServer({ buckets: [bucket] })
  context.after(() => server.close())
  return server
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`sessions, ${transport}`, () => {
    test('one goes for all requests, however many begin at once', async (context) => {
      const server = await start(context)
      const store = await openStore(specOf(server, transport))
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.write(`k${i}`, bytesOf(100))))
      assert.equal((await listAll(store, '')).objects.length, 20)
      await store.close()
      const { requests } = await server.stats()
      assert.deepEqual([requests['CreateSession'], requests['PutObject'], requests['Refused']], [1, 20, undefined])
    })
    test('keys that may not begin one are refused as such', async (context) => {
      const server = await start(context)
      const store = await openStore({ ...specOf(server, transport), credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } })
      await assert.rejects(store.head('k'), (error) => isFault(error, 'credentials'))
      await store.close()
    })
    test('a store that knows no sessions is told as one', async () => {
      const raw = await startRawServer(({ socket }) => { socket.end(text('200 OK', '<ListBucketResult><Name>x</Name></ListBucketResult>', 'content-type: application/xml\r\n')) })
      const store = await openStore(raw.spec({ transport, bucket, addressing: 'virtual', endpoint: raw.endpoint.replace('127.0.0.1', 'localhost') }))
      await assert.rejects(store.head('k'))
      await store.close()
      await raw.close()
      assert.match(raw.requests[0]!.head, /^GET \/\?session=/)
    })
    test('a bucket that is not there cannot be made here', async (context) => {
      const server = await start(context)
      const store = await openStore({ ...specOf(server, transport), bucket: 'absent--use1-az4--x-s3' })
      await rejectsWith(store.createContainer(), 'no-bucket')
      await store.close()
    })
  })
}

describe('sessions, on the wire', () => {
  const session = '<CreateSessionResult><Credentials><SessionToken>session-token</SessionToken><SecretAccessKey>s</SecretAccessKey><AccessKeyId>ASIASESSION</AccessKeyId><Expiration>2030-01-01T00:05:00Z</Expiration></Credentials></CreateSessionResult>'
  test('the session is asked for with the user’s keys and token, objects with the session’s, all for s3express', async () => {
    const raw = await startRawServer(({ head, socket }) => {
      if (head.includes('?session= ')) socket.write(text('200 OK', session, 'date: Tue, 01 Jan 2030 00:00:00 GMT\r\n'))
      else socket.write(`${partial(0, 5)}12345`)
    })
    const store = await openStore(raw.spec({ bucket, addressing: 'path', credentials: { accessKeyId: 'AKMINE', secretAccessKey: 'x', sessionToken: 'my-token' } }))
    await Promise.all([1, 2].map(() => store.read('k', { offset: 0, length: 5 }, new Uint8Array(5))))
    await store.close()
    await raw.close()
    const heads = raw.requests.map(({ head }) => head)
    assert.match(heads[0]!, /^GET \/data--use1-az4--x-s3\?session= HTTP/)
    assert.match(heads[0]!, /Credential=AKMINE\/\d{8}\/us-east-1\/s3express\/aws4_request/)
    assert.match(heads[0]!, /^x-amz-security-token: my-token$/m)
    assert.doesNotMatch(heads[0]!, /s3session-token/)
    assert.equal(heads.length, 3)
    for (const head of heads.slice(1)) {
      assert.match(head, /^GET \/data--use1-az4--x-s3\/k HTTP/)
      assert.match(head, /Credential=ASIASESSION\/\d{8}\/us-east-1\/s3express\/aws4_request, SignedHeaders=[^,]*;x-amz-s3session-token,/)
      assert.match(head, /^x-amz-s3session-token: session-token$/m)
      assert.doesNotMatch(head, /x-amz-security-token/)
    }
  })
  test('a refusal says what is missing', async () => {
    const raw = await startRawServer(({ socket }) => { socket.end(text('403 Forbidden', errorXml('AccessDenied'))) })
    const store = await openStore(raw.spec({ bucket }))
    await assert.rejects(store.head('k'), (error) => isFault(error, 'storage') && error.info.reason === 'denied' && /^cannot begin a session with data--use1-az4--x-s3: .* answered 403/.test(error.message) && /s3express:CreateSession/.test(error.hint ?? ''))
    await store.close()
    await raw.close()
  })
  test('a stop does not wait for a session that does not come', async () => {
    const raw = await startRawServer(() => {})
    const store = await openStore(raw.spec({ bucket }))
    const controller = new AbortController()
    setTimeout(() => { controller.abort() }, 20)
    await rejectsWith(store.read('k', { offset: 0, length: 5 }, new Uint8Array(5), { signal: controller.signal }), 'aborted')
    await store.close()
    await raw.close()
  })
  test('the AWS SDK reaches them by names only, which is said', async () => {
    await assert.rejects(openStore(specFor({ endpoint: 'http://127.0.0.1:9', region: 'r', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }, { transport: 'sdk', bucket })), (error) => isFault(error, 'usage') && /host names/.test(error.message))
  })
})

describe('ExpressSession', () => {
  const minute = 60_000
  class Scene {
    now = 0
    asked = 0
    readonly waiting: ((keys: SessionKeys | Error) => void)[] = []
    readonly session: ExpressSession = new ExpressSession('r', () => {
      this.asked++
      return new Promise((resolve, reject) => { this.waiting.push((keys) => { if (keys instanceof Error) reject(keys); else resolve(keys) }) })
    }, () => this.now)
    async answer(keys: SessionKeys | Error = keysOf(this.asked)): Promise<void> {
      this.waiting.shift()!(keys)
      await new Promise(setImmediate)
    }
    get token(): string | undefined { return this.session.keys?.token?.[1] }
  }
  const keysOf = (n: number, lifetime = 5 * minute): SessionKeys => ({ credentials: { accessKeyId: `A${n}`, secretAccessKey: 's', sessionToken: `token ${n}` }, lifetime })

  test('is begun once by all who wait, and then waited for by nobody', async () => {
    const scene = new Scene()
    const waits = [scene.session.ready(), scene.session.ready()]
    assert.equal(scene.asked, 1)
    assert.ok(waits.every((wait) => wait !== undefined))
    await scene.answer()
    await Promise.all(waits)
    assert.equal(scene.session.ready(), undefined)
    assert.deepEqual(scene.session.keys?.token, ['x-amz-s3session-token', 'token 1'])
  })
  test('is renewed in its last minute, while the one before is used', async () => {
    const scene = new Scene()
    void scene.session.ready()
    await scene.answer()
    scene.now = 4 * minute - 1
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.asked, 1)
    scene.now = 4 * minute
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.session.ready(), undefined)
    assert.deepEqual([scene.asked, scene.token], [2, 'token 1'])
    await scene.answer()
    assert.equal(scene.token, 'token 2')
    scene.now = 7 * minute
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.asked, 2)
  })
  test('a renewal that fails is made again, and is nobody’s failure until the end', async () => {
    const scene = new Scene()
    void scene.session.ready()
    await scene.answer()
    scene.now = 4 * minute
    assert.equal(scene.session.ready(), undefined)
    await scene.answer(new Error('busy'))
    scene.now += 1999
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.asked, 2)
    scene.now += 1
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.asked, 3)
    await scene.answer(new Error('busy'))
    scene.now = 5 * minute - 10_000
    const wait = scene.session.ready()
    assert.ok(wait)
    await scene.answer(new Error('still busy'))
    await assert.rejects(wait, /still busy/)
    const again = scene.session.ready()
    assert.ok(again)
    await scene.answer()
    await again
    assert.equal(scene.token, 'token 5')
  })
  test('one of seconds is renewed within them', async () => {
    const scene = new Scene()
    void scene.session.ready()
    await scene.answer(keysOf(1, 1000))
    scene.now = 799
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.asked, 1)
    scene.now = 800
    assert.equal(scene.session.ready(), undefined)
    assert.equal(scene.asked, 2)
    scene.now = 900
    assert.ok(scene.session.ready())
    await scene.answer()
  })
})
