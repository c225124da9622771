// What to try about a refusal of a store.

import { systemClock } from '../../util/clock.ts'
import type { StorageReason } from '../../util/fault.ts'
import { quoted, type FaultContext, type Operation } from '../faults.ts'
import type { Refusal } from './errors.ts'

const hints: Readonly<Partial<Record<StorageReason, string>>> = {
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

/** What a listing needs when it is refused, and so on: the permission's name in a policy, and what it lets somebody do. */
const permissions: Readonly<Record<Operation, readonly [name: string, words: string]>> = {
  list: ['s3:ListBucket', 'list it'], head: ['s3:GetObject', 'read this object'], read: ['s3:GetObject', 'read this object'], write: ['s3:PutObject', 'write to it'],
  delete: ['s3:DeleteObject', 'delete from it'], create: ['s3:CreateBucket and s3:ListBucket', 'make or look at it'],
}

/** How to do without the checksum that a store does not understand. */
const withoutChecksum: Readonly<Partial<Record<Operation, string>>> = {
  write: 'the store does not take checksums of this kind: leave them out with --checksum none (storage_options.checksum), or try another kind',
  read: 'the store does not tell checksums: leave out --verify-checksums',
  delete: 'the store does not take checksums of this kind: --transport direct sends none here',
}

/** Begins hints about refusals that tell no reason: S3 refuses expired and wrong tokens with 400, and HEAD is the request whose answer cannot say so. */
export const sessionMayHaveEnded = 'the session may have expired, or its token not be right: log in again; else '

export function hintOf(reason: StorageReason, { status, code, message, subject, region, date }: Refusal, { operation, bucket, key, isUnsigned }: FaultContext): string {
  if (code === 'InvalidObjectState') {
    return `restore it and wait until that is done: aws s3api restore-object --bucket ${bucket ?? ''} --key ${quoted(key ?? '')} --restore-request Days=1\nor leave it out: move it away from the prefix of the data set`
  }
  if (reason === 'invalid' && status === 400 && code === undefined) {
    // An answer to HEAD has no body to tell why.
    if (operation === 'head') return `${isUnsigned ? '' : sessionMayHaveEnded}the object may be encrypted with a customer's key: set storage_options.sse_customer_key`
    if (operation === 'create' && !isUnsigned) return `${sessionMayHaveEnded}${hints.invalid!}`
  }
  if (reason === 'invalid' && status === 400 && /server.side encryption/i.test(message ?? '')) return "the object is encrypted with a customer's key: set storage_options.sse_customer_key"
  if (reason === 'denied') return isUnsigned ? anonymousHint(operation) : `the credentials need ${permissions[operation][0]} on arn:aws:s3:::${bucket ?? ''}`
  if (reason === 'clock') return `this machine's clock says ${new Date(systemClock.wallMilliseconds()).toUTCString()}, the store's says ${date ?? 'otherwise'}: set it right`
  if (reason === 'redirect' && region) return `the bucket is in ${region}: set that region`
  if (reason === 'invalid' && /\bx-amz-(?:checksum|sdk-checksum|trailer)|\bsdk-checksum-algorithm/i.test(`${message ?? ''} ${subject ?? ''}`)) return withoutChecksum[operation] ?? hints.invalid!
  return hints[reason] ?? 'the S3 error code says more'
}

export function credentialsHint(code: string | undefined, { operation, isUnsigned }: FaultContext): string {
  if (isUnsigned) return anonymousHint(operation)
  if (code?.startsWith('ExpiredToken') || code === 'TokenRefreshRequired') return 'the session has expired: log in again'
  if (code === 'InvalidToken') return 'the session token is not one of the access key: set AWS_SESSION_TOKEN (aws_session_token of a profile, storage_options.session_token) as it came with the key, unset it for keys that have none, or log in again'
  if (code === 'SignatureDoesNotMatch') return 'check the secret access key; a proxy that changes the host or path of requests has the same effect'
  return 'check the access key and that it belongs to this endpoint'
}

function anonymousHint(operation: Operation): string {
  const [name, words] = permissions[operation]
  return `the bucket does not let anonymous requests ${words}: leave out --no-sign-request and give credentials, or have its owner allow ${name} to everybody`
}
