// Whole objects held against checksums of their parts' checksums: the parts' lengths come from the store, and what these do not tell is not called wrong.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../../../src/server/server.ts'
import { openStore } from '../../../src/storage/index.ts'
import { compositeOf, PartLengths } from '../../../src/storage/s3/part-lengths.ts'
import { checkCounts, createReadChecks } from '../../../src/storage/s3/read-checksum.ts'
import type { ChecksumAlgorithm } from '../../../src/util/checksum.ts'
import { isFault } from '../../../src/util/fault.ts'
import { MiB } from '../../../src/util/units.ts'
import { bytesOf } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'
import { startRawServer } from './raw-server.ts'

const content = Buffer.from('hello')

function told(lengths: readonly number[], algorithm: ChecksumAlgorithm = 'CRC32C', of: Buffer = content): string {
  let end = 0
  return compositeOf(algorithm, of, lengths.map((length) => end += length))
}

type Answer = 'lengths' | 'all of it' | 'refused'

const rows: readonly (readonly [what: string, checksum: string, lengths: readonly number[], heads: Answer, outcome: string, asked: readonly number[]])[] = [
  ['parts alike, the last one shorter', told([2, 2, 1]), [2, 2, 1], 'lengths', 'checked', [1]],
  ['parts alike, the last one as long', told([1, 1, 1, 1, 1]), [1, 1, 1, 1, 1], 'lengths', 'checked', [1]],
  ['one part', told([5]), [5], 'lengths', 'checked', []],
  ['other bytes, of one part', told([5], 'CRC32C', Buffer.from('hallo')), [5], 'lengths', 'corrupt', [1]],
  ['other bytes: every part is asked for first', told([2, 2, 1], 'CRC32C', Buffer.from('hallo')), [2, 2, 1], 'lengths', 'corrupt', [1, 1, 2, 3]],
  ['parts that only seem alike', told([2, 1, 2]), [2, 1, 2], 'lengths', 'checked', [1, 1, 2, 3]],
  ['other bytes of those', told([2, 1, 2], 'CRC32C', Buffer.from('hallo')), [2, 1, 2], 'lengths', 'corrupt', [1, 1, 2, 3]],
  ['lengths that do not make the object', told([2, 2, 1], 'CRC32C', Buffer.from('hallo')), [2, 2, 2], 'lengths', 'unchecked', [1, 1, 2, 3]],
  ['a first part that is too short for all to be alike', told([1, 3, 1]), [1, 3, 1], 'lengths', 'unchecked', [1]],
  ['a first part that is too long', told([4, 1, 0]), [4, 1, 0], 'lengths', 'unchecked', [1]],
  ['a store that does not know parts of objects', told([2, 2, 1]), [2, 2, 1], 'all of it', 'unchecked', [1]],
  ['a store that lets nobody look', told([2, 2, 1]), [2, 2, 1], 'refused', 'unchecked', [1]],
  ['no parts', `${told([5]).slice(0, -2)}-0`, [5], 'lengths', 'unchecked', []],
  ['a number that is none', `${told([5]).slice(0, -2)}-x`, [5], 'lengths', 'unchecked', []],
  ['more parts than there can be', `${told([5]).slice(0, -2)}-10001`, [5], 'lengths', 'unchecked', []],
]

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(transport, () => {
    for (const [what, checksum, lengths, heads, outcome, wanted] of rows) {
      test(`${what}: ${outcome}`, async () => {
        const asked: number[] = []
        const server = await startRawServer(({ head, socket }) => {
          const [method, target = ''] = head.split(' ')
          if (method === 'GET') { socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: "e-3"\r\nx-amz-checksum-crc32c: ${checksum}\r\nx-amz-checksum-type: COMPOSITE\r\n\r\nhello`); return }
          const number = Number(new URL(target, 'http://x').searchParams.get('partNumber'))
          asked.push(number)
          assert.match(head, /^if-match: "e-3"/im)
          const length = lengths[number - 1]!
          socket.write(heads === 'refused' ? 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'
            : heads === 'all of it' ? 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: "e-3"\r\n\r\n'
            : `HTTP/1.1 206 Partial Content\r\ncontent-length: ${length}\r\ncontent-range: bytes 0-${length - 1}/5\r\nx-amz-mp-parts-count: ${lengths.length}\r\netag: "e-3"\r\n\r\n`)
        })
        const readChecks = createReadChecks()
        const store = await openStore(server.spec({ transport, readChecks }))
        const error: unknown = await store.read('k', { offset: 0, length: 5 }, new Uint8Array(5), { whole: true }).then(() => undefined, (fault: unknown) => fault)
        await store.close()
        await server.close()
        const { checked, unchecked } = checkCounts(readChecks)
        assert.equal(error === undefined ? checked === 1 ? 'checked' : 'unchecked' : isFault(error, 'storage') && error.info.reason, outcome)
        assert.equal(checked + unchecked, error === undefined ? 1 : 0)
        // One part needs no look at its length, unless its bytes seem to be others.
        assert.deepEqual(asked, wanted)
      })
    }

    test('what was written in parts with SHA-256 is checked, its parts looked at once; a byte that was changed is found', async () => {
      const size = 11 * MiB
      const server = await startServer({ buckets: ['test-bucket'], faults: 'wrong-bytes:get@4' })
      const readChecks = createReadChecks()
      const store = await openStore(specFor(server, { transport, checksum: 'sha256', readChecks }))
      try {
        const { etag } = await store.write('key', bytesOf(size))
        const before = (await server.stats()).requests['HeadObject'] ?? 0
        const read = (): Promise<unknown> => store.read('key', { offset: 0, length: size }, new Uint8Array(size), { whole: true, ifMatch: etag })
        for (let i = 0; i < 3; i++) await read()
        assert.deepEqual(checkCounts(readChecks), { checked: 3, unchecked: 0 })
        assert.equal((await server.stats()).requests['HeadObject']! - before, 1)
        await assert.rejects(read(), (error) => isFault(error, 'storage') && error.info.reason === 'corrupt' && /sent "key" with the SHA256 \S+-3 where \S+-3 was stored/.test(error.message))
        await store.write('key', bytesOf(size, 7).subarray(0, 6 * MiB))
        await store.read('key', { offset: 0, length: 6 * MiB }, new Uint8Array(6 * MiB), { whole: true })
        assert.deepEqual(checkCounts(readChecks), { checked: 4, unchecked: 0 })
      } finally {
        await store.close()
        await server.close()
      }
    })
  })
}

const object = (key: string): { key: string; etag: string; signal: undefined } => ({ key, etag: 'e', signal: undefined })
test('of so many objects the lengths are kept that memory stays small: the oldest go first', async () => {
  let asked = 0
  const lengths = new PartLengths(async () => { asked++; return 3 })
  for (let i = 0; i <= 10_000; i++) assert.deepEqual(await lengths.alike(object(`k${i}`), 2, 5), [3, 5])
  assert.equal(asked, 10_001)
  await lengths.alike(object('k10000'), 2, 5)
  await lengths.alike(object('k1'), 2, 5)
  assert.equal(asked, 10_001)
  await lengths.alike(object('k0'), 2, 5)
  assert.equal(asked, 10_002)
})

test('an abort while parts are looked at is one', async () => {
  const controller = new AbortController()
  const lengths = new PartLengths(async () => { controller.abort(new Error('stop')); throw new Error('the request was stopped') })
  await assert.rejects(lengths.alike({ key: 'k', etag: 'e', signal: controller.signal }, 2, 5), /stop/)
})
