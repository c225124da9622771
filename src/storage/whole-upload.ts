// Whether a completed upload became the object that was sent: there are stores that confirm one of which they lost a part.

import type { Fault } from '../util/fault.ts'
import { quoted, storageFault, type FaultContext } from './faults.ts'
import { multipartEtag, partsIn } from './multipart-etag.ts'
import type { Confirmed } from './s3/completion.ts'
import { isDirectoryBucket } from './s3/directory-bucket.ts'
import type { ObjectMeta } from './store.ts'
import { partingSignal } from './upload-end.ts'
import { retrying, type RetryPolicy } from './with-retry.ts'
import { absence, withdraw, type Place } from './withdrawal.ts'

/** `etag` and `version` as the completion told them. */
export interface ConfirmedUpload extends Confirmed {
  readonly key: string
  /** Bytes of all parts. */
  readonly size: number
  /** Of its parts, in their order, without quotes. */
  readonly etags: readonly string[]
  /** Encrypted in a way that makes ETags something else than MD5 sums. */
  readonly isKeyed: boolean
}

export interface UploadedObject extends Place {
  readonly retry: RetryPolicy
  readonly signal: AbortSignal | undefined
  readonly context: FaultContext
}

/**
 * Looks at the object. Another ETag than was confirmed is no error: another upload to this key may have ended in between.
 * Who may write and not read sees nothing: then the confirmation's own count of parts is all there is.
 * @throws {Fault} 'corrupt' when it is not whole; it is then removed, if it surely is this upload's.
 */
export async function checkUpload(sent: ConfirmedUpload, { look, retry, signal, context, ...place }: UploadedObject): Promise<void> {
  // Also of an upload that nobody waits for any more: another one that failed must not leave this one's flaw in the bucket.
  const late = partingSignal(signal)
  const found = await retrying(() => look(late.signal), { operation: 'head', key: sent.key, signal: late.signal }, retry).catch(absence).finally(() => { late.stop() })
  const flaw = (found === 'unseen' ? undefined : found === 'absent' ? lost('is not there') : wrongSize(sent, found)) ?? wrongCount(sent) ?? wrongDigest(sent, context)
  if (flaw === undefined) return
  throw flawed(sent, flaw, { end: await withdraw(sent, found, place), context })
}

/** What is wrong with an object, and what that comes from. */
interface Flaw { readonly what: string; readonly why: string }

function lost(what: string): Flaw {
  return { what, why: 'the store lost a part, or something else writes to this key' }
}

function wrongSize({ size }: ConfirmedUpload, found: ObjectMeta): Flaw | undefined {
  return found.size === size ? undefined : lost(`has ${found.size} bytes`)
}

/** The ETag of a multipart object ends in the number of its parts. Not with every store: ETags of other making say nothing. */
function wrongCount({ etag, etags }: ConfirmedUpload): Flaw | undefined {
  const count = partsIn(etag)
  return count === undefined || count === etags.length ? undefined : lost(`has ${count} parts by its ETag`)
}

/** It is made of those of the parts, unless these, or it itself, are no MD5 sums. */
function wrongDigest({ etag, etags, isKeyed }: ConfirmedUpload, { bucket = '' }: FaultContext): Flaw | undefined {
  const made = isKeyed || isDirectoryBucket(bucket) || partsIn(etag) === undefined ? undefined : multipartEtag(etags)
  if (made === undefined || made === etag.toLowerCase()) return undefined
  return { what: `has the ETag ${etag} where those of its parts make ${made}`, why: 'the store joined other parts than were sent, or makes ETags in another way than S3 does: read the object back and compare it' }
}

function flawed({ key, size, etags }: ConfirmedUpload, { what, why }: Flaw, { end, context }: { end: string; context: FaultContext }): Fault<'storage'> {
  return storageFault('corrupt', `${quoted(key)} ${what} after ${size} bytes in ${etags.length} parts were uploaded and confirmed`, context,
    { hint: `${why}; ${end}. Objects in one PUT (--single-put) avoid the store's joining of parts` })
}
