// Encryption by the server: with its own key, with one of a key service, with one of ours. In one PUT and in parts, read whole and by ranges.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { openStore } from '../../src/storage/index.ts'
import { requestHeaders, type NamedHeaders } from '../../src/storage/s3/request-headers.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault } from '../../src/util/fault.ts'
import { bytesOf, readAll } from '../storage/conformance.ts'
import { partSize, type OwnBucket } from './bucket.ts'
import type { SuiteContext } from './test-names.ts'

const customerKey = Buffer.alloc(32, 9)

interface Kind {
  readonly name: string
  readonly headers: NamedHeaders
  /** What HEAD then shows. */
  readonly shows: (head: HeadObjectCommandOutput) => unknown
  readonly value: string
  /** S3 takes a key of ours over TLS only. */
  readonly needsTls?: true
}

const kinds: readonly Kind[] = [
  { name: 'SSE-S3', headers: { serverSideEncryption: 'AES256' }, shows: (head) => head.ServerSideEncryption, value: 'AES256' },
  { name: 'SSE-KMS', headers: { serverSideEncryption: 'aws:kms' }, shows: (head) => head.ServerSideEncryption, value: 'aws:kms' },
  { name: 'SSE-C', headers: { sseCustomerKey: customerKey.toString('base64') }, shows: (head) => head.SSECustomerAlgorithm, value: 'AES256', needsTls: true },
]
const sizes = [['one PUT', 100_003], ['an upload in parts', 2 * partSize + 777]] as const
const withoutTls = 'a customer\'s key goes over TLS only'

function isPlain({ endpoint: { endpoint } }: OwnBucket): boolean {
  return endpoint.startsWith('http:')
}

export function encrypts({ transport, test, bucket }: SuiteContext): void {
  const withStore = async (named: NamedHeaders, use: (store: ObjectStore) => Promise<void>): Promise<void> => {
    const headers = requestHeaders([], named)
    const store = await openStore(bucket().spec(transport, headers ? { headers } : {}))
    try { await use(store) } finally { await store.close() }
  }

  for (const { name, headers, shows, value, needsTls } of kinds) {
    for (const [kind, size] of sizes) {
      test(`${name} of ${kind}`, async (t) => {
        if (needsTls && isPlain(bucket())) { t.skip(withoutTls); return }
        const key = `encrypted/${name}/${size}`
        const content = bytesOf(size, 13)
        await withStore(headers, async (store) => {
          const written = await store.write(key, content)
          assert.equal((await store.head(key)).etag, written.etag)
          assert.ok(Buffer.from(await readAll(store, key, size)).equals(content))
          for (const [offset, length] of [[0, 1], [65_535, 2], [size - 7919, 7919]] as const) {
            const into = Buffer.alloc(length)
            await store.read(key, { offset, length }, into)
            assert.ok(into.equals(content.subarray(offset, offset + length)), `${length} bytes at ${offset}`)
          }
        })
        const { client, name: Bucket } = bucket()
        const customer = needsTls ? { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey.toString('base64'), SSECustomerKeyMD5: createHash('md5').update(customerKey).digest('base64') } : {}
        const head = await client.send(new HeadObjectCommand({ Bucket, Key: key, ...customer }))
        assert.deepEqual([head.ContentLength, shows(head)], [size, value])
      })
    }
  }
  for (const [what, named] of [['another customer\'s key', { sseCustomerKey: Buffer.alloc(32, 8).toString('base64') }], ['no customer\'s key', {}]] as const) {
    test(`SSE-C: with ${what} nothing is read, and the key is named as the cause`, async (t) => {
      if (isPlain(bucket())) { t.skip(withoutTls); return }
      await withStore({ sseCustomerKey: customerKey.toString('base64') }, async (store) => { await store.write('encrypted/mine', bytesOf(1000)) })
      await withStore(named, async (store) => {
        for (const attempt of [() => readAll(store, 'encrypted/mine', 1000), () => store.head('encrypted/mine')]) {
          await assert.rejects(attempt, (error) => {
            assert.ok(isFault(error, 'storage'), String(error))
            assert.match(error.hint ?? '', /sse_customer_key/, error.message)
            assert.ok(['denied', 'invalid'].includes(error.info.reason), error.info.reason)
            return true
          })
        }
      })
    })
  }
}
