// A bucket as an ObjectStore over one of our transports: bodies go into the caller's memory.

import { systemClock } from '../../util/clock.ts'
import { throwIfAborted } from '../../util/fault.ts'
import { checkRange, storageFault, type FaultContext } from '../faults.ts'
import { listDirectoryBucket } from '../directory-listing.ts'
import { lastInOrder, ListingWay } from '../listing-order.ts'
import type { S3Spec } from '../spec.ts'
import type { ByteRange, Cancel, ListOptions, ObjectMeta, ObjectStore, ObjectVersion, ObjectVersions, ReadOptions, ReadTimings, WriteOptions } from '../store.ts'
import { uploadPlanOf } from '../upload-plan.ts'
import type { RetryPolicy } from '../with-retry.ts'
import { deleteObjects, versionHeader } from './delete.ts'
import { isDirectoryBucket, notMade } from './directory-bucket.ts'
import type { Header } from './exchange.ts'
import { parseListPage, unquote, type ListPage } from './list-xml.ts'
import { PartLengths } from './part-lengths.ts'
import { promises } from './read-check.ts'
import { askChecksum, checkRead } from './read-checksum.ts'
import { S3Requests, unless } from './requests.ts'
import { canonicalQuery } from './sigv4.ts'
import type { OpenTransport } from './transport.ts'
import { algorithmOf } from './upload-checksum.ts'
import { writeObject } from './upload.ts'
import { versionsIn } from './versions.ts'
import { escapeXml } from './xml.ts'

/** Of all calls only writes are retried in here, request by request, as `retry` says. @throws {Fault} 'usage' for a spec that cannot be. */
export function openS3Store(spec: S3Spec, retry: RetryPolicy, open: OpenTransport): ObjectStore {
  return new S3Store(spec, retry, open)
}

class S3Store implements ObjectStore {
  readonly name: string
  readonly listsWhole: boolean
  readonly versions: ObjectVersions
  readonly #spec: S3Spec
  readonly #retry: RetryPolicy
  readonly #requests: S3Requests
  readonly #lengths: PartLengths

  constructor(spec: S3Spec, retry: RetryPolicy, open: OpenTransport) {
    this.#spec = spec
    this.listsWhole = isDirectoryBucket(spec.bucket)
    this.#retry = retry
    this.#requests = new S3Requests(spec, open, retry.offset)
    this.#lengths = new PartLengths(async ({ key, etag, signal }, number) => {
      const { head } = await this.#requests.send({ operation: 'head', method: 'HEAD', key, query: canonicalQuery({ partNumber: String(number) }), headers: etag === undefined ? [] : [['if-match', `"${etag}"`]] }, signal)
      return Number(head.headers.get('content-length') ?? Number.NaN)
    })
    this.name = `s3://${spec.bucket} at ${this.#requests.origin}`
    this.versions = versionsIn(this.#requests, this.name)
  }

  async * list(prefix: string, options: ListOptions = {}): AsyncIterable<readonly ObjectMeta[]> {
    const { startAfter, pageSize = 1000, signal } = options
    if (this.listsWhole) {
      const ask = (folder: string, token: string | undefined): Promise<ListPage> => this.#page({ 'list-type': '2', 'encoding-type': 'url', 'max-keys': '1000', prefix: folder, ...(token === undefined ? {} : { 'continuation-token': token }) }, signal)
      yield * listDirectoryBucket({ ask, name: this.name, context: this.#requests.context('list') }, prefix, options)
      return
    }
    let token: string | undefined
    let last = ''
    const way = new ListingWay({ name: this.name, context: this.#requests.context('list') })
    do {
      throwIfAborted(signal)
      const page: ListPage = await this.#page({
        'list-type': '2', 'encoding-type': 'url', 'max-keys': String(pageSize), prefix,
        ...(token === undefined ? startAfter === undefined ? {} : { 'start-after': startAfter } : { 'continuation-token': token }),
      }, signal)
      last = lastInOrder(page, last, { name: this.name, context: this.#requests.context('list') })
      if (page.objects.length > 0) yield page.objects
      token = page.next
      way.goesOn(page.objects.length, token)
    } while (token !== undefined)
  }

  async head(key: string, { signal }: Cancel = {}): Promise<ObjectMeta> {
    const { head: { headers } } = await this.#requests.send({ operation: 'head', method: 'HEAD', key }, signal)
    const size = Number(headers.get('content-length') ?? Number.NaN)
    if (!Number.isSafeInteger(size)) throw storageFault('protocol', `${this.name} does not tell the size of ${JSON.stringify(key)}`, this.#requests.context('head', key))
    const etag = headers.get('etag'), modified = headers.get('last-modified'), version = headers.get(versionHeader)
    return { key, size, ...(etag === undefined ? {} : { etag: unquote(etag) }), ...(modified === undefined ? {} : { lastModified: new Date(modified) }), ...(version === undefined ? {} : { version }) }
  }

  async read(key: string, range: ByteRange, into: Uint8Array, { signal, ifMatch, whole, onFilled }: ReadOptions = {}): Promise<ReadTimings> {
    checkRange(range, into)
    throwIfAborted(signal)
    const begin = systemClock.now()
    if (range.length === 0) return { begin, firstByte: begin, end: begin }
    const bytes: Header = ['range', `bytes=${range.offset}-${range.offset + range.length - 1}`]
    const { readChecks } = this.#spec
    let about: FaultContext | undefined
    const answer = await this.#requests.send({
      operation: 'read', method: 'GET', key, into, onFilled,
      headers: readChecks ? checkedHeaders(bytes, ifMatch, whole) : ifMatch === undefined ? [bytes] : [['if-match', `"${ifMatch}"`], bytes],
      accept: (head, context) => { about = context; return promises(head, range, ifMatch, context) },
    }, signal)
    const end = systemClock.now()
    if (readChecks && about) await checkRead(answer.head, into, { checks: readChecks, lengths: this.#lengths, signal, context: about })
    return { begin, firstByte: answer.firstByte, end }
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: WriteOptions = {}): Promise<ObjectMeta> {
    throwIfAborted(options.signal)
    return await writeObject({
      requests: this.#requests, key, plan: uploadPlanOf(this.#spec), checksum: algorithmOf(this.#spec), retry: this.#retry, look: (signal) => this.head(key, { signal }),
    }, body, options)
  }

  async delete(keys: readonly string[], { signal }: Cancel = {}): Promise<readonly ObjectVersion[]> {
    throwIfAborted(signal)
    return await deleteObjects(this.#requests, keys.map((key) => ({ key })), signal)
  }

  async createContainer({ signal }: Cancel = {}): Promise<void> {
    const found = this.#requests.send({ operation: 'create', method: 'HEAD', usesOwnKeys: true }, signal).then(() => true)
    if (await unless(found, ({ reason }) => reason === 'no-bucket', false)) return
    if (this.listsWhole) throw notMade(this.#spec.bucket)
    const { region } = this.#requests
    // us-east-1 must not be named: S3 then takes it for a wrong one.
    const body = region === 'us-east-1' ? '' : `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${escapeXml(region)}</LocationConstraint></CreateBucketConfiguration>`
    const made = this.#requests.send({ operation: 'create', method: 'PUT', body: Buffer.from(body) }, signal).then(() => true)
    await unless(made, ({ s3Code }) => s3Code === 'BucketAlreadyOwnedByYou', true)
  }

  async close(): Promise<void> {
    this.#requests.close()
  }

  async #page(parameters: Record<string, string>, signal: AbortSignal | undefined): Promise<ListPage> {
    const { body } = await this.#requests.send({ operation: 'list', method: 'GET', query: canonicalQuery(parameters) }, signal)
    const page = parseListPage(body)
    if (!page) throw storageFault('protocol', `${this.name} answered a listing with something else: ${JSON.stringify(new TextDecoder().decode(body.subarray(0, 60)))}`, this.#requests.context('list'), { hint: 'check that the endpoint is an S3 API that knows ListObjectsV2' })
    return page
  }
}

/** Some stores tell no checksum of a range, even if it is all of the object. */
function checkedHeaders(bytes: Header, ifMatch: string | undefined, whole = false): Header[] {
  return [...(ifMatch === undefined ? [] : [['if-match', `"${ifMatch}"`] as const]), ...(whole ? [] : [bytes]), askChecksum]
}
