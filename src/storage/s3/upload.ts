// Writing an object: one PUT, or several parts that become an object all at once or not at all. Each request is retried by itself.

import { Buffer } from 'node:buffer'
import { checksumTypeOf, elementOf, headerOf, type UploadAlgorithm } from '../../util/checksum.ts'
import { systemClock } from '../../util/clock.ts'
import { throwIfAborted } from '../../util/fault.ts'
import { quoted, storageFault } from '../faults.ts'
import { hasOtherEtags } from '../multipart-etag.ts'
import type { ObjectMeta, WriteOptions } from '../store.ts'
import { checkPut, planFor, type UploadPlan } from '../upload-plan.ts'
import { beginFailure, isNotBegun, leavingUpload, leftUpload, partingSignal, removed } from '../upload-end.ts'
import { checkUpload } from '../whole-upload.ts'
import { retrying, type RetryPolicy } from '../with-retry.ts'
import { withdrawing, type Place } from '../withdrawal.ts'
import { collect, gather, lengthError, slices, type Part } from './body-parts.ts'
import { completing, type Confirmed, type SentUpload } from './completion.ts'
import { versionHeader, versionQuery } from './delete.ts'
import { readRefusal, refusalFault } from './errors.ts'
import type { Answer, Header } from './exchange.ts'
import { unquote } from './list-xml.ts'
import type { S3Requests } from './requests.ts'
import { canonicalQuery } from './sigv4.ts'
import { checkBody, checkWhole, checksumHeaders, checksumOf, checksumOfParts, type BodyChecksum } from './upload-checksum.ts'
import { escapeXml, hasRoot, textOf } from './xml.ts'

export interface Destination {
  readonly requests: S3Requests
  readonly key: string
  readonly plan: UploadPlan
  /** Sent with each body. Absent: none. */
  readonly checksum: UploadAlgorithm | undefined
  readonly retry: RetryPolicy
  /** Whether an object is there, and which. */
  readonly look: Place['look']
}

export async function writeObject(to: Destination, body: Uint8Array | AsyncIterable<Uint8Array>, { signal, size }: WriteOptions): Promise<ObjectMeta> {
  const length = body instanceof Uint8Array ? body.length : size
  if (size !== undefined && length !== size) throw lengthError(to.key, length ?? 0, size)
  const plan = planFor(to.plan, length)
  if (length !== undefined && length <= plan.threshold || plan.threshold === Infinity) {
    checkPut(plan, length ?? 0, quoted(to.key))
    return await putObject(to, body instanceof Uint8Array ? body : await collect(to.key, body, { signal, size }), signal)
  }
  const parts: Parts = body instanceof Uint8Array ? () => slices(body, plan.partSize) : (stop) => gather(body, plan.partSize, stop)
  return await putParts({ ...to, plan }, parts, { signal, size })
}

async function putObject(to: Destination, body: Uint8Array, signal: AbortSignal | undefined): Promise<ObjectMeta> {
  const stored = await put(to, body, { query: '', signal })
  await withdrawing(stored, () => { checkStored(stored, to) }, placeOf(to))
  const { etag, version } = stored
  return version === undefined ? { key: to.key, size: body.length, etag } : { key: to.key, size: body.length, etag, version }
}

function placeOf({ requests, key, look }: Destination): Place {
  return { look, remove: (version, limit) => requests.send({ operation: 'delete', method: 'DELETE', key, query: versionQuery(version) }, limit) }
}

/** What the store said of a body. */
interface Stored extends Confirmed {
  /** As it was sent. */
  readonly checksum: BodyChecksum | undefined
  /** The same as the store answered it, if it knows what one is. */
  readonly answered: string | undefined
}

async function put({ requests, key, checksum: algorithm, retry }: Destination, body: Uint8Array, { query, signal }: { query: string; signal: AbortSignal | undefined }): Promise<Stored> {
  const checksum = checksumOf(body, algorithm)
  const headers = checksumHeaders(checksum)
  const answer = await retrying(() => requests.send({ operation: 'write', method: 'PUT', key, body, query, headers }, signal), { operation: 'write', key, signal }, retry)
  const answered = algorithm && answer.head.headers.get(headerOf(algorithm))
  return { ...versionOf(answer), etag: etagOf(answer, requests, key), checksum, answered }
}

/** @throws {Fault} 'corrupt' */
function checkStored({ checksum, answered }: Stored, { requests, key }: Destination): void {
  if (checksum) checkBody(checksum, answered, requests.context('write', key))
}

/** Parts that end, or throw, once `stop` is aborted. */
type Parts = (stop: AbortSignal) => Iterable<Part> | AsyncIterable<Part>

interface Upload {
  readonly id: string
  readonly begunAt: number
  /** The store will make one checksum of the whole object, and so can be told what it must be. */
  readonly isFullObject: boolean
  /** Encrypted in a way that makes ETags something else than MD5 sums. */
  readonly isKeyed: boolean
}

async function putParts(to: Destination, parts: Parts, { signal, size }: WriteOptions): Promise<ObjectMeta> {
  const { key } = to
  const upload = await begin(to, signal)
  try {
    throwIfAborted(signal)
    const { stored, written } = await sendParts(to, upload.id, parts, signal)
    if (size !== undefined && written !== size) throw lengthError(key, written, size)
    // A multipart upload needs a part, even of a stream that turned out empty.
    if (stored.length === 0) {
      await abandon(to, upload.id)
      return await putObject(to, new Uint8Array(0), signal)
    }
    return { key, size: written, ...await complete(to, upload, { stored, written }, signal) }
  } catch (error) {
    throw await abandon(to, upload.id) ? error : leavingUpload(error, leftUpload(key, upload.id))
  }
}

/** Not cancelled half-way, nor made again unless the store refused: an upload whose id is not known could not be removed. */
async function begin({ requests, key, checksum, retry }: Destination, signal: AbortSignal | undefined): Promise<Upload> {
  const late = partingSignal(signal)
  const query = canonicalQuery({ uploads: '' })
  const headers: Header[] = checksum ? [['x-amz-checksum-algorithm', checksum], ['x-amz-checksum-type', checksumTypeOf(checksum)]] : []
  const attempt = (): Promise<Answer> => requests.send({ operation: 'write', method: 'POST', key, query, headers, body: new Uint8Array(0) }, late.signal)
  try {
    const { head, body } = await retrying(() => attempt().catch((error: unknown) => { throw beginFailure(error, key) }), { operation: 'write', key, signal, isSafe: isNotBegun }, retry)
    const id = textOf(new TextDecoder().decode(body), 'UploadId')
    if (!id) throw storageFault('protocol', `${requests.origin} began an upload without an id`, requests.context('write', key), { hint: 'the store may not support multipart uploads: raise the part size' })
    const told = Date.parse(head.headers.get('date') ?? '')
    return { id, begunAt: Number.isNaN(told) ? systemClock.wallMilliseconds() : told, isFullObject: head.headers.get('x-amz-checksum-type') === 'FULL_OBJECT', isKeyed: isKeyedBy(head) }
  } finally {
    late.stop()
  }
}

/** The parts in their order, and the bytes of all. */
interface SentParts { readonly stored: readonly Stored[]; readonly written: number }

async function sendParts(to: Destination, uploadId: string, parts: Parts, signal: AbortSignal | undefined): Promise<SentParts> {
  const stored: Stored[] = []
  let count = 0
  let written = 0
  const failure = new AbortController()
  const both = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
  const inFlight = new Set<Promise<void>>()
  const first: { error?: unknown } = {}
  const sendPart = async (index: number, { bytes, release }: Part): Promise<void> => {
    try {
      const query = canonicalQuery({ partNumber: String(index + 1), uploadId })
      stored[index] = await put(to, bytes, { query, signal: both })
      checkStored(stored[index], to)
      release()
    } catch (error) {
      if (failure.signal.aborted) return
      first.error = error
      failure.abort()
    }
  }
  try {
    for await (const part of parts(both)) {
      written += part.bytes.length
      const sent: Promise<void> = sendPart(count++, part).finally(() => inFlight.delete(sent))
      inFlight.add(sent)
      if (inFlight.size >= to.plan.partsInFlight) await Promise.race(inFlight)
      if (failure.signal.aborted) break
    }
  } catch (error) {
    if (!failure.signal.aborted) { first.error = error; failure.abort() }
  }
  await Promise.all(inFlight)
  if (failure.signal.aborted) throw first.error
  return { stored, written }
}

/** Not cancelled half-way: what the store made of the parts would not be looked at. */
async function complete(to: Destination, upload: Upload, sent: SentParts, signal: AbortSignal | undefined): Promise<Confirmed> {
  const late = partingSignal(signal)
  try {
    return await completeBy(to, upload, sent, { signal, late: late.signal })
  } finally {
    late.stop()
  }
}

async function completeBy(to: Destination, { id, begunAt, isFullObject, isKeyed: isBegunKeyed }: Upload, { stored, written }: SentParts, { signal, late }: { signal: AbortSignal | undefined; late: AbortSignal }): Promise<Confirmed> {
  const { requests, key, retry, look, checksum } = to
  const sums = stored.flatMap((part) => part.checksum ?? [])
  const headers: Header[] = checksum && isFullObject ? [[headerOf(checksum), checksumOfParts(checksum, sums)], ['x-amz-checksum-type', 'FULL_OBJECT']] : []
  const body = Buffer.from(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${stored.map(partElement).join('')}</CompleteMultipartUpload>`)
  let isKeyed = isBegunKeyed
  let answered: string | undefined
  const attempt = async (): Promise<Confirmed> => {
    const answer = await requests.send({ operation: 'write', method: 'POST', key, query: canonicalQuery({ uploadId: id }), headers, body }, late)
    isKeyed ||= isKeyedBy(answer.head)
    const { ofWhole, ...confirmed } = confirmation(answer, to)
    answered = ofWhole
    return confirmed
  }
  const upload: SentUpload = { size: written, etags: stored.map((part) => part.etag), begunAt }
  const { isSeen, ...confirmed } = await retrying(completing(attempt, () => look(late), upload), { operation: 'write', key, signal }, retry)
  const context = requests.context('write', key), place = placeOf(to)
  if (isSeen) return confirmed
  if (checksum) await withdrawing(confirmed, () => { checkWhole(checksum, { sums, answered }, context) }, place)
  await checkUpload({ key, ...upload, ...confirmed, isKeyed }, { ...place, retry, signal, context })
  return confirmed
}

function partElement({ etag, checksum, answered }: Stored, index: number): string {
  const element = checksum && elementOf(checksum.algorithm)
  return `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(`"${etag}"`)}</ETag>${answered !== undefined && element ? `<${element}>${checksum.value}</${element}>` : ''}</Part>`
}

/** What the object is that the upload became, and the checksum that the store has of it. */
function confirmation({ head, body }: Answer, { requests, key, checksum }: Destination): Confirmed & { readonly ofWhole: string | undefined } {
  const xml = new TextDecoder().decode(body)
  const etag = textOf(xml, 'ETag')
  const context = requests.context('write', key)
  if (hasRoot(xml, 'CompleteMultipartUploadResult') && etag) {
    return { ...versionOf({ head }), etag: unquote(etag), ofWhole: checksum && textOf(xml, elementOf(checksum)) }
  }
  // The status was sent before the store knew: an error hides behind it.
  if (hasRoot(xml, 'Error')) throw refusalFault(readRefusal(head.status, head.headers, body), context)
  throw storageFault('protocol', `${requests.origin} did not confirm the upload of ${JSON.stringify(key)}`, context, { hint: 'list the object to see whether it is whole' })
}

/** Whether the upload is gone. Parts that nobody completes cost money until they are removed. */
function abandon({ requests, key }: Destination, uploadId: string): Promise<boolean> {
  return removed((limit) => requests.send({ operation: 'write', method: 'DELETE', key, query: canonicalQuery({ uploadId }) }, limit))
}

function isKeyedBy({ headers }: Answer['head']): boolean {
  return hasOtherEtags(headers.get('x-amz-server-side-encryption'), headers.get('x-amz-server-side-encryption-customer-algorithm'))
}

function versionOf({ head }: Pick<Answer, 'head'>): { readonly version?: string } {
  const version = head.headers.get(versionHeader)
  return version === undefined ? {} : { version }
}

function etagOf({ head }: Answer, requests: S3Requests, key: string): string {
  const etag = head.headers.get('etag')
  if (etag === undefined) throw storageFault('protocol', `${requests.origin} stored ${JSON.stringify(key)} without telling its ETag`, requests.context('write', key), { hint: 'check that the endpoint is an S3 API' })
  return unquote(etag)
}
