// Checksums sent with bodies, and what is made of the store's answers, through all three clients.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { UploadChecksum } from '../../src/storage/spec.ts'
import { checksumOf, checksumOfParts, type BodyChecksum } from '../../src/storage/s3/upload-checksum.ts'
import { checksumTypeOf, compositeChecksum, createDigest, isLinear, type UploadAlgorithm } from '../../src/util/checksum.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf, chunked, readAll, rejectsWith } from './conformance.ts'
import { specFor } from './s3-under-test.ts'
import { errorXml, startRawServer, text, type Incoming } from './s3/raw-server.ts'

const algorithms: [UploadChecksum, UploadAlgorithm][] = [['crc32', 'CRC32'], ['crc32c', 'CRC32C'], ['crc64nvme', 'CRC64NVME'], ['sha256', 'SHA256']]
const partSize = 5 * MiB
const size = 2 * partSize + 12_345
const content = bytesOf(size)

function base64Of(bytes: Uint8Array, algorithm: UploadAlgorithm): string {
  const digest = createDigest(algorithm)
  digest.update(bytes)
  return digest.base64()
}

function partSums(algorithm: UploadAlgorithm): BodyChecksum[] {
  return [0, 1, 2].map((i) => checksumOf(content.subarray(i * partSize, (i + 1) * partSize), algorithm)!)
}

// The catalogue's check values of "123456789", as they stand in headers.
const known: [UploadAlgorithm, string, string][] = [
  ['CRC32', '', 'AAAAAA=='], ['CRC32C', '', 'AAAAAA=='], ['CRC64NVME', '', 'AAAAAAAAAAA='], ['SHA256', '', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ['CRC32', '123456789', 'y/Q5Jg=='], ['CRC32C', '123456789', '4waSgw=='], ['CRC64NVME', '123456789', 'rosUhgp5mIg='], ['SHA256', '123456789', 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU='],
]
for (const [algorithm, of, value] of known) {
  test(`the header ${algorithm} of '${of}'`, () => { assert.deepEqual(checksumOf(Buffer.from(of), algorithm), { algorithm, value, size: of.length }) })
}
for (const [, algorithm] of algorithms) {
  test(`${algorithm} of an object follows from those of its parts`, () => {
    const sums = partSums(algorithm)
    assert.equal(checksumOfParts(algorithm, sums), isLinear(algorithm) ? base64Of(content, algorithm) : compositeChecksum(algorithm, sums).value)
  })
}

type Step = 'create' | 'part' | 'complete' | 'put' | 'head' | 'other'

function stepOf({ head }: Incoming): Step {
  const [method, target = ''] = head.split(' ')
  if (method === 'POST') return /[?&]uploads/.test(target) ? 'create' : 'complete'
  if (method === 'PUT') return target.includes('partNumber=') ? 'part' : 'put'
  return method === 'HEAD' ? 'head' : 'other'
}

function field(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]
}

interface Answers { readonly headers?: Partial<Record<Step, string>>; readonly completion?: string; /** A header of requests that is sent back. */ readonly echo?: string }

/** An S3 that says of checksums what it is told to. */
function answering({ headers = {}, completion = '', echo }: Answers): (request: Incoming) => void {
  return (request) => {
    const step = stepOf(request)
    const echoed = echo === undefined ? undefined : field(request.head, echo)
    const more = `${headers[step] ?? ''}${echoed === undefined ? '' : `${echo}: ${echoed}\r\n`}`
    switch (step) {
      case 'create': request.socket.write(text('200 OK', '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>', more)); break
      case 'complete': request.socket.write(text('200 OK', `<CompleteMultipartUploadResult><ETag>"f00-3"</ETag>${completion}</CompleteMultipartUploadResult>`, more)); break
      case 'part': case 'put': request.socket.write(text('200 OK', '', `ETag: "f00"\r\n${more}`)); break
      case 'head': request.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\nETag: "f00-3"\r\n\r\n`); break
      case 'other': request.socket.write('HTTP/1.1 204 No Content\r\n\r\n'); break
    }
  }
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  async function sent(body: Uint8Array, answers: Answers, more: Partial<S3Spec> = {}): Promise<{ error: unknown; requests: readonly Incoming[] }> {
    const server = await startRawServer(answering(answers))
    const store = await openStore(server.spec({ transport, partSize, timeouts: { connect: 5000, firstByte: 30_000, idle: 30_000 }, ...more }))
    const error: unknown = await store.write('key', body).then(() => undefined, (fault: unknown) => fault)
    await store.close()
    await server.close()
    return { error, requests: server.requests }
  }
  const headOf = (requests: readonly Incoming[], step: Step): string => requests.find((request) => stepOf(request) === step)!.head

  describe(`checksums through ${transport}`, () => {
    for (const [checksum, algorithm] of algorithms) {
      test(`${checksum}: the built-in server finds them right, of objects and of parts`, async () => {
        const server = await startServer()
        const store = await openStore(specFor(server, { transport, checksum }))
        try {
          await store.createContainer()
          for (const length of [0, 1, 100_000, size]) {
            const body = content.subarray(0, length)
            await store.write('whole', body)
            assert.ok(Buffer.from(await readAll(store, 'whole', length)).equals(body))
            await store.write('stream', chunked(body, 99_991))
            assert.ok(Buffer.from(await readAll(store, 'stream', length)).equals(body))
          }
        } finally {
          await store.close()
          await server.close()
        }
      })
      test(`${checksum}: an object is sent with its own, and that is signed`, async () => {
        const { error, requests } = await sent(content.subarray(0, 1000), {}, { checksum })
        assert.ifError(error)
        const head = headOf(requests, 'put')
        assert.equal(field(head, `x-amz-checksum-${checksum}`), base64Of(content.subarray(0, 1000), algorithm))
        assert.match(field(head, 'authorization')!, new RegExp(`SignedHeaders=[^,]*x-amz-checksum-${checksum}`))
      })
      test(`${checksum}: an object that is stored with another is a Fault`, async () => {
        const { error } = await sent(content.subarray(0, 1000), { headers: { put: `x-amz-checksum-${checksum}: ${base64Of(content.subarray(0, 999), algorithm)}\r\n` } }, { checksum })
        assert.ok(isFault(error, 'storage') && error.info.reason === 'corrupt', String(error))
        assert.match(error.message, new RegExp(`"key" with the ${algorithm} \\S+ where \\S+ was sent`))
      })
      test(`${checksum}: a part that is stored with another is a Fault`, async () => {
        const { error } = await sent(content, { headers: { part: `x-amz-checksum-${checksum}: ${base64Of(content.subarray(1), algorithm)}\r\n` } }, { checksum })
        assert.ok(isFault(error, 'storage') && error.info.reason === 'corrupt', String(error))
      })
      test(`${checksum}: an upload that became an object with another is a Fault`, async () => {
        const ofBytes = base64Of(content.subarray(1), algorithm)
        // Whether a SHA-256 of all bytes is right, those of the parts do not tell.
        for (const wrong of [...(isLinear(algorithm) ? [ofBytes] : []), `${base64Of(content.subarray(1), algorithm)}-3`]) {
          const { error } = await sent(content, { completion: `<Checksum${algorithm}>${wrong}</Checksum${algorithm}>` }, { checksum })
          assert.ok(isFault(error, 'storage') && error.info.reason === 'corrupt', String(error))
        }
      })
      test(`${checksum}: an upload asks for the checksum that can be foretold, of the whole or of those of the parts, and takes the right one`, async () => {
        const type = checksumTypeOf(algorithm)
        const whole = isLinear(algorithm) ? base64Of(content, algorithm) : checksumOfParts(algorithm, partSums(algorithm))
        const { error, requests } = await sent(content, { headers: { create: `x-amz-checksum-algorithm: ${algorithm}\r\nx-amz-checksum-type: ${type}\r\n` }, completion: `<Checksum${algorithm}>${whole}</Checksum${algorithm}>` }, { checksum })
        assert.ifError(error)
        const begun = headOf(requests, 'create')
        assert.equal(field(begun, 'x-amz-checksum-algorithm'), algorithm)
        assert.equal(field(begun, 'x-amz-checksum-type'), type)
        if (transport !== 'sdk') assert.equal(field(headOf(requests, 'complete'), `x-amz-checksum-${checksum}`), type === 'FULL_OBJECT' ? whole : undefined)
      })
      test(`${checksum}: a store that answered those of the parts is told them again at the end`, async () => {
        const { error, requests } = await sent(content, { echo: `x-amz-checksum-${checksum}` }, { checksum })
        assert.ifError(error)
        const completion = requests.find((request) => stepOf(request) === 'complete')!.body.toString()
        const told = [...completion.matchAll(new RegExp(`<Checksum${algorithm}>([^<]+)</Checksum${algorithm}>`, 'g'))].map((match) => match[1])
        assert.deepEqual(told, [0, 1, 2].map((i) => base64Of(content.subarray(i * partSize, (i + 1) * partSize), algorithm)))
      })
      test(`${checksum}: a store that ignores them is told nothing more of them`, async () => {
        assert.ifError((await sent(content.subarray(0, 1000), {}, { checksum })).error)
        const { error, requests } = await sent(content, {}, { checksum })
        assert.ifError(error)
        const completion = requests.find((request) => stepOf(request) === 'complete')!
        assert.equal(field(completion.head, `x-amz-checksum-${checksum}`), undefined)
        assert.doesNotMatch(completion.body.toString(), /Checksum/)
      })
    }
    for (const checksum of [undefined, 'none'] as const) {
      test(`${checksum ?? 'unset'}: nothing is sent`, async () => {
        for (const body of [content.subarray(0, 1000), content]) {
          const { error, requests } = await sent(body, {}, checksum ? { checksum } : {})
          assert.ifError(error)
          for (const { head, body: said } of requests) assert.doesNotMatch(head + (said.length < 10_000 ? said.toString() : ''), /checksum-(crc|type|algorithm)|<Checksum/i)
        }
      })
    }
    test('a body that the store finds damaged is a Fault', async () => {
      const server = await startRawServer(({ socket }) => { socket.write(text('400 Bad Request', errorXml('BadDigest'))) })
      const store = await openStore(server.spec({ transport, checksum: 'crc32' }))
      await rejectsWith(store.write('key', bytesOf(1000)), 'corrupt')
      await store.close()
      await server.close()
    })
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const signings: [S3Spec['payloadSigning'], RegExp][] = [[undefined, /^[0-9a-f]{64}$/], ['auto', /^[0-9a-f]{64}$/], ['always', /^[0-9a-f]{64}$/], ['never', /^UNSIGNED-PAYLOAD$/]]
    for (const [payloadSigning, expected] of signings) {
      test(`over plain HTTP, signing ${payloadSigning ?? 'unset'}: what the signature says of the body`, async () => {
        const { requests } = await sent(content.subarray(0, 1000), {}, payloadSigning ? { payloadSigning } : {})
        const said = field(headOf(requests, 'put'), 'x-amz-content-sha256')!
        assert.match(said, expected)
        assert.notEqual(said, empty)
      })
    }
  })
}
