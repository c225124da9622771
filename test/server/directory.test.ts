import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'node:test'
import { CreateMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { isFault } from '../../src/util/fault.ts'
import { startServer } from '../../src/server/server.ts'
import { runServer, sdkClient, temporaryFolder, withCode } from './running-server.ts'

const Bucket = 'data'
const credentials = [{ accessKeyId: 'AKIAX', secretAccessKey: 'secret' }]

test('objects outlast the server, with all that is known of them', async (t) => {
  const directory = await temporaryFolder(t)
  const first = await startServer({ directory, credentials, buckets: ['data', 'empty'] })
  const client = sdkClient(t, first)
  const body = Buffer.alloc(2_500_000, 'xyz')
  const put = await client.send(new PutObjectCommand({ Bucket, Key: 'a/../b', Body: body, ContentType: 'text/x', Metadata: { a: 'b' } }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'v' }))
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'old' }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'new' }))
  const before = await client.send(new ListObjectsV2Command({ Bucket }))
  await first.close()

  const server = await runServer(t, { directory, credentials, buckets: [] })
  const again = sdkClient(t, server)
  assert.deepEqual((await again.send(new ListObjectsV2Command({ Bucket }))).Contents, before.Contents)
  assert.equal((await again.send(new ListObjectsV2Command({ Bucket: 'empty' }))).KeyCount, 0)
  const got = await again.send(new GetObjectCommand({ Bucket, Key: 'a/../b', ChecksumMode: 'ENABLED' }))
  assert.ok(body.equals(await got.Body!.transformToByteArray()))
  assert.deepEqual([got.ETag, got.ContentType, got.Metadata, got.ChecksumCRC32], [put.ETag, 'text/x', { a: 'b' }, put.ChecksumCRC32])
  assert.equal(await (await again.send(new GetObjectCommand({ Bucket, Key: 'twice' }))).Body!.transformToString(), 'new')
  await assert.rejects(again.send(new GetObjectCommand({ Bucket, Key: 'gone' })), withCode('NoSuchKey', 404))
  assert.equal((await readdir(path.join(directory, 'content'))).length, 2)
})

test('parts of uploads that nobody finished are cleared away at the next start', async (t) => {
  const directory = await temporaryFolder(t)
  const first = await startServer({ directory, credentials, buckets: ['data'] })
  const client = sdkClient(t, first)
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }))
  await client.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'abc' }))
  await first.close()
  assert.equal((await readdir(path.join(directory, 'content'))).length, 1)
  await runServer(t, { directory })
  assert.deepEqual(await readdir(path.join(directory, 'content')), [])
})

test('an object that is replaced while it is read is read to its end', async (t) => {
  const server = await runServer(t, { directory: await temporaryFolder(t), credentials })
  const client = sdkClient(t, server)
  const body = Buffer.alloc(30_000_000, 'old')
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }))
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  assert.ok(body.equals(await Body!.transformToByteArray()))
})

test('a folder of somebody else is not touched', async (t) => {
  const directory = await temporaryFolder(t)
  await writeFile(path.join(directory, 'thesis.txt'), 'x')
  await assert.rejects(startServer({ directory }), (error) => isFault(error, 'usage') && error.message.includes(directory))
  assert.equal(await readFile(path.join(directory, 'thesis.txt'), 'utf8'), 'x')
})

test('a path that is a file is a usage fault', async (t) => {
  const file = path.join(await temporaryFolder(t), 'file')
  await writeFile(file, '')
  await assert.rejects(startServer({ directory: file }), (error) => isFault(error, 'usage'))
})
