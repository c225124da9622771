// The same bucket through the AWS SDK for JavaScript: the cross-check of our own client, and its price made visible.
// Quirks, all of 3.1169: it retries on its own (off: withRetry does), adds checksums that many stores refuse (off unless
// required), warns about Node 20 on stderr (its own switch turns that off), and lib-storage forgets the signal for parts.

import {
  AbortMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectCommand, DeleteObjectsCommand, GetObjectCommand, HeadBucketCommand,
  HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, type BucketLocationConstraint, type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Readable } from 'node:stream'
import { systemClock } from '../util/clock.ts'
import { isFault, throwIfAborted } from '../util/fault.ts'
import { MiB } from '../util/units.ts'
import { abortable, expectListeners } from './abortable.ts'
import { checkRange, storageFault, truncated, type FaultContext, type Operation } from './faults.ts'
import { addressOf, trustOf } from './s3/address.ts'
import { refusalFault } from './s3/errors.ts'
import { unquote } from './s3/list-xml.ts'
import { promises } from './s3/read-check.ts'
import { decodeListed } from './s3/uri.ts'
import { sdkFault } from './sdk-errors.ts'
import type { S3Spec } from './spec.ts'
import type { ByteRange, Cancel, ListOptions, ObjectMeta, ObjectStore, ReadOptions, ReadTimings, WriteOptions } from './store.ts'

/** lib-storage refuses smaller parts. Bytes. */
const minPartSize = 5 * MiB

export function openSdkStore(spec: S3Spec): ObjectStore {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  return new SdkStore(spec)
}

class SdkStore implements ObjectStore {
  readonly name: string
  readonly #spec: S3Spec
  readonly #bucket: string
  readonly #client: S3Client
  readonly #origin: string

  constructor(spec: S3Spec) {
    this.#spec = spec
    this.#bucket = spec.bucket
    this.#origin = addressOf(spec).origin
    this.#client = new S3Client(configOf(spec))
    this.name = `s3://${spec.bucket} at ${this.#origin}`
  }

  async * list(prefix: string, { startAfter, pageSize = 1000, signal }: ListOptions = {}): AsyncIterable<readonly ObjectMeta[]> {
    let token: string | undefined
    do {
      const page = await this.#call('list', undefined, signal, (abort) => this.#client.send(new ListObjectsV2Command({
        Bucket: this.#bucket, Prefix: prefix, MaxKeys: pageSize, EncodingType: 'url', ContinuationToken: token, StartAfter: token === undefined ? startAfter : undefined,
      }), abort))
      // The SDK takes any text for an empty listing.
      if (page.Name === undefined && page.IsTruncated === undefined) throw storageFault('protocol', `${this.name} answered a listing with something else`, this.#context('list'), { hint: 'check that the endpoint is an S3 API that knows ListObjectsV2' })
      const isEncoded = page.EncodingType === 'url'
      const metas = (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }) => ({ key: isEncoded ? decodeListed(Key) : Key, size: Size, ...extras(ETag, LastModified) }))
      if (metas.length > 0) yield metas
      token = page.IsTruncated ? page.NextContinuationToken : undefined
      if (page.IsTruncated && token === undefined) throw storageFault('protocol', `${this.name} lists more but does not say where`, this.#context('list'))
    } while (token !== undefined)
  }

  async head(key: string, { signal }: Cancel = {}): Promise<ObjectMeta> {
    const found = await this.#call('head', key, signal, (abort) => this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }), abort))
    return { key, size: found.ContentLength ?? 0, ...extras(found.ETag, found.LastModified) }
  }

  async read(key: string, range: ByteRange, into: Uint8Array, { signal, ifMatch }: ReadOptions = {}): Promise<ReadTimings> {
    checkRange(range, into)
    throwIfAborted(signal)
    const begin = systemClock.now()
    const { offset, length } = range
    if (length === 0) return { begin, firstByte: begin, end: begin }
    return await this.#call('read', key, signal, async (abort) => {
      const found = await this.#client.send(new GetObjectCommand({
        Bucket: this.#bucket, Key: key, Range: `bytes=${offset}-${offset + length - 1}`, IfMatch: ifMatch === undefined ? undefined : `"${ifMatch}"`,
      }), abort)
      const body = found.Body as Readable
      try {
        const context = this.#context('read', key)
        promises({ status: found.$metadata.httpStatusCode ?? 0, minorVersion: 1, headers: headersOf(found) }, range, ifMatch, context)
        let filled = 0, firstByte = 0
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          firstByte ||= systemClock.now()
          if (filled + chunk.length > length) throw storageFault('protocol', `${this.#origin} sent more than the ${length} bytes that were asked for`, context)
          into.set(chunk, filled)
          filled += chunk.length
        }
        if (filled < length) throw truncated(key, filled, length, context)
        return { begin, firstByte, end: systemClock.now() }
      } finally {
        body.destroy()
      }
    })
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, { signal, size }: WriteOptions = {}): Promise<ObjectMeta> {
    throwIfAborted(signal)
    const partSize = Math.max(minPartSize, this.#spec.partSize)
    const counter = { bytes: 0 }
    return await this.#call('write', key, signal, async (abort) => {
      const target = { Bucket: this.#bucket, Key: key }
      if (body instanceof Uint8Array) {
        if (size !== undefined && size !== body.length) throw new RangeError(`body of ${body.length} bytes where ${size} were announced`)
        const { ETag } = body.length <= partSize
          ? await this.#client.send(new PutObjectCommand({ ...target, Body: body }), abort)
          : await new Upload({ client: this.#obedient(signal), params: { ...target, Body: body }, partSize }).done()
        return { key, size: body.length, ...extras(ETag) }
      }
      const stream = Readable.from(counted(body, counter, { signal, size }))
      const { ETag } = await new Upload({ client: this.#obedient(signal), params: { ...target, Body: stream }, partSize }).done()
      return { key, size: counter.bytes, ...extras(ETag) }
    })
  }

  async delete(keys: readonly string[], { signal }: Cancel = {}): Promise<void> {
    throwIfAborted(signal)
    if (keys.length === 1) await this.#call('delete', keys[0], signal, (abort) => this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: keys[0] }), abort))
    for (let i = 0; i < keys.length && keys.length > 1; i += 1000) {
      const Objects = keys.slice(i, i + 1000).map((Key) => ({ Key }))
      const { Errors } = await this.#call('delete', undefined, signal, (abort) => this.#client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }), abort))
      const failed = Errors?.find(({ Code }) => Code !== 'NoSuchKey')
      if (failed) throw refusalFault({ status: 200, code: failed.Code, message: failed.Message }, this.#context('delete', failed.Key))
    }
  }

  async createContainer({ signal }: Cancel = {}): Promise<void> {
    const region = this.#spec.region
    try {
      await this.#call('create', undefined, signal, (abort) => this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), abort))
    } catch (error) {
      if (!isFault(error, 'storage') || error.info.reason !== 'no-bucket') throw error
      await this.#call('create', undefined, signal, (abort) => this.#client.send(new CreateBucketCommand({
        Bucket: this.#bucket, ...(region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
      }), abort))
    }
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  #context(operation: Operation, key?: string): FaultContext {
    return { operation, bucket: this.#bucket, endpoint: this.#origin, ...(key === undefined ? {} : { key }) }
  }

  async #call<T>(operation: Operation, key: string | undefined, signal: AbortSignal | undefined, call: (abort: { abortSignal?: AbortSignal }) => Promise<T>): Promise<T> {
    throwIfAborted(signal)
    expectListeners(signal)
    try {
      return await call(signal ? { abortSignal: signal } : {})
    } catch (error) {
      throw sdkFault(error, this.#context(operation, key), signal)
    }
  }

  /** The client for an upload: it passes `signal` on, but for the requests that begin an upload and remove what is left of it. */
  #obedient(signal: AbortSignal | undefined): S3Client {
    const client = this.#client
    if (!signal) return client
    const send = (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
      const isProtected = (command as object) instanceof AbortMultipartUploadCommand || (command as object) instanceof CreateMultipartUploadCommand
      return client.send(command, isProtected ? {} : { abortSignal: signal })
    }
    return Object.create(client, { send: { value: send } }) as S3Client
  }
}

function configOf(spec: S3Spec): S3ClientConfig {
  const { credentials, endpoint, region, timeouts, maxConnections } = spec
  const agent = { keepAlive: true, ...(maxConnections === undefined ? { maxSockets: Infinity } : { maxSockets: maxConnections }) }
  return {
    region, maxAttempts: 1, followRegionRedirects: true,
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
    forcePathStyle: addressOf(spec).basePath.endsWith(`/${spec.bucket}`),
    requestHandler: {
      connectionTimeout: timeouts.connect, requestTimeout: timeouts.firstByte, throwOnRequestTimeout: true, socketTimeout: timeouts.idle,
      // As options only, they would not hold for requests that expect "100 Continue": those get an agent of the SDK's.
      httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent({ ...agent, ...trustOf(spec) }),
    },
    ...(endpoint === undefined ? {} : { endpoint: endpoint.includes('://') ? endpoint : `http://${endpoint}` }),
    ...(credentials ? { credentials } : { credentials: { accessKeyId: '', secretAccessKey: '' }, signer: { sign: async (request) => request } }),
  }
}

/** Copies: a chunk's memory is its source's again as soon as the next is asked for, and lib-storage asks ahead. */
async function * counted(body: AsyncIterable<Uint8Array>, counter: { bytes: number }, { signal, size }: WriteOptions): AsyncGenerator<Buffer> {
  for await (const chunk of abortable(body, signal)) {
    counter.bytes += chunk.length
    if (size !== undefined && counter.bytes > size) break
    yield Buffer.from(chunk)
  }
  if (size !== undefined && counter.bytes !== size) throw new RangeError(`body of ${counter.bytes} bytes where ${size} were announced`)
}

function extras(etag: string | undefined, lastModified?: Date): { etag?: string; lastModified?: Date } {
  return { ...(etag === undefined ? {} : { etag: unquote(etag) }), ...(lastModified ? { lastModified } : {}) }
}

function headersOf({ ContentLength, ContentRange, ETag }: { ContentLength?: number | undefined; ContentRange?: string | undefined; ETag?: string | undefined }): Map<string, string> {
  const headers = new Map<string, string>()
  if (ContentLength !== undefined) headers.set('content-length', String(ContentLength))
  if (ContentRange !== undefined) headers.set('content-range', ContentRange)
  if (ETag !== undefined) headers.set('etag', ETag)
  return headers
}
