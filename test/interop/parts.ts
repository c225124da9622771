// Uploads in parts, looked at with the AWS SDK: what the server made of them, and that nothing is left of those that did not end.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { openStore } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { bytesOf, chunked, readAll, rejectsWith } from '../storage/conformance.ts'
import { partSize, type OwnBucket } from './bucket.ts'
import type { SuiteContext } from './test-names.ts'

const key = 'parts/object'
const size = 3 * partSize + 12_345
const content = bytesOf(size, 5)
const partSizes = [partSize, partSize, partSize, 12_345]

/** As S3 makes it: the MD5 of the parts' MD5s, and their number. */
function multipartEtag(): string {
  const whole = createHash('md5')
  for (let at = 0; at < size; at += partSize) whole.update(createHash('md5').update(content.subarray(at, at + partSize)).digest())
  return `${whole.digest('hex')}-${partSizes.length}`
}

export function uploadsInParts({ transport, test, bucket }: SuiteContext): void {
  const withStore = async (use: (store: ObjectStore, own: OwnBucket) => Promise<void>): Promise<void> => {
    const store = await openStore(bucket().spec(transport))
    try { await use(store, bucket()) } finally { await store.close() }
  }

  const bodies = { 'in memory': () => content, 'as a stream': () => chunked(content, 100_000) }
  for (const [kind, body] of Object.entries(bodies)) {
    test(`three parts and a rest, ${kind}: size, ETag and bytes are those of the whole`, async () => {
      await withStore(async (store, { client, name }) => {
        const written = await store.write(key, body(), { size })
        const head = await client.send(new HeadObjectCommand({ Bucket: name, Key: key }))
        assert.equal(head.ContentLength, size)
        assert.equal(head.ETag, `"${written.etag}"`)
        assert.equal(written.etag, multipartEtag())
        assert.ok(Buffer.from(await readAll(store, key, size)).equals(content))
      })
    })
  }
  test('the server knows the parts: their number and their sizes', async () => {
    await withStore(async (store, { client, name }) => {
      await store.write(key, content)
      for (const [i, partBytes] of partSizes.entries()) {
        const head = await client.send(new HeadObjectCommand({ Bucket: name, Key: key, PartNumber: i + 1 }))
        assert.deepEqual([head.PartsCount, head.ContentLength], [partSizes.length, partBytes], `part ${i + 1}`)
      }
    })
  })
  test('an upload that is left over is seen, so that none is no accident', async () => {
    const { client, name } = bucket()
    const upload = { Bucket: name, Key: 'parts/stopped' }
    assert.equal(await bucket().leftovers(), 0)
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload))
    assert.equal(await bucket().leftovers(), 1)
    await client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }))
    assert.equal(await bucket().leftovers(), 0)
  })
  test('a stop after two parts leaves no upload and no object', async () => {
    await withStore(async (store, own) => {
      const controller = new AbortController()
      async function * stopping(): AsyncGenerator<Uint8Array> {
        yield * chunked(content.subarray(0, 2 * partSize + 100), 100_000)
        // The parts that were begun are under way.
        await new Promise(setImmediate)
        controller.abort()
        yield content.subarray(2 * partSize + 100)
      }
      await rejectsWith(store.write('parts/stopped', stopping(), { size, signal: controller.signal }), 'aborted')
      await rejectsWith(store.head('parts/stopped'), 'no-key')
      assert.equal(await own.leftovers(), 0)
    })
  })
  test('uploads at the same time do not mix', async () => {
    await withStore(async (store, own) => {
      const bodiesAtOnce = [1, 2, 3].map((seed) => bytesOf(partSize + 1000 * seed, seed))
      await Promise.all(bodiesAtOnce.map((each, i) => store.write(`parts/at-once/${i}`, each)))
      for (const [i, each] of bodiesAtOnce.entries()) assert.ok(Buffer.from(await readAll(store, `parts/at-once/${i}`, each.length)).equals(each))
      assert.equal(await own.leftovers(), 0)
    })
  })
}
