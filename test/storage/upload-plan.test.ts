// One PUT or parts, how many and how large: the arithmetic, and the same through each transport.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import { checkPut, defaultUploadPlan, heldBytes, largestPut, planFor, uploadPlanOf } from '../../src/storage/upload-plan.ts'
import { isFault } from '../../src/util/fault.ts'
import { GiB, MiB } from '../../src/util/units.ts'
import { bytesOf, chunked } from './conformance.ts'
import { specFor } from './s3-under-test.ts'
import { startRawServer, text } from './s3/raw-server.ts'

async function * nothing(): AsyncGenerator<Uint8Array> { /* Never asked for. */ }
const nowhere = { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }

describe('the plan of a spec', () => {
  const rows: readonly (readonly [what: string, more: Partial<S3Spec>, size: number, wanted: readonly [threshold: number, partSize: number, partsInFlight: number]])[] = [
    ['nothing said', {}, 0, [8 * MiB, 8 * MiB, 4]],
    ['a part size', { partSize: 5 * MiB }, 0, [5 * MiB, 5 * MiB, 4]],
    ['a threshold above it', { multipartThreshold: 100 * MiB }, 0, [100 * MiB, 8 * MiB, 4]],
    ['a threshold below it: a part is the least', { multipartThreshold: 1 }, 0, [8 * MiB, 8 * MiB, 4]],
    ['one PUT for all', { multipartThreshold: Infinity }, 100 * GiB, [Infinity, 100 * GiB / 10_000, 4]],
    ['parts in flight', { partsInFlight: 1 }, 0, [8 * MiB, 8 * MiB, 1]],
    ['10 000 parts and a byte', {}, 10_000 * 8 * MiB + 1, [8 * MiB + 1, 8 * MiB + 1, 4]],
    ['small parts', { partSize: MiB }, 0, [MiB, MiB, 4]],
    ['small parts, which lib-storage refuses', { partSize: MiB, transport: 'sdk' }, 0, [5 * MiB, 5 * MiB, 4]],
  ]
  for (const [what, more, size, wanted] of rows) {
    test(what, () => {
      const { threshold, partSize, partsInFlight } = planFor(uploadPlanOf(specFor(nowhere, { partSize: 8 * MiB, ...more })), size)
      assert.deepEqual([threshold, partSize, partsInFlight], [wanted[0], Math.ceil(wanted[1]), wanted[2]])
    })
  }
  test('files and memory have that of the defaults', () => {
    assert.equal(uploadPlanOf({ kind: 'file', root: '/' }), defaultUploadPlan)
  })
})

describe('a stream holds', () => {
  const rows: readonly (readonly [size: number, more: Partial<typeof defaultUploadPlan>, held: number])[] = [
    [0, {}, 0],
    [8 * MiB, {}, 8 * MiB],
    [8 * MiB + 1, {}, 8 * MiB + 1],
    [GiB, {}, 40 * MiB],
    [GiB, { partsInFlight: 1 }, 16 * MiB],
    [GiB, { partSize: 64 * MiB }, 320 * MiB],
    [GiB, { threshold: GiB }, GiB],
    [GiB + 1, { threshold: GiB }, 40 * MiB],
    [4 * GiB, { threshold: Infinity }, 4 * GiB],
    [10_000 * 16 * MiB, {}, 80 * MiB],
  ]
  for (const [size, more, held] of rows) test(`${held} bytes of ${size} with ${JSON.stringify(more)}`, () => { assert.equal(heldBytes({ ...defaultUploadPlan, ...more }, size), held) })
})

test('a PUT of more than S3 takes, Node holds, or the SDK hashes is refused; parts are not', () => {
  const one = { ...defaultUploadPlan, threshold: Infinity }
  const sdk = uploadPlanOf(specFor(nowhere, { transport: 'sdk', multipartThreshold: Infinity }))
  checkPut(one, largestPut, 'an object')
  checkPut(sdk, 2 * GiB - 1, 'an object')
  checkPut(defaultUploadPlan, largestPut + 1, 'an object')
  const message = (plan: typeof one, size: number): string => {
    try {
      checkPut(plan, size, 'an object')
      return ''
    } catch (error) {
      assert.ok(isFault(error, 'usage'))
      return error.message
    }
  }
  assert.equal(message(one, 5 * GiB + 1), 'an object of 5.00 GiB cannot go in one PUT: S3 takes 5 GiB at most')
  assert.equal(message({ ...defaultUploadPlan, threshold: 6 * GiB, partSize: 6 * GiB }, 7 * GiB), 'an object of 7.00 GiB cannot go in parts of 6.00 GiB: S3 takes 5 GiB at most')
  assert.equal(message(sdk, 2 * GiB), 'an object of 2.00 GiB cannot go in one PUT: the AWS SDK takes less than 2 GiB')
  assert.match(message({ ...one, largestPut: 4 * GiB }, 4 * GiB + 1), /^an object of 4\.00 GiB cannot go in one PUT: Node \S+ holds \S+ GiB at most in one piece of memory$/)
})

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`through ${transport}`, () => {
    const size = 11 * MiB
    const content = bytesOf(size)
    const rows: readonly (readonly [what: string, more: Partial<S3Spec>, puts: number, parts: number])[] = [
      ['parts', {}, 0, 3],
      ['a threshold that is lower', { multipartThreshold: 6 * MiB }, 0, 3],
      ['a threshold of a byte less', { multipartThreshold: size - 1 }, 0, 3],
      ['a threshold that is reached', { multipartThreshold: size }, 1, 0],
      ['one PUT for all', { multipartThreshold: Infinity }, 1, 0],
      ['one PUT for all, with a checksum', { multipartThreshold: Infinity, checksum: 'sha256' }, 1, 0],
    ]
    for (const [what, more, puts, parts] of rows) {
      for (const [how, body, announced] of [['at once', () => content, size], ['as a stream', () => chunked(content, 100_000), size], ['as a stream of unknown length', () => chunked(content, 100_000), undefined]] as const) {
        // Where nobody knows the length only "all" can be one PUT.
        const isOne = puts === 1 && (announced !== undefined || more.multipartThreshold === Infinity)
        test(`${what}, ${how}: ${isOne ? 'one PUT' : '3 parts'}`, async () => {
          const server = await startServer({ buckets: ['test-bucket'] })
          const store = await openStore(specFor(server, { transport, ...more }))
          const meta = await store.write('key', body(), { size: announced })
          const { requests } = await server.stats()
          const into = new Uint8Array(size)
          await store.read('key', { offset: 0, length: size }, into)
          await store.close()
          await server.close()
          assert.deepEqual([requests['PutObject'] ?? 0, requests['UploadPart'] ?? 0], isOne ? [1, 0] : [0, parts || 3])
          assert.equal(meta.size, size)
          if (isOne) assert.equal(meta.etag, createHash('md5').update(content).digest('hex'))
          assert.ok(Buffer.from(into.buffer).equals(content))
        })
      }
    }

    for (const partsInFlight of [1, 2, 3]) {
      test(`${partsInFlight} of 6 parts in flight at once`, async () => {
        let inFlight = 0, most = 0
        const held: (() => void)[] = []
        const server = await startRawServer(({ head, socket }) => {
          const [method, target = ''] = head.split(' ')
          if (method === 'PUT') {
            most = Math.max(most, ++inFlight)
            held.push(() => { inFlight--; socket.write(text('200 OK', '', 'ETag: "f00"\r\n')) })
            // Answered once as many are here as may be, or as are left.
            if (held.length === partsInFlight) for (const answer of held.splice(0)) answer()
          } else if (method === 'HEAD') socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${30 * MiB}\r\nETag: "f01-6"\r\n\r\n`)
          else socket.write(text('200 OK', target.includes('uploadId') ? '<CompleteMultipartUploadResult><ETag>"f01-6"</ETag></CompleteMultipartUploadResult>' : '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>'))
        })
        const store = await openStore(server.spec({ transport, partSize: 5 * MiB, partsInFlight }))
        await store.write('key', new Uint8Array(30 * MiB))
        await store.close()
        await server.close()
        assert.equal(most, partsInFlight)
      })
    }

    test('a PUT that is too large is refused before anything is sent', async () => {
      const server = await startRawServer(({ socket }) => { socket.write(text('500 Internal Server Error', '')) })
      const store = await openStore(server.spec({ transport, multipartThreshold: Infinity }))
      await assert.rejects(store.write('key', nothing(), { size: 5 * GiB + 1 }), (error) => isFault(error, 'usage'))
      await store.close()
      await server.close()
      assert.equal(server.requests.length, 0)
    })
  })
}
