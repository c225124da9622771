// A bucket that keeps versions: what the program removes is gone for good, and what others have written stays.

import assert from 'node:assert/strict'
import {
  CreateBucketCommand, DeleteObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand,
  type BucketVersioningStatus,
} from '@aws-sdk/client-s3'
import { openStore } from '../../src/storage/index.ts'
import { bytesOf, readAll } from '../storage/conformance.ts'
import { OwnBucket, partSize } from './bucket.ts'
import { commandOn } from './runs.ts'
import type { SuiteContext } from './test-names.ts'

async function allOf({ client, name: Bucket }: OwnBucket): Promise<{ Key: string; VersionId: string }[]> {
  const { Versions = [], DeleteMarkers = [], IsTruncated } = await client.send(new ListObjectVersionsCommand({ Bucket }))
  assert.ok(!IsTruncated, 'more than a page of versions is left')
  return [...Versions, ...DeleteMarkers].map(({ Key = '', VersionId = '' }) => ({ Key, VersionId }))
}

/** A bucket of its own, by the hands of another client. */
async function inVersioned({ endpoint }: OwnBucket, use: (own: OwnBucket, set: (Status: BucketVersioningStatus) => Promise<void>) => Promise<void>): Promise<void> {
  const own = new OwnBucket(endpoint)
  const { client, name: Bucket } = own
  const set = async (Status: BucketVersioningStatus): Promise<void> => { await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })) }
  await client.send(new CreateBucketCommand({ Bucket }))
  try {
    await set('Enabled')
    await use(own, set)
  } finally {
    // While they are suspended moto fails to delete versions of keys that have a delete marker.
    await set('Enabled')
    for (const each of await allOf(own)) await client.send(new DeleteObjectCommand({ Bucket, ...each }))
    await own.remove()
  }
}

export function keepsVersions({ transport, test, bucket }: SuiteContext): void {
  for (const [kind, size] of [['one PUT', 1000], ['an upload in parts', 2 * partSize + 777]] as const) {
    test(`the version of ${kind} is told; deleted, the one of somebody else is there again`, async () => {
      await inVersioned(bucket(), async (own) => {
        const store = await openStore(own.spec(transport))
        try {
          const { VersionId: theirs } = await own.client.send(new PutObjectCommand({ Bucket: own.name, Key: 'key', Body: bytesOf(500) }))
          const { version } = await store.write('key', bytesOf(size, 2))
          assert.ok(version !== undefined && version !== theirs, version)
          assert.ok(Buffer.from(await readAll(store, 'key', size)).equals(bytesOf(size, 2)))
          assert.equal((await store.versions!.list('key')).length, 2)
          await store.versions!.delete([{ key: 'key', version }])
          assert.deepEqual(await allOf(own), [{ Key: 'key', VersionId: theirs }])
          assert.deepEqual(await readAll(store, 'key', 500), bytesOf(500))
        } finally {
          await store.close()
        }
      })
    })
  }
  for (const status of ['Enabled', 'Suspended'] as const) {
    test(`bench put where versions are ${status.toLowerCase()} leaves none of its own, and all of others'`, async () => {
      await inVersioned(bucket(), async (own, set) => {
        for (const Body of ['older', 'newer']) await own.client.send(new PutObjectCommand({ Bucket: own.name, Key: 'bench/theirs', Body }))
        await own.client.send(new DeleteObjectCommand({ Bucket: own.name, Key: 'bench/theirs' }))
        const theirs = await allOf(own)
        assert.equal(theirs.length, 3)
        if (status === 'Suspended') await set(status)
        const { summary } = await commandOn(own.endpoint, transport, ['bench', 'put', `s3://${own.name}/bench`, '--size', '16KiB', '--count', '40', '--objects', '3', '--concurrency', '4', '--threads', '2'])
        assert.equal(summary['objects_written'], 40)
        assert.deepEqual(await allOf(own), theirs)
      })
    })
  }
}
