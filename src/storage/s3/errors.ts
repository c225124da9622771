// What an S3 answer that is not a success means.
// Source: "Error responses", Amazon S3 API Reference; the codes of MinIO, Ceph and AIStore are among them.

import { systemClock } from '../../util/clock.ts'
import { Fault, type StorageReason } from '../../util/fault.ts'
import { changed, quoted, storageFault, type FaultContext } from '../faults.ts'
import { credentialsHint, hintOf } from './refusal-hints.ts'
import { textOf } from './xml.ts'

/** The parts of a refusal, from whichever client library. */
export interface Refusal {
  readonly status: number
  /** "NoSuchKey"; absent when the body told nothing. */
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly requestId?: string | undefined
  /** The region the bucket is in, when the store tells. */
  readonly region?: string | undefined
  readonly retryAfter?: string | undefined
  /** The store's clock, as its `date` header has it. */
  readonly date?: string | undefined
  /** Of an object that is archived: "GLACIER". */
  readonly storageClass?: string | undefined
  /** The header or parameter that was not understood. */
  readonly subject?: string | undefined
}

type Reason = StorageReason | 'credentials'

const byCode: Readonly<Record<string, Reason>> = {
  NoSuchBucket: 'no-bucket', InvalidBucketName: 'no-bucket', NoSuchKey: 'no-key', NoSuchVersion: 'no-key', NoSuchUpload: 'invalid',
  AccessDenied: 'denied', AllAccessDisabled: 'denied', AccountProblem: 'denied', BucketAlreadyExists: 'denied', InvalidObjectState: 'denied', MethodNotAllowed: 'invalid',
  InvalidAccessKeyId: 'credentials', SignatureDoesNotMatch: 'credentials', ExpiredToken: 'credentials', TokenRefreshRequired: 'credentials',
  InvalidToken: 'credentials', InvalidSecurity: 'credentials', NotSignedUp: 'credentials', MissingSecurityHeader: 'credentials', ExpiredTokenException: 'credentials',
  RequestTimeTooSkewed: 'clock', RequestExpired: 'clock', PreconditionFailed: 'precondition', InvalidRange: 'truncated',
  SlowDown: 'throttled', SlowDownRead: 'throttled', SlowDownWrite: 'throttled', Throttling: 'throttled', ThrottlingException: 'throttled',
  RequestLimitExceeded: 'throttled', TooManyRequests: 'throttled', BandwidthLimitExceeded: 'throttled', ServiceUnavailable: 'throttled', Busy: 'throttled',
  InternalError: 'server', OperationAborted: 'server', RequestTimeout: 'timeout', BadDigest: 'corrupt', XAmzContentSHA256Mismatch: 'corrupt', InvalidDigest: 'corrupt', IncompleteBody: 'truncated',
  PermanentRedirect: 'redirect', TemporaryRedirect: 'redirect', Redirect: 'redirect', AuthorizationHeaderMalformed: 'redirect', IllegalLocationConstraintException: 'redirect',
}

const byStatus: Readonly<Record<number, Reason>> = {
  401: 'credentials', 403: 'denied', 408: 'timeout', 412: 'precondition', 416: 'truncated', 429: 'throttled', 503: 'throttled', 500: 'server', 502: 'server', 504: 'server',
  301: 'redirect', 302: 'redirect', 307: 'redirect', 308: 'redirect',
}

export function refusalFault(refusal: Refusal, context: FaultContext): Fault<'storage'> | Fault<'credentials'> {
  const { status, code, requestId, region } = refusal
  const reason = reasonOf(refusal, context)
  if (reason === 'precondition' && context.operation === 'read' && context.key !== undefined) return changed(context.key, { ...context, status })
  const message = messageOf(refusal, context)
  const details = { ...(code ? { s3Code: code } : {}), ...(requestId ? { requestId } : {}) }
  if (reason === 'credentials') {
    const info = { ...details, status, ...(context.endpoint ? { endpoint: context.endpoint } : {}) }
    return new Fault('credentials', message, { info, hint: credentialsHint(code, context) })
  }
  const retryAfterSeconds = secondsOf(refusal.retryAfter)
  const storeTime = reason === 'clock' ? Date.parse(refusal.date ?? '') : Number.NaN
  return storageFault(reason, message,
    { ...context, ...details, status, ...(region ? { region } : {}), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), ...(Number.isNaN(storeTime) ? {} : { storeTimeMilliseconds: storeTime }) },
    { hint: hintOf(reason, refusal, context) })
}

function messageOf({ status, code, message, storageClass, subject }: Refusal, { operation, key, bucket, endpoint }: FaultContext): string {
  const what = `cannot ${operation} ${key === undefined ? bucket ?? '' : quoted(key)}`
  const answer = `${endpoint} answered ${status}${code ? ` ${code}` : ''}`
  if (code === 'InvalidObjectState') return `${what}: it is archived${storageClass ? ` (${storageClass})` : ''} and cannot be read before it is restored; ${answer}`
  return `${what}: ${answer}${message ? `, ${message.replace(/\.$/, '')}` : ''}${subject && !message?.includes(subject) ? ` (${subject})` : ''}`
}

/** S3 accepts signatures that are so much off. Milliseconds. */
const acceptedSkew = 15 * 60_000

function reasonOf({ status, code, date }: Refusal, { key, operation }: FaultContext): Reason {
  const known = code === undefined ? undefined : byCode[code]
  if (known) return known
  // S3 refuses a listing with an error document: a bare 404 is from a server of another kind.
  if (status === 404 && code === undefined && operation === 'list') return 'protocol'
  // An answer to HEAD has no body to tell why: clocks that are too far apart are reason enough.
  if (status === 403 && code === undefined && Math.abs(Date.parse(date ?? '') - systemClock.wallMilliseconds()) > acceptedSkew) return 'clock'
  // An answer to HEAD has no body to tell a key from a bucket.
  if (status === 404) return key === undefined ? 'no-bucket' : 'no-key'
  return byStatus[status] ?? (status >= 500 && status !== 501 ? 'server' : 'invalid')
}

/** Seconds of a `retry-after` field, which may also be a date. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(retryAfter)) return Number(retryAfter)
  const until = Date.parse(retryAfter)
  return Number.isNaN(until) ? undefined : Math.max(0, (until - systemClock.wallMilliseconds()) / 1000)
}

/** It becomes part of a host's name, which signed requests then go to: nothing that ends the name early. */
export function regionNamed(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9-]+$/i.test(text) ? text : undefined
}

/** What the body and head of an answer say about the refusal. */
export function readRefusal(status: number, headers: ReadonlyMap<string, string>, body: Uint8Array): Refusal {
  const xml = new TextDecoder().decode(body)
  return {
    status, code: textOf(xml, 'Code'), message: textOf(xml, 'Message'),
    requestId: headers.get('x-amz-request-id') ?? textOf(xml, 'RequestId'),
    region: regionNamed(headers.get('x-amz-bucket-region') ?? textOf(xml, 'Region')),
    retryAfter: headers.get('retry-after'), date: headers.get('date'),
    storageClass: textOf(xml, 'StorageClass'), subject: textOf(xml, 'Header') ?? textOf(xml, 'ArgumentName'),
  }
}
