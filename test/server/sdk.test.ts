// The AWS SDK, unmodified and with its defaults, against the server.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import test from 'node:test'
import {
  CopyObjectCommand, CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand, GetBucketLocationCommand, GetObjectCommand,
  HeadBucketCommand, HeadObjectCommand, ListBucketsCommand, ListObjectsCommand, ListObjectsV2Command, PutObjectCommand,
  type PutObjectCommandOutput, type S3Client,
} from '@aws-sdk/client-s3'
import { runServer, sdkClient, temporaryFolder, withCode } from './running-server.ts'

const Bucket = 'data'
const md5 = (data: Uint8Array): string => `"${createHash('md5').update(data).digest('hex')}"`

async function bytesOf(client: S3Client, Key: string, Range?: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...(Range ? { Range } : {}) }))
  return Buffer.from(await Body!.transformToByteArray())
}

test('buckets are made, found, listed and deleted', async (t) => {
  const server = await runServer(t)
  const client = sdkClient(t, server)
  await assert.rejects(client.send(new HeadBucketCommand({ Bucket: 'other' })), withCode('NotFound', 404))
  await client.send(new CreateBucketCommand({ Bucket: 'other' }))
  await client.send(new CreateBucketCommand({ Bucket: 'other' }))
  assert.equal((await client.send(new HeadBucketCommand({ Bucket: 'other' }))).BucketRegion, 'us-east-1')
  const { Buckets, Owner } = await client.send(new ListBucketsCommand())
  assert.deepEqual(Buckets?.map(({ Name }) => Name), ['data', 'other'])
  assert.ok(Owner?.ID)
  assert.equal((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined)
  await client.send(new PutObjectCommand({ Bucket: 'other', Key: 'k', Body: 'v' }))
  await assert.rejects(client.send(new DeleteBucketCommand({ Bucket: 'other' })), withCode('BucketNotEmpty', 409))
  await client.send(new DeleteObjectCommand({ Bucket: 'other', Key: 'k' }))
  await client.send(new DeleteBucketCommand({ Bucket: 'other' }))
  await assert.rejects(client.send(new DeleteBucketCommand({ Bucket: 'other' })), withCode('NoSuchBucket', 404))
  await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'No_Bucket' })), withCode('InvalidBucketName', 400))
})

test('another region names its buckets\' place', async (t) => {
  const server = await runServer(t, { region: 'eu-north-1' })
  const client = sdkClient(t, server)
  await client.send(new CreateBucketCommand({ Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'eu-north-1' } }))
  await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'other', CreateBucketConfiguration: { LocationConstraint: 'eu-north-1' } })), withCode('BucketAlreadyOwnedByYou', 409))
  await assert.rejects(client.send(new CreateBucketCommand({ Bucket: 'third', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } })), withCode('IllegalLocationConstraintException', 400))
  assert.equal((await client.send(new GetBucketLocationCommand({ Bucket: 'other' }))).LocationConstraint, 'eu-north-1')
})

const keys = ['k', 'a b', 'a+b', '100%', '%41', 'ü/é', '日本語', '😀', '../up', 'a/../b', 'a//b', '/lead', 'trail/', '.', '..', "!'()*~", '&<>"?#;=@:$,', '[]{}|\\^`', '\t', '\u0001', 'x'.repeat(1024)]

for (const directory of [false, true]) {
  test(`every legal key keeps its own bytes${directory ? ', in files' : ''}`, async (t) => {
    const client = sdkClient(t, await runServer(t, directory ? { directory: await temporaryFolder(t) } : {}))
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }))
    for (const Key of keys) assert.equal((await bytesOf(client, Key)).toString(), `body of ${Key}`, JSON.stringify(Key))
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }))
    const listed = Contents!.map(({ Key }) => decodeURIComponent(Key!.replaceAll('+', ' ')))
    assert.deepEqual(listed, keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'x'.repeat(1025), Body: '' })), withCode('KeyTooLongError', 400))
  })
}

const sizes = [0, 1, 1009, 65_536, 65_537, 3_000_000]
for (const size of sizes) {
  test(`${size} bytes go in and out, as a buffer and as a stream`, async (t) => {
    const client = sdkClient(t, await runServer(t))
    const data = Buffer.from(Array.from({ length: size }, (_, i) => (i * 131) & 0xff))
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'buffer', Body: data }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from([data]), ContentLength: size }))
    for (const Key of ['buffer', 'stream']) {
      const head = await client.send(new HeadObjectCommand({ Bucket, Key }))
      assert.equal(head.ContentLength, size)
      assert.equal(head.ETag, md5(data))
      assert.ok((await bytesOf(client, Key)).equals(data))
    }
    assert.equal(ETag, md5(data))
  })
}

for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
  test(`${ChecksumAlgorithm} is verified, kept and told, of buffers and streams`, async (t) => {
    const client = sdkClient(t, await runServer(t))
    const data = Buffer.alloc(100_000, 'ab')
    const name = `Checksum${ChecksumAlgorithm}` as const
    const put = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: data, ChecksumAlgorithm }))
    const streamed = await client.send(new PutObjectCommand({ Bucket, Key: 's', Body: Readable.from([data.subarray(0, 60_000), data.subarray(60_000)]), ContentLength: data.length, ChecksumAlgorithm }))
    assert.ok(put[name])
    assert.equal(streamed[name], put[name])
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 's', ChecksumMode: 'ENABLED' }))
    assert.equal(head[name], put[name])
    assert.equal(head.ChecksumType, 'FULL_OBJECT')
    // The SDK itself compares what it receives with the header.
    assert.ok((await bytesOf(client, 's')).equals(data))
    const range = await client.send(new GetObjectCommand({ Bucket, Key: 's', Range: 'bytes=0-9' }))
    assert.equal(range[name], undefined)
    await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(5), [name]: put[name] })), withCode('BadDigest', 400))
  })
}

test('headers and metadata come back', async (t) => {
  const client = sdkClient(t, await runServer(t))
  const given = { ContentType: 'text/plain', CacheControl: 'no-store', ContentDisposition: 'inline', ContentEncoding: 'identity', ContentLanguage: 'de', Metadata: { one: '1', two: 'a  b' } }
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v', ...given }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'bare', Body: 'v' }))
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
  for (const [name, value] of Object.entries(given)) assert.deepEqual(head[name as 'ContentType'], value)
  assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: 'bare' }))).ContentType, 'application/octet-stream')
  const changed = await client.send(new GetObjectCommand({ Bucket, Key: 'k', ResponseContentType: 'text/html', ResponseCacheControl: 'max-age=1' }))
  assert.equal(changed.ContentType, 'text/html')
  assert.equal(changed.CacheControl, 'max-age=1')
  await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v', Metadata: { a: 'x'.repeat(2048) } })), withCode('MetadataTooLarge', 400))
})

test('ranges', async (t) => {
  const client = sdkClient(t, await runServer(t))
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '0123456789' }))
  for (const [range, text] of [['bytes=0-0', '0'], ['bytes=2-4', '234'], ['bytes=7-', '789'], ['bytes=-3', '789'], ['bytes=5-99', '56789']] as const) {
    assert.equal((await bytesOf(client, 'k', range)).toString(), text)
  }
  const { ContentRange, $metadata } = await client.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=2-4' }))
  assert.equal(ContentRange, 'bytes 2-4/10')
  assert.equal($metadata.httpStatusCode, 206)
  await assert.rejects(bytesOf(client, 'k', 'bytes=10-'), withCode('InvalidRange', 416))
})

test('conditions on reads and writes', async (t) => {
  const client = sdkClient(t, await runServer(t))
  const put = (Body: string, more: object = {}): Promise<PutObjectCommandOutput> => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...more }))
  await assert.rejects(put('0', { IfMatch: '"x"' }), withCode('NoSuchKey', 404))
  const { ETag } = await put('1', { IfNoneMatch: '*' })
  await assert.rejects(put('2', { IfNoneMatch: '*' }), withCode('PreconditionFailed', 412))
  await assert.rejects(put('2', { IfMatch: '"x"' }), withCode('PreconditionFailed', 412))
  await put('2', { IfMatch: ETag })
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'k', IfMatch: ETag! })), withCode('PreconditionFailed', 412))
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'k', IfNoneMatch: md5(Buffer.from('2')) })), (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode === 304)
  assert.equal((await bytesOf(client, 'k')).toString(), '2')
})

test('of many writers under If-None-Match one wins', async (t) => {
  const client = sdkClient(t, await runServer(t))
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: String(i), IfNoneMatch: '*' }))))
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('missing keys and buckets', async (t) => {
  const client = sdkClient(t, await runServer(t))
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'k' })), withCode('NoSuchKey', 404))
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: 'k' })), withCode('NotFound', 404))
  await assert.rejects(client.send(new GetObjectCommand({ Bucket: 'none', Key: 'k' })), withCode('NoSuchBucket', 404))
  await assert.rejects(client.send(new PutObjectCommand({ Bucket: 'none', Key: 'k', Body: '' })), withCode('NoSuchBucket', 404))
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket: 'none' })), withCode('NoSuchBucket', 404))
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
})

test('copies keep or replace metadata', async (t) => {
  const client = sdkClient(t, await runServer(t, { buckets: ['data', 'other'] }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'a +ü', Body: 'body', ContentType: 'text/plain', Metadata: { m: '1' } }))
  const CopySource = `/data/${encodeURIComponent('a +ü')}`
  const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket: 'other', Key: 'copy', CopySource }))
  assert.equal(CopyObjectResult?.ETag, md5(Buffer.from('body')))
  const kept = await client.send(new HeadObjectCommand({ Bucket: 'other', Key: 'copy' }))
  assert.deepEqual([kept.ContentType, kept.Metadata], ['text/plain', { m: '1' }])
  await client.send(new CopyObjectCommand({ Bucket, Key: 'a +ü', CopySource, MetadataDirective: 'REPLACE', Metadata: { m: '2' } }))
  assert.deepEqual((await client.send(new HeadObjectCommand({ Bucket, Key: 'a +ü' }))).Metadata, { m: '2' })
  await assert.rejects(client.send(new CopyObjectCommand({ Bucket, Key: 'a +ü', CopySource })), withCode('InvalidRequest', 400))
  await assert.rejects(client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: 'data/none' })), withCode('NoSuchKey', 404))
  await assert.rejects(client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource, CopySourceIfMatch: '"x"' })), withCode('PreconditionFailed', 412))
})

test('several objects are deleted at once', async (t) => {
  const client = sdkClient(t, await runServer(t))
  for (const Key of ['a', 'b&', 'c']) await client.send(new PutObjectCommand({ Bucket, Key, Body: '' }))
  const loud = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }, { Key: 'none' }] } }))
  assert.deepEqual(loud.Deleted?.map(({ Key }) => Key), ['a', 'none'])
  const quiet = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: 'b&' }] } }))
  assert.equal(quiet.Deleted, undefined)
  assert.deepEqual((await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key), ['c'])
  const tooMany = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }))
  await assert.rejects(client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: tooMany } })), withCode('MalformedXML', 400))
})

test('listings in pages, of both versions', async (t) => {
  const client = sdkClient(t, await runServer(t))
  for (const Key of ['a/1', 'a/2', 'b', 'c/1', 'd']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'xyz' }))
  const rows: (string | undefined)[] = []
  for (let token: string | undefined, more = true; more;) {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 1, ...(token ? { ContinuationToken: token } : {}) }))
    rows.push(...page.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [], ...page.Contents?.map(({ Key }) => Key) ?? [])
    assert.equal(page.KeyCount, 1)
    token = page.NextContinuationToken
    more = page.IsTruncated!
  }
  assert.deepEqual(rows, ['a/', 'b', 'c/', 'd'])
  const first = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2 }))
  assert.equal(first.NextMarker, 'b')
  const second = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: first.NextMarker }))
  assert.deepEqual([second.CommonPrefixes?.map(({ Prefix }) => Prefix), second.Contents?.map(({ Key }) => Key), second.IsTruncated], [['c/'], ['d'], false])
  const after = await client.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b', Prefix: '', FetchOwner: true }))
  assert.deepEqual(after.Contents?.map(({ Key, Size }) => [Key, Size]), [['c/1', 3], ['d', 3]])
  assert.ok(after.Contents?.[0]?.Owner?.ID)
  const none = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))
  assert.deepEqual([none.KeyCount, none.IsTruncated, none.Contents], [0, false, undefined])
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'bm90IG91cnM' })), withCode('InvalidArgument', 400))
  await assert.rejects(client.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 })), withCode('InvalidArgument', 400))
})

/** What resolvers do not agree on: every name is this machine. */
function lookup(_: string, options: { all?: boolean }, done: (error: null, address: unknown, family?: number) => void): void {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

test('virtual-host style', async (t) => {
  const server = await runServer(t)
  const { port } = new URL(server.endpoint)
  const requestHandler = { httpAgent: new Agent({ lookup } as object) }
  const client = sdkClient(t, server, { endpoint: `http://localhost:${port}`, forcePathStyle: false, requestHandler })
  await client.send(new CreateBucketCommand({ Bucket: 'virtual.host' }))
  await client.send(new PutObjectCommand({ Bucket: 'virtual.host', Key: '/a b/ü', Body: 'v' }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'virtual.host', Key: '/a b/ü' }))
  assert.equal(await Body?.transformToString(), 'v')
  assert.deepEqual((await client.send(new ListObjectsV2Command({ Bucket: 'virtual.host' }))).Contents?.map(({ Key }) => Key), ['/a b/ü'])
})

test('what is not there is refused, not ignored', async (t) => {
  const client = sdkClient(t, await runServer(t))
  await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '', ServerSideEncryption: 'AES256' })), withCode('NotImplemented', 501))
  await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '', Tagging: 'a=b' })), withCode('NotImplemented', 501))
  await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'k', RequestPayer: 'requester' })), withCode('NotImplemented', 501))
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '', StorageClass: 'STANDARD' }))
})

test('sessions need their token', async (t) => {
  const credentials = { accessKeyId: 'ASIAX', secretAccessKey: 'secret', sessionToken: 'token/+=' }
  const server = await runServer(t, { credentials: [{ accessKeyId: 'AKIAX', secretAccessKey: 'other' }, credentials] })
  const list = (given: object): Promise<unknown> => sdkClient(t, server, { credentials: { ...credentials, ...given } }).send(new ListBucketsCommand())
  await list({})
  await list({ accessKeyId: 'AKIAX', secretAccessKey: 'other', sessionToken: undefined })
  await assert.rejects(list({ sessionToken: 'wrong' }), withCode('InvalidToken', 400))
  await assert.rejects(list({ sessionToken: undefined }), withCode('InvalidAccessKeyId', 403))
  await assert.rejects(list({ accessKeyId: 'AKIAX', secretAccessKey: 'other' }), withCode('InvalidToken', 400))
  await assert.rejects(list({ accessKeyId: 'nobody' }), withCode('InvalidAccessKeyId', 403))
  await assert.rejects(list({ secretAccessKey: 'wrong' }), withCode('SignatureDoesNotMatch', 403))
})
