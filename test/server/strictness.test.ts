// What no good client sends, as bytes on a socket.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import net from 'node:net'
import test from 'node:test'
import type { RunningServer } from '../../src/server/server.ts'
import { exchange, parseResponse, request, requestBytes, signedHeaders, type RawResponse, type SignOptions } from './raw-client.ts'
import { runServer } from './running-server.ts'

const minutes = (n: number): Date => new Date(Date.now() + n * 60_000)
const md5 = (text: string): string => createHash('md5').update(text).digest('base64')
const host = { host: 'localhost' }

test('a signed request is answered, with everything an error or a success needs', async (t) => {
  const server = await runServer(t)
  const put = await request(server, { method: 'PUT', target: '/data/k', body: 'abc' })
  assert.deepEqual([put.status, put.headers.get('etag')], [200, '"900150983cd24fb0d6963f7d28e17f72"'])
  assert.match(put.headers.get('x-amz-request-id') ?? '', /^[0-9A-F]{18}$/)
  const got = await request(server, { target: '/data/k' })
  assert.deepEqual([got.status, got.body.toString(), got.headers.get('content-type'), got.headers.get('accept-ranges')], [200, 'abc', 'binary/octet-stream', 'bytes'])
  const missing = await request(server, { target: '/data/%3Cnone%3E' })
  const id = missing.headers.get('x-amz-request-id')!
  assert.deepEqual([missing.status, missing.headers.get('content-type')], [404, 'application/xml'])
  for (const part of ['<Code>NoSuchKey</Code>', '<Message>The specified key does not exist.</Message>', '<Key>&lt;none&gt;</Key>', '<Resource>/data/%3Cnone%3E</Resource>', `<RequestId>${id}</RequestId>`]) {
    assert.ok(missing.body.toString().includes(part), `${part} in ${missing.body.toString()}`)
  }
})

const refused: [name: string, options: SignOptions, status: number, code: string][] = [
  ['another secret', { target: '/data', secret: 'wrong' }, 403, 'SignatureDoesNotMatch'],
  ['a clock 16 minutes behind', { target: '/data', date: minutes(-16) }, 403, 'RequestTimeTooSkewed'],
  ['a clock 16 minutes ahead', { target: '/data', date: minutes(16) }, 403, 'RequestTimeTooSkewed'],
  ['another region', { target: '/data', region: 'eu-west-1' }, 400, 'AuthorizationHeaderMalformed'],
  ['an x-amz header that is not signed', { target: '/data', unsigned: { 'x-amz-acl': 'private' } }, 403, 'AccessDenied'],
  ['a hash of another body', { method: 'PUT', target: '/data/k', body: 'abc', payloadHash: createHash('sha256').update('abd').digest('hex') }, 400, 'XAmzContentSHA256Mismatch'],
  ['a hash that is none', { method: 'PUT', target: '/data/k', body: 'abc', payloadHash: 'abc' }, 400, 'InvalidArgument'],
  ['another MD5', { method: 'PUT', target: '/data/k', body: 'abc', headers: { 'content-md5': md5('abd') } }, 400, 'BadDigest'],
  ['an MD5 that is none', { method: 'PUT', target: '/data/k', body: 'abc', headers: { 'content-md5': 'abc' } }, 400, 'InvalidDigest'],
  ['another CRC-32', { method: 'PUT', target: '/data/k', body: 'abc', headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }, 400, 'BadDigest'],
  ['a CRC-32 that is none', { method: 'PUT', target: '/data/k', body: 'abc', headers: { 'x-amz-checksum-crc32': 'AAAA' } }, 400, 'InvalidRequest'],
  ['two checksums', { method: 'PUT', target: '/data/k', body: 'abc', headers: { 'x-amz-checksum-crc32': 'NSRBwg==', 'x-amz-checksum-crc32c': 'NkpNYQ==' } }, 400, 'InvalidRequest'],
  ['a checksum that was promised only', { method: 'PUT', target: '/data/k', body: 'abc', headers: { 'x-amz-sdk-checksum-algorithm': 'CRC32' } }, 400, 'InvalidRequest'],
  ['no length', { method: 'PUT', target: '/data/k' }, 411, 'MissingContentLength'],
  ['HTTP chunks instead of a length', { method: 'PUT', target: '/data/k', headers: { 'transfer-encoding': 'chunked' }, body: '0\r\n\r\n', payloadHash: 'UNSIGNED-PAYLOAD' }, 501, 'NotImplemented'],
  ['more than 5 GiB', { method: 'PUT', target: '/data/k', headers: { 'content-length': '5368709121' } }, 400, 'EntityTooLarge'],
  ['a body where none belongs', { target: '/data/k', body: 'abc' }, 400, 'InvalidRequest'],
  ['the hash of a body that is not there', { target: '/data/k', payloadHash: createHash('sha256').update('abc').digest('hex') }, 400, 'XAmzContentSHA256Mismatch'],
  ['a version that cannot be', { target: '/data/k?versionId=1' }, 400, 'InvalidArgument'],
  ['an unknown parameter', { target: '/data/k?torrent=1' }, 501, 'NotImplemented'],
  ['an unknown sub-resource', { target: '/data?acl' }, 501, 'NotImplemented'],
  ['an unknown header', { method: 'PUT', target: '/data/k', body: 'a', headers: { 'x-amz-tagging': 'a=b' } }, 501, 'NotImplemented'],
  ['an unknown method', { method: 'PATCH', target: '/data/k' }, 405, 'MethodNotAllowed'],
  ['a POST without a purpose', { method: 'POST', target: '/data/k' }, 501, 'NotImplemented'],
  ['If-Range', { target: '/data/there', headers: { 'if-range': '"x"' } }, 501, 'NotImplemented'],
  ['several ranges', { target: '/data/there', headers: { range: 'bytes=0-0,2-2' } }, 416, 'InvalidRange'],
  ['a range without a dash', { target: '/data/there', headers: { range: 'bytes=1' } }, 400, 'InvalidArgument'],
  ['a range behind the end', { target: '/data/there', headers: { range: 'bytes=3-' } }, 416, 'InvalidRange'],
  ['a header\'s value with a line end', { target: '/data/there?response-content-type=a%0D%0Ab' }, 400, 'InvalidArgument'],
  ['a list type of its own', { target: '/data?list-type=3' }, 400, 'InvalidArgument'],
  ['an encoding of its own', { target: '/data?list-type=2&encoding-type=hex' }, 400, 'InvalidArgument'],
  ['max-keys that is no number', { target: '/data?max-keys=1e3' }, 400, 'InvalidArgument'],
  ['a deletion of many without a checksum', { method: 'POST', target: '/data?delete', body: '<Delete><Object><Key>k</Key></Object></Delete>' }, 400, 'InvalidRequest'],
  ['a deletion of many that is no XML', { method: 'POST', target: '/data?delete', body: '<Delete', headers: { 'content-md5': md5('<Delete') } }, 400, 'MalformedXML'],
  ['a bucket name with capitals', { method: 'PUT', target: '/DATA' }, 400, 'InvalidBucketName'],
]
for (const [name, options, status, code] of refused) {
  test(`refuses ${name}`, async (t) => {
    const server = await runServer(t)
    await request(server, { method: 'PUT', target: '/data/there', body: 'abc' })
    const response = await request(server, options)
    assert.deepEqual([response.status, response.code], [status, code], response.text)
    assert.equal((await server.stats()).objects, 1, 'nothing was stored')
  })
}

type Change = (headers: Record<string, string>) => Record<string, string>
const without = (name: string): Change => (headers) => Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name))
const withAuthorization = (change: (text: string) => string): Change => (headers) => ({ ...headers, authorization: change(headers['authorization']!) })

const changed: [name: string, change: Change, status: number, code: string][] = [
  ['no signature', without('authorization'), 403, 'AccessDenied'],
  ['no date', without('x-amz-date'), 403, 'AccessDenied'],
  ['no hash of the body', without('x-amz-content-sha256'), 400, 'InvalidRequest'],
  ['another host than was signed', (headers) => ({ ...headers, host: 'localhost:1' }), 403, 'SignatureDoesNotMatch'],
  ['a changed header', (headers) => ({ ...headers, 'x-amz-meta-a': '2' }), 403, 'SignatureDoesNotMatch'],
  ['the second version of signatures', () => ({ ...host, authorization: 'AWS AKIA:abc' }), 400, 'InvalidRequest'],
  ['half a header', withAuthorization((text) => text.replace(/, Signature=.*/, '')), 400, 'AuthorizationHeaderMalformed'],
  ['a scope that is none', withAuthorization((text) => text.replace('/aws4_request', '')), 400, 'AuthorizationHeaderMalformed'],
  ['another service', withAuthorization((text) => text.replace('/s3/', '/ec2/')), 400, 'AuthorizationHeaderMalformed'],
  ['another day in the scope', withAuthorization((text) => text.replace(/\/\d{8}\//, '/20130524/')), 400, 'AuthorizationHeaderMalformed'],
  ['an unsigned host', withAuthorization((text) => text.replace('host;', '')), 403, 'AccessDenied'],
  ['headers out of order', withAuthorization((text) => text.replace('host;x-amz-content-sha256', 'x-amz-content-sha256;host')), 400, 'AuthorizationHeaderMalformed'],
]
for (const [name, change, status, code] of changed) {
  test(`refuses ${name}`, async (t) => {
    const server = await runServer(t)
    const headers = change(signedHeaders(server, { target: '/data', headers: { 'x-amz-meta-a': '1' } }))
    const response = await exchange(server, requestBytes('GET', '/data', headers))
    assert.deepEqual([response.status, response.code], [status, code], response.text)
  })
}

test('a Date header does for x-amz-date', async (t) => {
  const server = await runServer(t)
  assert.equal((await request(server, { target: '/data', dateHeader: true })).status, 200)
  assert.equal((await request(server, { target: '/data', dateHeader: true, date: minutes(-16) })).code, 'RequestTimeTooSkewed')
})

test('whoever need not sign may do anything, and a wrong signature is still wrong', async (t) => {
  const server = await runServer(t, { allowAnonymous: true })
  assert.equal((await exchange(server, requestBytes('PUT', '/data/k', host, 'abc'))).status, 200)
  assert.equal((await exchange(server, requestBytes('GET', '/data/k', host))).body.toString(), 'abc')
  assert.equal((await request(server, { target: '/data/k', secret: 'wrong' })).code, 'SignatureDoesNotMatch')
})

const garbage: [name: string, bytes: string][] = [
  ['no HTTP', 'hello\r\n\r\n'], ['no host', 'GET / HTTP/1.1\r\n\r\n'], ['two lengths', 'PUT /data/k HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ['a length and chunks', 'PUT /data/k HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
]
for (const [name, bytes] of garbage) {
  test(`refuses ${name}`, async (t) => { assert.equal((await exchange(await runServer(t), bytes)).status, 400) })
}

test('a body that is cut off leaves nothing behind', async (t) => {
  const server = await runServer(t)
  const headers = signedHeaders(server, { method: 'PUT', target: '/data/k', body: 'abcdef' })
  const { port } = new URL(server.endpoint)
  await new Promise<void>((resolve) => {
    const socket = net.connect(Number(port), '127.0.0.1', () => { socket.end(requestBytes('PUT', '/data/k', { ...headers, 'content-length': '6' }, 'abc')) })
    socket.on('close', () => { resolve() }).on('error', () => {}).resume()
  })
  const { objects, requests } = await server.stats()
  assert.deepEqual([objects, requests], [0, { PutObject: 1 }])
})

test('a connection stays good after an error, and after a body that was refused', async (t) => {
  const server = await runServer(t)
  const first = requestBytes('PUT', '/none/k', { ...signedHeaders(server, { method: 'PUT', target: '/none/k', body: 'abc' }), connection: 'keep-alive' }, 'abc')
  const second = requestBytes('PUT', '/data/k', signedHeaders(server, { method: 'PUT', target: '/data/k', body: 'abc' }), 'abc')
  const { text } = await exchange(server, Buffer.concat([first, second]))
  assert.match(text, /^HTTP\/1.1 404 [\s\S]*HTTP\/1.1 200 /)
})

function expecting(server: RunningServer, options: SignOptions): Promise<RawResponse> {
  const headers = { ...signedHeaders(server, { method: 'PUT', body: 'abc', ...options }), expect: '100-continue', connection: 'keep-alive' }
  return exchangeExpecting(server, requestBytes('PUT', options.target, { ...headers, 'content-length': '3' }), options.body ?? 'abc')
}

/** Sends the body only when told to go on, then ends. */
async function exchangeExpecting(server: RunningServer, head: Buffer, body: string | Buffer): Promise<RawResponse> {
  const { port } = new URL(server.endpoint)
  const chunks: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect(Number(port), '127.0.0.1', () => { socket.write(head) })
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (chunk.toString().startsWith('HTTP/1.1 100')) socket.end(body)
    })
    socket.on('end', resolve).on('error', reject)
  })
  return parseResponse(Buffer.concat(chunks))
}

test('who asks is told to go on, once the request is good', async (t) => {
  const server = await runServer(t)
  const good = await expecting(server, { target: '/data/k' })
  assert.match(good.text, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /)
  const bad = await expecting(server, { target: '/data/k', secret: 'wrong' })
  assert.deepEqual([bad.status, bad.headers.get('connection')], [403, 'close'])
  assert.ok(!bad.text.includes('100 Continue'))
})

test('HEAD has no body, not even of an error', async (t) => {
  const server = await runServer(t)
  await request(server, { method: 'PUT', target: '/data/k', body: 'abc' })
  const head = await request(server, { method: 'HEAD', target: '/data/k' })
  assert.deepEqual([head.status, head.headers.get('content-length'), head.body.length], [200, '3', 0])
  const none = await request(server, { method: 'HEAD', target: '/data/none' })
  assert.deepEqual([none.status, none.body.length], [404, 0])
})

test('the log tells no signature', async (t) => {
  const lines: string[] = []
  const server = await runServer(t, { log: (line) => { lines.push(line) } })
  await exchange(server, requestBytes('GET', '/data?a=1&X-Amz-Signature=abc123&X-Amz-Security-Token=abc123', host))
  assert.match(lines.join('\n'), /GET \/data\?a=1&X-Amz-Signature=…&X-Amz-Security-Token=… 400$/)
})
