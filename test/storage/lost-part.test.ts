// Uploads in parts to stores that confirm them and lose a part: never reported as written, and nothing is left that is surely ours.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { storageFault } from '../../src/storage/faults.ts'
import { abortedFault, isFault, type Fault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf } from './conformance.ts'
import { specFor } from './s3-under-test.ts'
import { errorXml, startRawServer, text } from './s3/raw-server.ts'

const size = 11 * MiB
const content = bytesOf(size)
const transports = ['direct', 'undici', 'sdk'] as const
const etag = `${'a'.repeat(32)}-3`

async function faultOf(writing: Promise<unknown>): Promise<Fault<'storage'> | undefined> {
  try {
    await writing
    return undefined
  } catch (error) {
    assert.ok(isFault(error, 'storage'), String(error))
    return error
  }
}

/** As S3 makes it of those of three parts. */
const made = (parts: readonly string[]): string => `${createHash('md5').update(Buffer.from(parts.join(''), 'hex')).digest('hex')}-3`
const headed = (bytes: number, tag: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\nETag: "${tag}"\r\n\r\n`

for (const transport of transports) {
  test(`lost-part: the built-in server loses the last part of an upload through ${transport}`, async () => {
    const server = await startServer({ buckets: ['test-bucket'], faults: 'lost-part@1' })
    const store = await openStore(specFor(server, { transport, checksum: 'crc32' }))
    try {
      const fault = await faultOf(store.write('key', content))
      assert.equal(fault?.info.reason, 'corrupt')
      assert.equal(fault.message, `"key" has ${10 * MiB} bytes after ${size} bytes in 3 parts were uploaded and confirmed`)
      assert.match(fault.hint!, /the store lost a part, .* it was removed/)
      await assert.rejects(store.head('key'), (error) => isFault(error, 'storage') && error.info.reason === 'no-key')
      assert.equal((await server.stats()).openUploads, 0)
      assert.equal((await store.write('key', content)).size, size)
      assert.equal((await store.head('key')).size, size)
    } finally {
      await store.close()
      await server.close()
    }
  })

  test(`several uploads through ${transport} that lose a part are all looked at, and removed, although the first failure stops the others`, async () => {
    const server = await startServer({ buckets: ['test-bucket'], faults: 'lost-part' })
    const store = await openStore(specFor(server, { transport }))
    const stop = new AbortController()
    try {
      const keys = ['a', 'b', 'c', 'd']
      const ends = await Promise.all(keys.map(async (key) => await faultOf(store.write(key, content, { signal: stop.signal }).catch((error: unknown) => { stop.abort(abortedFault()); throw isFault(error, 'aborted') ? storageFault('corrupt', error.message, { operation: 'write' }) : error }))))
      assert.ok(ends.every((fault) => fault?.info.reason === 'corrupt'))
      for (const key of keys) await assert.rejects(store.head(key), (error) => isFault(error, 'storage') && error.info.reason === 'no-key', key)
      assert.equal((await server.stats()).openUploads, 0)
    } finally {
      await store.close()
      await server.close()
    }
  })

  describe(`an upload through ${transport} whose object, looked at,`, () => {
    const rows: readonly (readonly [what: string, confirmed: string, head: string, message: RegExp | undefined, isRemoved: boolean])[] = [
      ['is whole', etag, headed(size, etag), undefined, false],
      ['is whole, with an ETag of other making', 'f00', headed(size, 'f00'), undefined, false],
      ['has a part less', etag, headed(10 * MiB, etag), /"key" has 10485760 bytes after 11534336 bytes in 3 parts/, true],
      ['is empty', etag, headed(0, etag), /"key" has 0 bytes/, true],
      ['has fewer parts by its ETag', `${'a'.repeat(32)}-2`, headed(size, `${'a'.repeat(32)}-2`), /"key" has 2 parts by its ETag after/, true],
      ['is shorter, and not the one that was confirmed', etag, headed(5, 'b'.repeat(32)), /"key" has 5 bytes/, false],
      ['is another one by now, as large', etag, headed(size, `${'b'.repeat(32)}-3`), undefined, false],
      ['is not there', etag, 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', /"key" is not there after/, false],
      ['may not be looked at', etag, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', undefined, false],
      ['may not be looked at, and was confirmed with fewer parts', `${'a'.repeat(32)}-2`, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', /"key" has 2 parts by its ETag/, false],
    ]
    for (const [what, confirmed, head, message, isRemoved] of rows) {
      test(`${what}: ${message ? `a Fault, ${isRemoved ? 'and it is removed' : 'and nothing is removed'}` : 'written'}`, async () => {
        let aborts = 0, removals = 0
        const server = await startRawServer(({ head: request, socket }) => {
          const [method, target = ''] = request.split(' ')
          if (method === 'POST' && target.includes('delete')) removals++
          if (method === 'DELETE') {
            if (target.includes('uploadId')) aborts++
            else removals++
          }
          const document = target.includes('uploadId') ? `<CompleteMultipartUploadResult><ETag>"${confirmed}"</ETag></CompleteMultipartUploadResult>`
            : target.includes('delete') ? '<DeleteResult></DeleteResult>' : '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>'
          socket.write({ POST: text('200 OK', document), PUT: text('200 OK', '', 'ETag: "0123"\r\n'), HEAD: head, DELETE: 'HTTP/1.1 204 No Content\r\n\r\n' }[method!]!)
        })
        const store = await openStore(server.spec({ transport, partSize: 5 * MiB }))
        const fault = await faultOf(store.write('key', content))
        await store.close()
        await server.close()
        if (message === undefined) assert.equal(fault, undefined)
        else {
          assert.equal(fault?.info.reason, 'corrupt')
          assert.match(fault.message, message)
          assert.match(fault.hint!, isRemoved ? /it was removed/ : /nothing of it is left|was left: look at it/)
        }
        assert.deepEqual([removals, aborts], [isRemoved ? 1 : 0, message === undefined ? 0 : 1])
      })
    }
    test('cannot be looked at for a moment: it is asked for again', async () => {
      let heads = 0
      const server = await startRawServer(({ head: request, socket }) => {
        const [method, target = ''] = request.split(' ')
        const document = target.includes('uploadId') ? `<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>` : '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>'
        const head = heads === 0 ? text('503 Slow Down', '') : headed(size, etag)
        if (method === 'HEAD') heads++
        socket.write({ POST: text('200 OK', document), PUT: text('200 OK', '', 'ETag: "0123"\r\n'), HEAD: head, DELETE: text('503 Slow Down', errorXml('SlowDown')) }[method!]!)
      })
      const store = await openStore(server.spec({ transport, partSize: 5 * MiB, maxAttempts: 2 }))
      assert.equal((await store.write('key', content)).size, size)
      assert.equal(heads, 2)
      await store.close()
      await server.close()
    })
  })
  describe(`an upload through ${transport} of parts with the ETags that S3 gives them, confirmed`, () => {
    const parts = [0, 5, 10].map((at) => createHash('md5').update(content.subarray(at * MiB, (at + 5) * MiB)).digest('hex'))
    const right = made(parts), swapped = made(parts.toReversed())
    const kms = 'x-amz-server-side-encryption: aws:kms\r\n', customer = 'x-amz-server-side-encryption-customer-algorithm: AES256\r\n', own = 'x-amz-server-side-encryption: AES256\r\n'
    const wrong = new RegExp(`^"key" has the ETag ${swapped} where those of its parts make ${right} after 11534336 bytes in 3 parts were uploaded and confirmed$`)
    const rows: readonly (readonly [what: string, confirmed: string, headers: { readonly begin?: string; readonly end?: string; readonly bucket?: string; readonly part?: string }, message: RegExp | undefined])[] = [
      ['with the ETag that they make', right, {}, undefined],
      ['with that ETag in capitals', right.toUpperCase(), {}, undefined],
      ['with the ETag of other parts', swapped, {}, wrong],
      ['with the ETag of other parts, encrypted by the store with its own keys', swapped, { begin: own, end: own }, wrong],
      ['with another ETag, encrypted with KMS as the completion tells', swapped, { end: kms }, undefined],
      ['with another ETag, encrypted with KMS as the begin tells', swapped, { begin: kms }, undefined],
      ['with another ETag, encrypted with a key of ours', swapped, { begin: customer }, undefined],
      ['with another ETag, in a directory bucket', swapped, { bucket: 'fast--use1-az4--x-s3' }, undefined],
      ['with an ETag of other making', 'f00-3', {}, undefined],
      ['with another ETag, of parts whose ETags are of other making', swapped, { part: 'f00' }, undefined],
    ]
    for (const [what, confirmed, { begin = '', end = '', bucket = 'bucket', part }, message] of rows) {
      // The SDK makes sessions for directory buckets, and reaches them by host names only.
      if (transport === 'sdk' && bucket !== 'bucket') continue
      test(`${what}: ${message ? 'a Fault, and it is removed' : 'written'}`, async () => {
        let removals = 0
        const server = await startRawServer(({ head: request, socket }) => {
          const [method, target = ''] = request.split(' ')
          if (method === 'DELETE' && !target.includes('uploadId') || target.includes('?delete')) removals++
          const number = Number(/partNumber=(\d)/.exec(target)?.[1])
          const posted = target.includes('uploadId') ? text('200 OK', `<CompleteMultipartUploadResult><ETag>"${confirmed}"</ETag></CompleteMultipartUploadResult>`, end)
            : target.includes('delete') ? text('200 OK', '<DeleteResult></DeleteResult>') : text('200 OK', '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>', begin)
          socket.write({ POST: posted, PUT: text('200 OK', '', `ETag: "${part ?? parts[number - 1]}"\r\n`), HEAD: headed(size, confirmed), DELETE: 'HTTP/1.1 204 No Content\r\n\r\n' }[method!]!)
        })
        const spec = server.spec({ transport, partSize: 5 * MiB, bucket })
        const { credentials: _, ...unsigned } = spec
        const store = await openStore(bucket === 'bucket' ? spec : unsigned)
        const fault = await faultOf(store.write('key', content))
        await store.close()
        await server.close()
        assert.equal(fault?.info.reason, message && 'corrupt')
        if (message) {
          assert.match(fault!.message, message)
          assert.match(fault!.hint!, /^the store joined other parts than were sent, .*; it was removed/)
        }
        assert.equal(removals, message ? 1 : 0)
      })
    }
  })
}
