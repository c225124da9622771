// Objects that the store confirmed with another checksum, size or number of parts than was sent: what is taken away again, and what is said of it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf } from './conformance.ts'
import { specFor } from './s3-under-test.ts'
import { startRawServer, text } from './s3/raw-server.ts'

const size = 11 * MiB
const content = bytesOf(size)
const found = (etag: string, bytes = size): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\nETag: "${etag}"\r\n\r\n`
const refused = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', absent = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', gone = 'HTTP/1.1 204 No Content\r\n\r\n'
const removed = /; it was removed/, left = /; what there is was left: look at it, and delete it/, nothing = /; nothing of it is left/

async function faultOf(writing: Promise<unknown>): Promise<Fault<'storage'>> {
  const error: unknown = await writing.then(() => undefined, (fault: unknown) => fault)
  assert.ok(isFault(error, 'storage') && error.info.reason === 'corrupt', String(error))
  return error
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`through ${transport}`, () => {
    for (const [what, length] of [['an object in one PUT', 1000], ['an upload in parts', size]] as const) {
      const etag = length === size ? 'f00-3' : 'f00'
      const rows: readonly (readonly [how: string, answers: { readonly head?: string; readonly remove?: string; readonly version?: string }, end: RegExp, deletions: readonly string[]])[] = [
        ['is removed', { head: found(etag, length) }, removed, ['']],
        ['is left where somebody else has written since', { head: found('f01', length) }, left, []],
        ['is gone already', { head: absent }, nothing, []],
        ['is left where it cannot be looked at', { head: refused }, left, []],
        ['is left where it may not be removed', { head: found(etag, length), remove: refused }, left, ['', '', '']],
        ['is removed by its version, without a look', { head: refused, version: 'v1/+' }, removed, ['v1/+']],
        ['has the version that all have where versions are suspended: looked at', { head: found('f01', length), version: 'null' }, left, []],
      ]
      for (const [how, { head = refused, remove = gone, version }, end, deletions] of rows) {
        test(`${what} that was stored with another checksum ${how}`, async () => {
          const asked: string[] = []
          const more = version === undefined ? '' : `x-amz-version-id: ${version}\r\n`
          const server = await startRawServer(({ head: request, socket }) => {
            const [method, target = ''] = request.split(' ')
            const query = new URL(target, 'http://x').searchParams
            if (method === 'DELETE' && query.has('uploadId')) socket.write(absent)
            else if (method === 'DELETE') {
              asked.push(query.get('versionId') ?? '')
              socket.write(remove)
            } else if (method === 'HEAD') socket.write(head)
            else if (method === 'PUT') socket.write(text('200 OK', '', `ETag: "f00"\r\n${query.has('uploadId') ? '' : `x-amz-checksum-crc32: AAAAAA==\r\n${more}`}`))
            else if (query.has('uploadId')) socket.write(text('200 OK', '<CompleteMultipartUploadResult><ETag>"f00-3"</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></CompleteMultipartUploadResult>', more))
            else socket.write(text('200 OK', '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>'))
          })
          const store = await openStore(server.spec({ transport, partSize: 5 * MiB, checksum: 'crc32' }))
          const fault = await faultOf(store.write('key', content.subarray(0, length)))
          await store.close()
          await server.close()
          assert.match(fault.message, /stored "key" with the CRC32 AAAAAA== where \S+ was sent/)
          assert.match(fault.hint!, end)
          assert.deepEqual(asked, deletions)
        })
      }
    }

    test('several lanes on one key: only the damaged writes fail', async () => {
      const server = await startServer({ buckets: ['test-bucket'], faults: 'wrong-checksum:put@/7' })
      const store = await openStore(specFor(server, { transport, checksum: 'crc32' }))
      let failed = 0
      await Promise.all([0, 1, 2, 3].map(async (lane) => {
        for (let i = 0; i < 10; i++) {
          await store.write('key', Buffer.from(`lane ${lane}, write ${i}`)).catch((error: unknown) => {
            assert.ok(isFault(error, 'storage') && error.info.reason === 'corrupt', String(error))
            failed++
          })
        }
      }))
      await store.close()
      await server.close()
      assert.equal(failed, 5)
    })

    // Of an upload: the answer to its completion.
    for (const [length, faults] of [[1000, 'wrong-checksum:put@1'], [size, 'wrong-checksum:upload@1']] as const) {
      test(`wrong-checksum: of ${length} bytes nothing is left on the built-in server, and the next write is whole`, async () => {
        const server = await startServer({ buckets: ['test-bucket'], faults })
        const store = await openStore(specFor(server, { transport, checksum: 'crc32c' }))
        try {
          await faultOf(store.write('key', content.subarray(0, length)))
          await assert.rejects(store.head('key'), (error) => isFault(error, 'storage') && error.info.reason === 'no-key')
          assert.equal((await server.stats()).openUploads, 0)
          await store.write('key', content.subarray(0, length))
          assert.equal((await store.head('key')).size, length)
        } finally {
          await store.close()
          await server.close()
        }
      })
    }
  })
}
