// The same bucket through the AWS SDK for JavaScript: the cross-check of our own client, and its price made visible.
// Quirks, all of 3.1169: it retries on its own (off: we do, and count), adds checksums that many stores refuse (off unless
// required), warns about Node 20 on stderr (its own switch turns that off), mixes up concurrent requests that follow one
// to another region (off: `#call` follows), and lib-storage forgets the signal for parts and asks once for each.

import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectCommand, DeleteObjectsCommand, GetObjectCommand, HeadBucketCommand,
  HeadObjectCommand, ListObjectVersionsCommand, ListObjectsV2Command, PutObjectCommand, S3Client,
  type BucketLocationConstraint, type UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Readable } from 'node:stream'
import type { UploadAlgorithm } from '../util/checksum.ts'
import { systemClock } from '../util/clock.ts'
import { Fault, isFault, throwIfAborted } from '../util/fault.ts'
import { listDirectoryBucket } from './directory-listing.ts'
import { checkRange, quoted, storageFault, truncated } from './faults.ts'
import { lastInOrder, ListingWay } from './listing-order.ts'
import { addressOf } from './s3/address.ts'
import { completing, type Confirmed } from './s3/completion.ts'
import { deletions, type Doomed } from './s3/delete.ts'
import { isDirectoryBucket, notMade } from './s3/directory-bucket.ts'
import { collect, lengthError } from './s3/body-parts.ts'
import { unquote, type ListPage } from './s3/list-xml.ts'
import { PartLengths } from './s3/part-lengths.ts'
import { promises } from './s3/read-check.ts'
import { checkRead } from './s3/read-checksum.ts'
import { algorithmOf } from './s3/upload-checksum.ts'
import { SdkCalls } from './sdk-calls.ts'
import { AnswerCheck, checksumParameters, confirmedBy, type SdkAnswer } from './sdk-checksum.ts'
import { clientSettings } from './sdk-connections.ts'
import { askForChecksums, leaveBodiesUnsigned, sendAlong } from './sdk-headers.ts'
import { sdkFault } from './sdk-errors.ts'
import { listPageOf, markersIn, versionsOf } from './sdk-listings.ts'
import { bytesIn, counted, extras, headOf, type Counter } from './sdk-values.ts'
import type { S3Spec } from './spec.ts'
import type { ByteRange, Cancel, ListOptions, ObjectMeta, ObjectStore, ObjectVersion, ObjectVersions, ReadOptions, ReadTimings, WriteOptions } from './store.ts'
import { beginFailure, isNotBegun, leavingUpload, leftUpload, partingSignal, removed } from './upload-end.ts'
import { checkPut, planFor, uploadPlanOf } from './upload-plan.ts'
import { checkUpload } from './whole-upload.ts'
import { retrying, type RetriedCall, type RetryPolicy } from './with-retry.ts'
import type { Place } from './withdrawal.ts'

/** Of all calls only writes are retried in here, request by request, as `retry` says. @throws {Fault} 'usage' for a spec that cannot be. */
export function openSdkStore(spec: S3Spec, retry: RetryPolicy): ObjectStore {
  if (isDirectoryBucket(spec.bucket) && addressOf(spec).basePath !== '') throw new Fault('usage', '--transport sdk reaches directory buckets by host names only', { info: { key: 'transport' }, hint: 'name the endpoint, like http://localhost:9000, or use --transport direct' })
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  return new SdkStore(spec, retry)
}

class SdkStore implements ObjectStore {
  readonly name: string
  readonly listsWhole: boolean
  readonly #spec: S3Spec
  readonly #retry: RetryPolicy
  readonly #bucket: string
  readonly #checksum: UploadAlgorithm | undefined
  readonly #calls: SdkCalls<S3Client>
  readonly #lengths: PartLengths = new PartLengths(async ({ key, etag, signal }, number) => (await this.#calls.run({ operation: 'head', key, signal }, ({ client, abort }) => client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key, PartNumber: number, IfMatch: etag === undefined ? undefined : `"${etag}"` }), abort))).ContentLength ?? Number.NaN)

  constructor(spec: S3Spec, retry: RetryPolicy) {
    this.#spec = spec
    this.listsWhole = isDirectoryBucket(spec.bucket)
    this.#retry = retry
    this.#bucket = spec.bucket
    this.#checksum = algorithmOf(spec)
    this.#calls = new SdkCalls(spec, connect)
    this.name = `s3://${spec.bucket} at ${this.#calls.origin}`
  }

  async * list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectMeta[]> {
    const { startAfter, pageSize = 1000, signal } = options
    const about = { name: this.name, context: this.#calls.context('list') }
    if (this.listsWhole) {
      yield * listDirectoryBucket({ ...about, ask: (folder, token) => this.#page(folder, { token, pageSize: 1000, signal }) }, prefix, options)
      return
    }
    let last = ''
    const way = new ListingWay(about)
    for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
      const { objects, next }: ListPage = await this.#page(prefix, { token, startAfter, pageSize, signal })
      last = lastInOrder({ objects }, last, about)
      if (objects.length > 0) yield objects
      token = next
      way.goesOn(objects.length, token)
    }
  }

  async #page(prefix: string, { token, startAfter, pageSize, signal }: ListOptions & { readonly token: string | undefined }): Promise<ListPage> {
    const page = await this.#calls.run({ operation: 'list', signal }, ({ client, abort }) => client.send(new ListObjectsV2Command({
      Bucket: this.#bucket, Prefix: prefix, MaxKeys: pageSize, EncodingType: 'url', ContinuationToken: token, StartAfter: token === undefined ? startAfter : undefined,
    }), abort))
    return listPageOf(page, { name: this.name, context: this.#calls.context('list') })
  }

  async head(key: string, { signal }: Cancel = {}): Promise<ObjectMeta> {
    const found = await this.#calls.run({ operation: 'head', key, signal }, ({ client, abort }) => client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }), abort))
    return { key, size: found.ContentLength ?? 0, ...extras(found) }
  }

  async read(key: string, range: ByteRange, into: Uint8Array, { signal, ifMatch, whole = false }: ReadOptions = {}): Promise<ReadTimings> {
    checkRange(range, into)
    throwIfAborted(signal)
    const begin = systemClock.now()
    const { offset, length } = range
    if (length === 0) return { begin, firstByte: begin, end: begin }
    const { readChecks } = this.#spec
    return await this.#calls.run({ operation: 'read', key, signal, bytes: length }, async ({ client, abort, context }) => {
      const found = await client.send(new GetObjectCommand({
        // Some stores tell no checksum of a range, even if it is all of the object.
        Bucket: this.#bucket, Key: key, ...(readChecks && whole ? {} : { Range: `bytes=${offset}-${offset + length - 1}` }), IfMatch: ifMatch === undefined ? undefined : `"${ifMatch}"`,
      }), abort)
      const body = found.Body as Readable
      try {
        const head = headOf(found)
        promises(head, range, ifMatch, context)
        let filled = 0, firstByte = 0
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          firstByte ||= systemClock.now()
          if (filled + chunk.length > length) throw storageFault('protocol', `${context.endpoint} sent more than the ${length} bytes that were asked for`, context)
          into.set(chunk, filled)
          filled += chunk.length
        }
        if (filled < length) throw truncated(key, filled, length, context)
        const end = systemClock.now()
        if (readChecks) await checkRead(head, into, { checks: readChecks, lengths: this.#lengths, signal, context })
        return { begin, firstByte, end }
      } finally {
        body.destroy()
      }
    })
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, { signal, size }: WriteOptions = {}): Promise<ObjectMeta> {
    throwIfAborted(signal)
    const length = body instanceof Uint8Array ? body.length : size
    if (size !== undefined && length !== size) throw lengthError(key, length ?? 0, size)
    const plan = planFor(uploadPlanOf(this.#spec), length)
    const target = { Bucket: this.#bucket, Key: key, ...checksumParameters(this.#checksum) }
    const about = { operation: 'write', key, signal } as const
    if (length !== undefined && length <= plan.threshold || plan.threshold === Infinity) {
      checkPut(plan, length ?? 0, quoted(key))
      const whole = body instanceof Uint8Array ? body : await collect(key, body, { signal, size })
      return { key, size: whole.length, ...extras(await this.#uploader(about, { bytes: whole.length }).send(new PutObjectCommand({ ...target, Body: whole }))) }
    }
    const counter = { bytes: body instanceof Uint8Array ? body.length : 0 }
    const Body = body instanceof Uint8Array ? body : Readable.from(counted(body, counter, { signal, size }))
    const answer = await this.#upload({ params: { ...target, Body }, partSize: plan.partSize, queueSize: plan.partsInFlight }, about, counter)
    return { key, size: counter.bytes, ...extras(answer) }
  }

  async delete(keys: readonly string[], options: Cancel = {}): Promise<readonly ObjectVersion[]> {
    return await this.#delete(keys.map((key) => ({ key })), options)
  }

  get versions(): ObjectVersions {
    return {
      list: async (prefix, { signal } = {}) => versionsOf(await this.#calls.run({ operation: 'list', signal }, ({ client, abort }) => client.send(new ListObjectVersionsCommand({ Bucket: this.#bucket, Prefix: prefix, MaxKeys: 1000, EncodingType: 'url' }), abort)), { name: this.name, context: this.#calls.context('list') }),
      delete: async (versions, options = {}) => { await this.#delete(versions, options) },
    }
  }

  /** Resolves to the delete markers that were made. */
  async #delete(doomed: readonly Doomed[], { signal }: Cancel): Promise<readonly ObjectVersion[]> {
    throwIfAborted(signal)
    const { batches, single } = deletions(doomed)
    const markers: ObjectVersion[] = []
    for (const { key, version } of single) {
      const { DeleteMarker, VersionId: DeleteMarkerVersionId } = await this.#calls.run({ operation: 'delete', key, signal }, ({ client, abort }) => client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key, VersionId: version }), abort))
      markers.push(...markersIn({ Deleted: [{ Key: key, VersionId: version, DeleteMarker, DeleteMarkerVersionId }] }, this.#calls.context('delete', key)))
    }
    for (const batch of batches) {
      const Objects = batch.map(({ key, version }) => ({ Key: key, VersionId: version }))
      const answer = await this.#calls.run({ operation: 'delete', signal }, ({ client, abort }) => client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects } }), abort))
      markers.push(...markersIn(answer, this.#calls.context('delete')))
    }
    return markers
  }

  async createContainer({ signal }: Cancel = {}): Promise<void> {
    try {
      await this.#calls.run({ operation: 'create', signal }, ({ client, abort }) => client.send(new HeadBucketCommand({ Bucket: this.#bucket }), abort))
    } catch (error) {
      if (!isFault(error, 'storage') || error.info.reason !== 'no-bucket') throw error
      if (this.listsWhole) throw notMade(this.#bucket)
      const { region } = this.#calls
      await this.#calls.run({ operation: 'create', signal }, ({ client, abort }) => client.send(new CreateBucketCommand({
        Bucket: this.#bucket, ...(region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
      }), abort))
    }
  }

  async close(): Promise<void> {
    for (const client of this.#calls.all) client.destroy()
  }

  async #upload(what: Pick<ConstructorParameters<typeof Upload>[0], 'params' | 'partSize' | 'queueSize'>, about: Writing, counter: Counter): Promise<SdkAnswer> {
    const left = { uploadId: '' }
    try {
      return await new Upload({ client: this.#uploader(about, counter, left), ...what }).done()
    } catch (error) {
      const fault = sdkFault(error, this.#calls.context('write', about.key), about.signal)
      throw left.uploadId === '' ? fault : leavingUpload(fault, leftUpload(about.key, left.uploadId))
    }
  }

  /** The client for one object, and as lib-storage sees it: passes the signal on, asks again, checks the answers, and notes an upload that could not be removed in `left`. */
  #uploader(about: Writing, counter: Counter, left = { uploadId: '' }): S3Client {
    const { key, signal } = about
    const check = new AnswerCheck(this.#checksum, this.#calls.context('write', key))
    const place: Place = {
      look: (limit) => this.head(key, { signal: limit }),
      remove: (version, limit) => this.#calls.run({ operation: 'delete', key, signal: limit }, ({ client, abort }) => client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key, VersionId: version }), abort)),
    }
    let begunAt = 0
    const send = async (command: object): Promise<unknown> => {
      // The overloads of `send` tie an answer to its command; any of them passes both on.
      const pass = (limit: AbortSignal | undefined): Promise<SdkAnswer> => this.#calls.run({ operation: 'write', key, signal: limit, bytes: bytesIn(command) }, ({ client, abort }) => client.send(command as PutObjectCommand, abort))
      if (command instanceof CreateMultipartUploadCommand) {
        begunAt = systemClock.wallMilliseconds()
        const late = partingSignal(signal)
        const begin = (): Promise<unknown> => pass(late.signal).then((answer) => check.noted(answer)).catch((error: unknown) => { throw beginFailure(error, key) })
        return await retrying(begin, { ...about, isSafe: isNotBegun }, this.#retry).finally(() => { late.stop() })
      }
      if (command instanceof CompleteMultipartUploadCommand) {
        const etags = check.completeParts(command.input.MultipartUpload?.Parts ?? []).map(({ ETag = '' }) => unquote(ETag))
        const late = partingSignal(signal)
        const complete = async (): Promise<Confirmed> => confirmedBy(check.noted(await pass(late.signal)))
        const upload = { size: counter.bytes, etags, begunAt }
        const { isSeen, ...confirmed } = await retrying(completing(complete, () => place.look(late.signal), upload), about, this.#retry).finally(() => { late.stop() })
        if (!isSeen) await check.ofWhole(confirmed, place).then(() => checkUpload({ key, ...upload, ...confirmed, isKeyed: check.isKeyed }, { ...place, retry: this.#retry, signal, context: this.#calls.context('write', key) }))
        return { ETag: confirmed.etag, VersionId: confirmed.version }
      }
      if (!(command instanceof AbortMultipartUploadCommand)) return await check.ofBody((command as UploadPartCommand).input, await retrying(() => pass(signal), about, this.#retry), place)
      if (!await removed(pass)) left.uploadId = command.input.UploadId ?? ''
      return {}
    }
    return Object.create(this.#calls.client, { send: { value: send } }) as S3Client
  }
}

function connect(spec: S3Spec, { ip, region }: { ip: string | undefined; region: () => Promise<string> }): S3Client {
  const client = new S3Client({ ...clientSettings(spec, ip), region })
  if (spec.payloadSigning === 'never') leaveBodiesUnsigned(client.middlewareStack)
  if (spec.headers) sendAlong(client.middlewareStack, spec.headers)
  if (spec.readChecks) askForChecksums(client.middlewareStack)
  return client
}

type Writing = RetriedCall & { readonly operation: 'write'; readonly key: string }
