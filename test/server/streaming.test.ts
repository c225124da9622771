// aws-chunked bodies end to end, signed and unsigned, with and without trailers.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { createDigest } from '../../src/util/checksum.ts'
import { emptySha256 } from '../../src/server/payload.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { sha256Hex, sign, signingKey } from '../../src/server/signature.ts'
import { exchange, requestBytes, signedHeaders, type RawResponse } from './raw-client.ts'
import { runServer } from './running-server.ts'

const data = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7) & 0xff))
const chunks = [data.subarray(0, 8192), data.subarray(8192, 16_384), data.subarray(16_384)]

function crc32Of(bytes: Buffer): string {
  const digest = createDigest('CRC32')
  digest.update(bytes)
  return digest.base64()
}

interface Upload { signed: boolean; trailer: boolean; change?: (body: Buffer) => Buffer; headers?: Record<string, string>; checksum?: string; tamperTrailerSignature?: boolean }

async function upload(server: RunningServer, { signed, trailer, change = (body) => body, headers: more = {}, checksum = crc32Of(data), tamperTrailerSignature = false }: Upload): Promise<RawResponse> {
  const payloadHash = `STREAMING-${signed ? 'AWS4-HMAC-SHA256' : 'UNSIGNED'}-PAYLOAD${trailer ? '-TRAILER' : ''}`
  const headers = signedHeaders(server, {
    method: 'PUT', target: '/data/k', payloadHash,
    headers: { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': String(data.length), ...(trailer ? { 'x-amz-trailer': 'x-amz-checksum-crc32' } : {}), ...more },
  })
  const date = headers['x-amz-date']!
  const scope = `${date.slice(0, 8)}/${server.region}/s3/aws4_request`
  const key = signingKey(server.credentials.secretAccessKey, scope)
  let signature = headers['authorization']!.slice(-64)
  const pieces: Buffer[] = []
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    signature = sign(key, `AWS4-HMAC-SHA256-PAYLOAD\n${date}\n${scope}\n${signature}\n${emptySha256}\n${createHash('sha256').update(chunk).digest('hex')}`)
    pieces.push(Buffer.from(`${chunk.length.toString(16)}${signed ? `;chunk-signature=${signature}` : ''}\r\n`), chunk, Buffer.from(chunk.length > 0 ? '\r\n' : ''))
  }
  if (trailer) {
    pieces.push(Buffer.from(`x-amz-checksum-crc32:${checksum}\r\n`))
    const over = tamperTrailerSignature ? 'x' : checksum
    const trailerSignature = sign(key, `AWS4-HMAC-SHA256-TRAILER\n${date}\n${scope}\n${signature}\n${sha256Hex(`x-amz-checksum-crc32:${over}\n`)}`)
    if (signed) pieces.push(Buffer.from(`x-amz-trailer-signature:${trailerSignature}\r\n`))
  }
  pieces.push(Buffer.from('\r\n'))
  return exchange(server, requestBytes('PUT', '/data/k', headers, change(Buffer.concat(pieces))))
}

function flipBit(body: Buffer): Buffer {
  body[10_000]! ^= 1
  return body
}

const forms = [[true, false], [true, true], [false, true]] as const

for (const [signed, trailer] of forms) {
  const name = `${signed ? 'signed' : 'unsigned'} chunks ${trailer ? 'with' : 'without'} a trailer`
  test(`${name} are taken`, async (t) => {
    const server = await runServer(t)
    const response = await upload(server, { signed, trailer })
    assert.equal(response.status, 200, response.text)
    assert.equal(response.headers.get('etag'), `"${createHash('md5').update(data).digest('hex')}"`)
    assert.equal(response.headers.get('x-amz-checksum-crc32'), trailer ? crc32Of(data) : undefined)
    const got = await exchange(server, requestBytes('GET', '/data/k', signedHeaders(server, { target: '/data/k' })))
    assert.ok(got.body.equals(data))
    assert.equal(got.headers.get('content-encoding'), undefined)
  })

  test(`${name}: a changed byte is found`, async (t) => {
    const server = await runServer(t)
    const response = await upload(server, { signed, trailer, change: flipBit })
    assert.deepEqual([response.status, response.code], signed ? [403, 'SignatureDoesNotMatch'] : [400, 'BadDigest'])
    assert.equal((await server.stats()).objects, 0)
  })

  test(`${name}: another length than was declared is found`, async (t) => {
    const server = await runServer(t)
    for (const length of [data.length - 1, data.length + 1]) {
      const response = await upload(server, { signed, trailer, headers: { 'x-amz-decoded-content-length': String(length) } })
      assert.deepEqual([response.status, response.code], [400, length > data.length ? 'IncompleteBody' : 'InvalidRequest'])
    }
  })
}

const wrong: [name: string, options: Upload, status: number, code: string][] = [
  ['a trailer with another checksum', { signed: true, trailer: true, checksum: 'AAAAAA==' }, 400, 'BadDigest'],
  ['a trailer with another signature', { signed: true, trailer: true, tamperTrailerSignature: true }, 403, 'SignatureDoesNotMatch'],
  ['a trailer that is no checksum', { signed: false, trailer: true, checksum: 'x' }, 400, 'MalformedTrailerError'],
  ['a trailer that was not announced', { signed: false, trailer: true, headers: { 'x-amz-trailer': 'x-amz-checksum-crc32c' } }, 400, 'MalformedTrailerError'],
  ['a trailer that no one knows', { signed: false, trailer: true, headers: { 'x-amz-trailer': 'x-amz-meta-a' } }, 400, 'InvalidRequest'],
]
for (const [name, options, status, code] of wrong) {
  test(`refuses ${name}`, async (t) => {
    const response = await upload(await runServer(t), options)
    assert.deepEqual([response.status, response.code], [status, code], response.text)
  })
}
