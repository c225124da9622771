import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateMultipartUploadCommand, GetObjectCommand, HeadObjectCommand,
  ListMultipartUploadsCommand, ListPartsCommand, UploadPartCommand, type CompleteMultipartUploadCommandOutput, type CompletedPart, type CreateMultipartUploadCommandInput, type ListMultipartUploadsCommandOutput,
  type ListPartsCommandOutput, type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createDigest, type ChecksumAlgorithm } from '../../src/util/checksum.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { runServer, sdkClient, temporaryFolder, withCode } from './running-server.ts'

const Bucket = 'data'
const Key = 'k'
const MiB = 1024 * 1024
const partBytes = 5 * MiB
const md5 = (data: Uint8Array): Buffer => createHash('md5').update(data).digest()

interface Setup { server: RunningServer; client: S3Client; UploadId: string }

async function begin(t: TestContext, options: Partial<CreateMultipartUploadCommandInput> = {}): Promise<Setup> {
  const server = await runServer(t)
  const client = sdkClient(t, server)
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...options }))
  return { server, client, UploadId: UploadId! }
}

async function sendPart({ client, UploadId }: Setup, PartNumber: number, Body: Uint8Array, ChecksumAlgorithm?: ChecksumAlgorithm): Promise<CompletedPart> {
  const { $metadata: _, ServerSideEncryption: __, ...part } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...(ChecksumAlgorithm ? { ChecksumAlgorithm } : {}) }))
  return { ...part, PartNumber }
}

function complete({ client, UploadId }: Setup, Parts: CompletedPart[], more: object = {}): Promise<CompleteMultipartUploadCommandOutput> {
  return client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }))
}

for (const directory of [false, true]) {
  test(`lib-storage uploads a stream${directory ? ' into files' : ''}, and leaves no upload behind`, async (t) => {
    const server = await runServer(t, directory ? { directory: await temporaryFolder(t) } : {})
    const client = sdkClient(t, server)
    const data = Buffer.alloc(11 * MiB + 13)
    for (let i = 0; i < data.length; i++) data[i] = i * 31 + (i >> 11)
    const { ETag } = await new Upload({ client, params: { Bucket, Key, Body: Readable.from([data]), Metadata: { a: 'b' } } }).done()
    const md5s = [0, 1, 2].map((i) => md5(data.subarray(i * partBytes, (i + 1) * partBytes)))
    assert.equal(ETag, `"${md5(Buffer.concat(md5s)).toString('hex')}-3"`)
    const whole = await client.send(new GetObjectCommand({ Bucket, Key }))
    assert.ok(data.equals(await whole.Body!.transformToByteArray()))
    assert.deepEqual(whole.Metadata, { a: 'b' })
    // Across two parts' border.
    const range = await client.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${partBytes - 3}-${2 * partBytes + 4}` }))
    assert.ok(data.subarray(partBytes - 3, 2 * partBytes + 5).equals(await range.Body!.transformToByteArray()))
    const third = await client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 }))
    assert.ok(data.subarray(2 * partBytes).equals(await third.Body!.transformToByteArray()))
    assert.deepEqual([third.PartsCount, third.$metadata.httpStatusCode], [3, 206])
    await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 4 })), withCode('InvalidPartNumber', 416))
    const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `data/${Key}` }))
    assert.equal(CopyObjectResult?.ETag, `"${md5(data).toString('hex')}"`)
    const { openUploads, requests } = await server.stats()
    assert.deepEqual([openUploads, requests['UploadPart'], requests['CompleteMultipartUpload']], [0, 3, 1])
  })
}

test('parts may be sent in any order, twice, and left out', async (t) => {
  const upload = await begin(t)
  await sendPart(upload, 7, Buffer.from('left out'))
  const last = await sendPart(upload, 10_000, Buffer.from('end'))
  await sendPart(upload, 2, Buffer.alloc(10, 'x'))
  const first = await sendPart(upload, 2, Buffer.alloc(partBytes, 'a'))
  await complete(upload, [first, last])
  const { Body, ContentLength } = await upload.client.send(new GetObjectCommand({ Bucket, Key }))
  assert.equal(ContentLength, partBytes + 3)
  assert.ok((await Body!.transformToString()).endsWith('aend'))
})

test('the rules of completion', async (t) => {
  const upload = await begin(t)
  const small = await sendPart(upload, 1, Buffer.from('small'))
  const large = await sendPart(upload, 2, Buffer.alloc(partBytes))
  await assert.rejects(complete(upload, [large, small]), withCode('InvalidPartOrder', 400))
  await assert.rejects(complete(upload, [small, small]), withCode('InvalidPartOrder', 400))
  await assert.rejects(complete(upload, [small, large]), withCode('EntityTooSmall', 400))
  await assert.rejects(complete(upload, [{ ...large, ETag: '"x"' }]), withCode('InvalidPart', 400))
  await assert.rejects(complete(upload, [{ ...large, PartNumber: 3 }]), withCode('InvalidPart', 400))
  await assert.rejects(complete(upload, [{ ...large, ChecksumCRC32: 'AAAAAA==' }]), withCode('InvalidPart', 400))
  await assert.rejects(complete(upload, []), withCode('MalformedXML', 400))
  await assert.rejects(complete(upload, [large], { MpuObjectSize: 1 }), withCode('InvalidRequest', 400))
  await assert.rejects(complete(upload, [large], { IfMatch: '"x"' }), withCode('NoSuchKey', 404))
  assert.equal((await upload.server.stats()).openUploads, 1, 'a refused completion ends nothing')
  await complete(upload, [large], { IfNoneMatch: '*', MpuObjectSize: partBytes })
  await assert.rejects(complete(upload, [large]), withCode('NoSuchUpload', 404))
})

test('an upload that is aborted takes nothing more', async (t) => {
  const upload = await begin(t)
  await sendPart(upload, 1, Buffer.from('a'))
  await assert.rejects(sendPart(upload, 0, Buffer.from('a')), withCode('InvalidArgument', 400))
  await assert.rejects(sendPart(upload, 10_001, Buffer.from('a')), withCode('InvalidArgument', 400))
  const abort = (): Promise<unknown> => upload.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: upload.UploadId }))
  await abort()
  await assert.rejects(abort(), withCode('NoSuchUpload', 404))
  await assert.rejects(sendPart(upload, 2, Buffer.from('a')), withCode('NoSuchUpload', 404))
  assert.deepEqual(await upload.server.stats().then(({ openUploads, objects }) => [openUploads, objects]), [0, 0])
})

const types: [ChecksumAlgorithm, 'FULL_OBJECT' | 'COMPOSITE'][] = [
  ['CRC32', 'FULL_OBJECT'], ['CRC32', 'COMPOSITE'], ['CRC32C', 'FULL_OBJECT'], ['CRC32C', 'COMPOSITE'], ['CRC64NVME', 'FULL_OBJECT'], ['SHA1', 'COMPOSITE'], ['SHA256', 'COMPOSITE'],
]
for (const [algorithm, ChecksumType] of types) {
  test(`${algorithm} of an upload in parts, ${ChecksumType}`, async (t) => {
    const upload = await begin(t, { ChecksumAlgorithm: algorithm, ChecksumType })
    const bodies = [Buffer.alloc(partBytes, 'ab'), Buffer.from('end')]
    const parts: CompletedPart[] = []
    for (const [i, body] of bodies.entries()) parts.push(await sendPart(upload, i + 1, body, algorithm))
    const name = `Checksum${algorithm}` as const
    const digest = createDigest(algorithm)
    if (ChecksumType === 'FULL_OBJECT') for (const body of bodies) digest.update(body)
    else for (const part of parts) digest.update(Buffer.from(part[name]!, 'base64'))
    const value = digest.base64()
    await assert.rejects(complete(upload, parts, { [name]: value.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }), withCode('BadDigest', 400))
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
    if (ChecksumType === 'COMPOSITE') await assert.rejects(complete(upload, bare), withCode('InvalidRequest', 400))
    const other = algorithm === 'CRC32' ? 'SHA256' : 'CRC32'
    await assert.rejects(sendPart(upload, 3, Buffer.from('x'), other), withCode('InvalidRequest', 400))
    await complete(upload, ChecksumType === 'COMPOSITE' ? parts : bare, { [name]: value, ChecksumType })
    const head = await upload.client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    assert.deepEqual([head[name], head.ChecksumType], [ChecksumType === 'COMPOSITE' ? `${value}-2` : value, ChecksumType])
  })
}

test('a type that an algorithm cannot have is refused', async (t) => {
  await assert.rejects(begin(t, { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }), withCode('InvalidRequest', 400))
  await assert.rejects(begin(t, { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }), withCode('InvalidRequest', 400))
})

test('parts are listed in pages', async (t) => {
  const upload = await begin(t)
  for (const number of [3, 1, 20]) await sendPart(upload, number, Buffer.alloc(number))
  const list = (more: object): Promise<ListPartsCommandOutput> =>
    upload.client.send(new ListPartsCommand({ Bucket, Key, UploadId: upload.UploadId, ...more }))
  const first = await list({ MaxParts: 2 })
  assert.deepEqual([first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]), first.IsTruncated, first.NextPartNumberMarker], [[[1, 1], [3, 3]], true, '3'])
  const second = await list({ PartNumberMarker: '3' })
  assert.deepEqual([second.Parts?.map(({ PartNumber }) => PartNumber), second.IsTruncated], [[20], false])
})

test('uploads are listed in pages, by key and age', async (t) => {
  const client = sdkClient(t, await runServer(t))
  const opened: (readonly [string, string])[] = []
  for (const key of ['b', 'a/2', 'b', 'a/1', 'c']) opened.push([key, (await client.send(new CreateMultipartUploadCommand({ Bucket, Key: key }))).UploadId!])
  const expected = opened.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  for (const MaxUploads of [1, 2, 1000]) {
    const found: (readonly [string, string])[] = []
    for (let marker: object | undefined = {}; marker;) {
      const page: ListMultipartUploadsCommandOutput = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads, ...marker }))
      found.push(...page.Uploads!.map((each) => [each.Key!, each.UploadId!] as const))
      marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined
    }
    assert.deepEqual(found, expected)
  }
  const grouped = await client.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/', MaxUploads: 1 }))
  assert.deepEqual([grouped.CommonPrefixes?.map(({ Prefix }) => Prefix), grouped.Uploads, grouped.NextKeyMarker], [['a/'], undefined, 'a/'])
  const rest = await client.send(new ListMultipartUploadsCommand({ Bucket, Delimiter: '/', KeyMarker: 'a/' }))
  assert.deepEqual([rest.CommonPrefixes, rest.Uploads?.map((each) => each.Key)], [undefined, ['b', 'b', 'c']])
  const none = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'z' }))
  assert.deepEqual([none.Uploads, none.IsTruncated], [undefined, false])
})
