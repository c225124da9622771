// Versioned buckets, seen by the AWS SDK.

import assert from 'node:assert/strict'
import test from 'node:test'
import {
  CompleteMultipartUploadCommand, CopyObjectCommand, CreateMultipartUploadCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand, GetBucketVersioningCommand, GetObjectCommand,
  HeadObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command, PutBucketVersioningCommand, PutObjectCommand, UploadPartCommand,
  type BucketVersioningStatus, type ListObjectVersionsCommandInput, type ListObjectVersionsCommandOutput, type S3Client,
} from '@aws-sdk/client-s3'
import { runServer, sdkClient, temporaryFolder, withCode } from './running-server.ts'

const Bucket = 'data'

async function put(client: S3Client, Key: string, Body: string): Promise<string | undefined> {
  return (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId
}

async function textOf(client: S3Client, Key: string, VersionId?: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...(VersionId === undefined ? {} : { VersionId }) }))
  return await Body!.transformToString()
}

async function setVersioning(client: S3Client, Status: BucketVersioningStatus): Promise<void> {
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
}

/** "key=version", "key-version" for a delete marker, "*" behind the latest; in the order of the listing of each kind. */
async function listed(client: S3Client, query: Partial<ListObjectVersionsCommandInput> = {}): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket, ...query }))
  return [...Versions.map(({ Key, VersionId, IsLatest }) => `${Key}=${VersionId}${IsLatest ? '*' : ''}`), ...DeleteMarkers.map(({ Key, VersionId, IsLatest }) => `${Key}-${VersionId}${IsLatest ? '*' : ''}`)]
}

test('a bucket has no versions until it is told to make them', async (t) => {
  const client = sdkClient(t, await runServer(t))
  assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined)
  assert.equal(await put(client, 'k', '1'), undefined)
  assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).VersionId, undefined)
  assert.deepEqual(await listed(client), ['k=null*'])
  await setVersioning(client, 'Enabled')
  assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
  const second = await put(client, 'k', '2')
  assert.deepEqual(await listed(client), [`k=${second}*`, 'k=null'])
  assert.deepEqual([await textOf(client, 'k'), await textOf(client, 'k', 'null'), await textOf(client, 'k', second)], ['2', '1', '2'])
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }))
  assert.deepEqual(await listed(client), [`k=${second}*`])
})

test('versions are read, told and deleted one by one', async (t) => {
  const client = sdkClient(t, await runServer(t, { versioned: true }))
  const ids = [await put(client, 'k', '0'), await put(client, 'k', '1'), await put(client, 'k', '2')]
  assert.equal(new Set(ids).size, 3)
  for (const [i, id] of ids.entries()) {
    assert.equal(await textOf(client, 'k', id), String(i))
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId: id! }))).VersionId, id)
  }
  assert.equal((await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))).VersionId, ids[2])
  assert.deepEqual(await listed(client), [`k=${ids[2]}*`, `k=${ids[1]}`, `k=${ids[0]}`])
  const { VersionId, DeleteMarker } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: ids[2]! }))
  assert.deepEqual([VersionId, DeleteMarker], [ids[2], undefined])
  assert.equal(await textOf(client, 'k'), '1')
  await assert.rejects(textOf(client, 'k', ids[2]), withCode('NoSuchVersion', 404))
  await assert.rejects(textOf(client, 'k', 'not an id'), withCode('InvalidArgument', 400))
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: ids[2]! }))
})

test('a deleted key has a delete marker, which is a version', async (t) => {
  const client = sdkClient(t, await runServer(t, { versioned: true }))
  const first = await put(client, 'k', '1')
  const { VersionId: marker, DeleteMarker } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  assert.equal(DeleteMarker, true)
  assert.notEqual(marker, first)
  await assert.rejects(textOf(client, 'k'), withCode('NoSuchKey', 404))
  await assert.rejects(textOf(client, 'k', marker), withCode('MethodNotAllowed', 405))
  assert.deepEqual((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0)
  assert.deepEqual(await listed(client), [`k=${first}`, `k-${marker}*`])
  await assert.rejects(client.send(new DeleteBucketCommand({ Bucket })), withCode('BucketNotEmpty', 409))
  const gone = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker! }))
  assert.deepEqual([gone.DeleteMarker, gone.VersionId], [true, marker])
  assert.equal(await textOf(client, 'k'), '1')
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: first! }))
  await client.send(new DeleteBucketCommand({ Bucket }))
})

test('where versions are suspended the null version is replaced, and older ones stay', async (t) => {
  const client = sdkClient(t, await runServer(t, { versioned: true }))
  const kept = await put(client, 'k', 'kept')
  await setVersioning(client, 'Suspended')
  assert.deepEqual([await put(client, 'k', '1'), await put(client, 'k', '2')], ['null', 'null'])
  assert.deepEqual(await listed(client), ['k=null*', `k=${kept}`])
  const { DeleteMarker, VersionId } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  assert.deepEqual([DeleteMarker, VersionId], [true, 'null'])
  assert.deepEqual(await listed(client), [`k=${kept}`, 'k-null*'])
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }))
  assert.equal(await textOf(client, 'k'), 'kept')
})

test('several keys and versions are deleted at once, and each is told', async (t) => {
  const client = sdkClient(t, await runServer(t, { versioned: true }))
  const a = await put(client, 'a', '1'), b = await put(client, 'b', '1')
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a', VersionId: a! }, { Key: 'b' }, { Key: 'none', VersionId: 'null' }] } }))
  const marker = Deleted![1]!.DeleteMarkerVersionId
  assert.deepEqual(Deleted, [{ Key: 'a', VersionId: a }, { Key: 'b', DeleteMarker: true, DeleteMarkerVersionId: marker }, { Key: 'none', VersionId: 'null' }])
  assert.deepEqual(await listed(client), [`b=${b}`, `b-${marker}*`])
  const { Deleted: gone, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'b', VersionId: marker! }, { Key: 'b', VersionId: 'no id' }] } }))
  assert.deepEqual(gone, [{ Key: 'b', VersionId: marker, DeleteMarker: true, DeleteMarkerVersionId: marker }])
  assert.deepEqual(Errors?.map(({ Key, Code, VersionId }) => [Key, Code, VersionId]), [['b', 'InvalidArgument', 'no id']])
})

test('uploads in parts and copies make versions, copies of versions too', async (t) => {
  const client = sdkClient(t, await runServer(t, { versioned: true }))
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }))
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'parts' }))
  const { VersionId: first } = await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }))
  assert.ok(first)
  await put(client, 'k', 'later')
  const copied = await client.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k?versionId=${first}` }))
  assert.equal(copied.CopySourceVersionId, first)
  assert.equal(await textOf(client, 'k', copied.VersionId), 'parts')
  assert.equal((await listed(client)).length, 3)
})

const pages = ['a', 'b/1', 'b/1', 'b/1', 'b/2', 'c', 'c']
for (const MaxKeys of [1, 2, 3, 7, 1000]) {
  for (const Delimiter of [undefined, '/']) {
    test(`versions are listed in pages of ${MaxKeys}${Delimiter ? ', in folders' : ''}`, async (t) => {
      const client = sdkClient(t, await runServer(t, { versioned: true }))
      for (const [i, key] of pages.entries()) await put(client, key, 'x'.repeat(i))
      const found: string[] = []
      let numPages = 0
      let at: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {}
      while (at) {
        const page: ListObjectVersionsCommandOutput = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys, Delimiter, ...at }))
        found.push(...(page.Versions ?? []).map(({ Key, Size }) => `${Key}:${Size}`), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!))
        numPages++
        at = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined
      }
      const wanted = Delimiter ? ['a:0', 'b/', 'c:5', 'c:6'] : ['a:0', 'b/1:1', 'b/1:2', 'b/1:3', 'b/2:4', 'c:5', 'c:6']
      assert.deepEqual(found.toSorted(), wanted)
      assert.equal(numPages, Math.ceil(wanted.length / MaxKeys))
    })
  }
}

test('of the marked key only older versions are listed; below a prefix only its keys', async (t) => {
  const client = sdkClient(t, await runServer(t, { versioned: true }))
  const ids = [await put(client, 'k', '0'), await put(client, 'k', '1'), await put(client, 'k', '2')]
  const later = await put(client, 'l', '')
  assert.deepEqual(await listed(client, { KeyMarker: 'k', VersionIdMarker: ids[2]! }), [`k=${ids[1]}`, `k=${ids[0]}`, `l=${later}*`])
  assert.deepEqual(await listed(client, { KeyMarker: 'k' }), [`l=${later}*`])
  assert.deepEqual(await listed(client, { Prefix: 'l' }), [`l=${later}*`])
})

test('versions outlast a server that keeps them in files', async (t) => {
  const directory = await temporaryFolder(t)
  const server = await runServer(t, { directory, versioned: true })
  const client = sdkClient(t, server)
  await put(client, 'k', '0')
  const second = await put(client, 'k', '1')
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  await put(client, 'l', 'here')
  await setVersioning(client, 'Suspended')
  await put(client, 'l', 'null')
  const before = await listed(client)
  await server.close()
  const again = sdkClient(t, await runServer(t, { directory, credentials: [server.credentials] }))
  assert.deepEqual(await listed(again), before)
  assert.equal((await again.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Suspended')
  await assert.rejects(textOf(again, 'k'), withCode('NoSuchKey', 404))
  assert.deepEqual([await textOf(again, 'k', second), await textOf(again, 'l')], ['1', 'null'])
  await setVersioning(again, 'Enabled')
  const newest = await put(again, 'l', 'newest')
  assert.equal((await listed(again, { Prefix: 'l' }))[0], `l=${newest}*`)
})
