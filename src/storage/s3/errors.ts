// What an S3 answer that is not a success means, and what to try about it.
// Source: "Error responses", Amazon S3 API Reference; the codes of MinIO, Ceph and AIStore are among them.

import { systemClock } from '../../util/clock.ts'
import { Fault, type StorageReason } from '../../util/fault.ts'
import { changed, quoted, storageFault, type FaultContext } from '../faults.ts'
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

const hints: Readonly<Partial<Record<Reason, string>>> = {
  'no-bucket': 'check its name and the endpoint, or make it: --create-bucket',
  'no-key': 'check the prefix and the key, or generate the data set first',
  redirect: 'set the region of the bucket, or an endpoint that serves it',
  throttled: 'the store asks for fewer requests: lower the concurrency, or spread keys over more prefixes',
  server: 'look at the logs of the store',
  timeout: 'the store or the network is overloaded',
  truncated: 'the object is shorter than the listing said; list again',
  corrupt: 'bytes were changed on the way to the store: check the network and anything in between',
  protocol: 'this does not look like an S3 endpoint: check the address and the port',
  invalid: 'the store may not support this request; the S3 error code says which part',
}

/** What a listing needs when it is refused, and so on: the permission's name in a policy. */
const permissions: Readonly<Record<string, string>> = {
  list: 's3:ListBucket', head: 's3:GetObject', read: 's3:GetObject', write: 's3:PutObject', delete: 's3:DeleteObject', create: 's3:CreateBucket and s3:ListBucket',
}

export function refusalFault(refusal: Refusal, context: FaultContext): Fault<'storage'> | Fault<'credentials'> {
  const { status, code, requestId, region } = refusal
  const reason = reasonOf(refusal, context)
  if (reason === 'precondition' && context.operation === 'read' && context.key !== undefined) return changed(context.key, { ...context, status })
  const what = `cannot ${context.operation} ${context.key === undefined ? context.bucket ?? '' : quoted(context.key)}`
  const message = `${what}: ${context.endpoint} answered ${status}${code ? ` ${code}` : ''}${refusal.message ? `, ${refusal.message.replace(/\.$/, '')}` : ''}`
  const details = { ...(code ? { s3Code: code } : {}), ...(requestId ? { requestId } : {}) }
  if (reason === 'credentials') {
    const info = { ...details, status, ...(context.endpoint ? { endpoint: context.endpoint } : {}) }
    return new Fault('credentials', message, { info, hint: credentialsHint(code) })
  }
  const retryAfterSeconds = secondsOf(refusal.retryAfter)
  const storeTime = reason === 'clock' ? Date.parse(refusal.date ?? '') : Number.NaN
  return storageFault(reason, message,
    { ...context, ...details, status, ...(region ? { region } : {}), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), ...(Number.isNaN(storeTime) ? {} : { storeTimeMilliseconds: storeTime }) },
    { hint: hintOf(reason, refusal, context) })
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

function hintOf(reason: StorageReason, { status, code, message = '', region, date }: Refusal, { operation, bucket }: FaultContext): string {
  // An answer to HEAD has no body to tell why: of these requests there is little else that could be wrong.
  const isEncrypted = reason === 'invalid' && status === 400 && (code === undefined ? operation === 'head' : /server.side encryption/i.test(message))
  if (isEncrypted) return `the object ${code === undefined ? 'may be' : 'is'} encrypted with a customer's key: set storage_options.sse_customer_key`
  if (reason === 'denied') return `the credentials need ${permissions[operation]} on arn:aws:s3:::${bucket ?? ''}`
  if (reason === 'clock') return `this machine's clock says ${new Date(systemClock.wallMilliseconds()).toUTCString()}, the store's says ${date ?? 'otherwise'}: set it right`
  if (reason === 'redirect' && region) return `the bucket is in ${region}: set that region`
  return hints[reason] ?? 'the S3 error code says more'
}

function credentialsHint(code: string | undefined): string {
  if (code?.startsWith('ExpiredToken') || code === 'TokenRefreshRequired') return 'the session has expired: log in again'
  if (code === 'SignatureDoesNotMatch') return 'check the secret access key; a proxy that changes the host or path of requests has the same effect'
  return 'check the access key and that it belongs to this endpoint'
}

/** Seconds of a `retry-after` field, which may also be a date. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(retryAfter)) return Number(retryAfter)
  const until = Date.parse(retryAfter)
  return Number.isNaN(until) ? undefined : Math.max(0, (until - systemClock.wallMilliseconds()) / 1000)
}

/** What the body and head of an answer say about the refusal. */
export function readRefusal(status: number, headers: ReadonlyMap<string, string>, body: Uint8Array): Refusal {
  const xml = new TextDecoder().decode(body)
  return {
    status, code: textOf(xml, 'Code'), message: textOf(xml, 'Message'),
    requestId: headers.get('x-amz-request-id') ?? textOf(xml, 'RequestId'),
    region: headers.get('x-amz-bucket-region') ?? textOf(xml, 'Region'),
    retryAfter: headers.get('retry-after'), date: headers.get('date'),
  }
}
