// The server with TLS: the AWS SDK through it, how it ends, its faults, and files that do not fit.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import net, { type Socket } from 'node:net'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import tls, { type TLSSocket } from 'node:tls'
import { CreateMultipartUploadCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { startServerThread } from '../../src/server/thread.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { runServer, sdkClient, temporaryFolder } from './running-server.ts'

const Bucket = 'data'
const loopback = { certFile: fixture('tls', 'loopback.cert.pem'), keyFile: fixture('tls', 'loopback.key.pem') }
const localhost = { certFile: fixture('tls', 'localhost.cert.pem'), keyFile: fixture('tls', 'localhost.key.pem') }
const authority = readFileSync(fixture('tls', 'server-ca.cert.pem'))

function secureClient(t: TestContext, server: RunningServer, ca: Buffer = authority): S3Client {
  const httpsAgent = new Agent({ ca, keepAlive: true })
  t.after(() => { httpsAgent.destroy() })
  return sdkClient(t, server, { requestHandler: { httpsAgent } })
}

async function shaken({ endpoint }: RunningServer, more: tls.ConnectionOptions = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(endpoint)
  const socket = tls.connect({ host: hostname, port: Number(port), ca: authority, ...more })
  await once(socket, 'secureConnect')
  return socket
}

async function ended(socket: Socket): Promise<void> {
  socket.on('error', () => {})
  socket.resume()
  if (!socket.destroyed) await once(socket, 'close')
}

test('objects go in and out over TLS, by the address that the certificate is for', async (t) => {
  const server = await runServer(t, { tls: loopback })
  assert.match(server.endpoint, /^https:\/\/127\.0\.0\.1:\d+$/)
  const client = secureClient(t, server)
  const Body = Buffer.alloc(3_000_001, 'ab')
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body }))
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  assert.ok(Buffer.from(await got.Body!.transformToByteArray()).equals(Body))
})

const names: readonly (readonly [host: string, tlsFiles: typeof loopback, hostname: string])[] = [
  ['127.0.0.1', loopback, '127.0.0.1'], ['0.0.0.0', loopback, '127.0.0.1'], ['127.0.0.1', localhost, 'localhost'],
]
for (const [host, files, hostname] of names) {
  test(`on ${host} with a certificate for ${files === loopback ? 'names and numbers' : 'localhost'} it is called ${hostname}`, async (t) => {
    assert.equal(new URL((await runServer(t, { host, tls: files })).endpoint).hostname, hostname)
  })
}

test('a bucket may be in the host name, below one of the certificate', async (t) => {
  const server = await runServer(t, { tls: localhost })
  const client = sdkClient(t, server, { forcePathStyle: false, requestHandler: { httpsAgent: new Agent({ ca: readFileSync(localhost.certFile), servername: 'localhost', lookup: (_, options, done) => { if (options.all) (done as (error: null, found: object[]) => void)(null, [{ address: '127.0.0.1', family: 4 }]); else done(null, '127.0.0.1', 4) } }) } })
  await client.send(new HeadBucketCommand({ Bucket }))
})

test('a thread of its own speaks TLS too', async (t) => {
  const server = await startServerThread({ buckets: [Bucket], tls: loopback })
  t.after(() => server.close())
  await secureClient(t, server).send(new HeadBucketCommand({ Bucket }))
})

test('a session is resumed', async (t) => {
  const server = await runServer(t, { tls: loopback })
  const first = await shaken(server, { maxVersion: 'TLSv1.2' })
  const session = first.getSession()!
  first.destroy()
  const second = await shaken(server, { maxVersion: 'TLSv1.2', session })
  assert.equal(second.isSessionReused(), true)
  second.destroy()
})

test('it ends at once with connections that are idle, and with one in its handshake', async (t) => {
  const server = await runServer(t, { tls: loopback })
  const client = secureClient(t, server)
  await client.send(new HeadBucketCommand({ Bucket }))
  const idle = await shaken(server)
  const { hostname, port } = new URL(server.endpoint)
  const silent = net.connect(Number(port), hostname)
  await once(silent, 'connect')
  const gone = Promise.all([ended(idle), ended(silent)])
  const begin = performance.now()
  await server.close()
  await gone
  assert.ok(performance.now() - begin < 1500, 'it waited for its grace')
})

test('it finishes what it is answering', async (t) => {
  const server = await runServer(t, { tls: loopback, faults: 'latency=200ms:get' })
  const client = secureClient(t, server)
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v' }))
  const got = client.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  while (((await server.stats()).requests['GetObject'] ?? 0) === 0) await new Promise((resolve) => { setImmediate(resolve) })
  const [{ Body }] = await Promise.all([got, server.close()])
  assert.equal(await Body!.transformToString(), 'v')
})

test('who speaks plain HTTP is not answered, and the next one is', async (t) => {
  const server = await runServer(t, { tls: loopback })
  const { hostname, port } = new URL(server.endpoint)
  const plain = net.connect(Number(port), hostname)
  let answer = ''
  plain.setEncoding('latin1').on('data', (text: string) => { answer += text })
  plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await ended(plain)
  assert.doesNotMatch(answer, /HTTP/)
  await secureClient(t, server).send(new HeadBucketCommand({ Bucket }))
})

for (const faults of ['reset:get@1', 'lost-answer:get@1', 'short-body@1', 'reset-body@1', 'idle-close:get@1']) {
  test(`${faults} ends the connection under TLS too`, async (t) => {
    const client = secureClient(t, await runServer(t, { tls: loopback, faults }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(100_000) }))
    await assert.rejects(async () => { await (await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))).Body!.transformToByteArray() })
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).ContentLength, 100_000)
  })
}

test('slow-accept makes the handshake late', async (t) => {
  const server = await runServer(t, { tls: loopback, faults: 'slow-accept=150ms' })
  const begin = performance.now()
  const socket = await shaken(server)
  assert.ok(performance.now() - begin >= 140)
  socket.destroy()
})

test('a redirect stays with TLS', async (t) => {
  const server = await runServer(t, { tls: loopback, faults: 'redirect-loop@1' })
  const error: { $response?: { headers: Record<string, string> } } = await secureClient(t, server).send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' })).then(() => ({}), (refusal: object) => refusal)
  assert.match(error.$response?.headers['location'] ?? '', /^https:/)
})

test('files that do not fit are told by their names', async (t) => {
  const folder = await temporaryFolder(t)
  const locked = path.join(folder, 'locked.pem'), empty = path.join(folder, 'empty.pem')
  await writeFile(locked, generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey)
  await writeFile(empty, '')
  const rows: readonly (readonly [certFile: string, keyFile: string, message: RegExp])[] = [
    ['/nowhere/cert.pem', loopback.keyFile, /The file \/nowhere\/cert\.pem cannot be read: ENOENT/],
    [loopback.certFile, '/nowhere/key.pem', /The file \/nowhere\/key\.pem cannot be read/],
    [empty, loopback.keyFile, /empty\.pem holds no certificate/],
    [loopback.keyFile, loopback.certFile, /loopback\.key\.pem holds no certificate/],
    [loopback.certFile, empty, /empty\.pem holds no private key/],
    [loopback.certFile, loopback.certFile, /loopback\.cert\.pem holds no private key/],
    [loopback.certFile, locked, /locked\.pem holds a private key that is protected by a passphrase/],
    [loopback.certFile, localhost.keyFile, /The key in .*localhost\.key\.pem is not that of the certificate in .*loopback\.cert\.pem/],
  ]
  for (const [certFile, keyFile, message] of rows) {
    await assert.rejects(startServer({ tls: { certFile, keyFile } }), (error) => isFault(error, 'usage') && message.test(error.message) && error.hint !== undefined, String(message))
  }
})
