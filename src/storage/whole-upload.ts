// Whether a completed upload became the object that was sent: there are stores that confirm one of which they lost a part.

import { isFault, type Fault } from '../util/fault.ts'
import { quoted, storageFault, type FaultContext } from './faults.ts'
import type { ObjectMeta } from './store.ts'
import { removed } from './upload-end.ts'
import { retrying, type RetryPolicy } from './with-retry.ts'

export interface ConfirmedUpload {
  readonly key: string
  /** Bytes of all parts. */
  readonly size: number
  readonly numParts: number
  /** As the completion told it, without quotes. */
  readonly etag: string
}

export interface UploadedObject {
  readonly look: () => Promise<ObjectMeta>
  readonly remove: (limit: AbortSignal) => Promise<unknown>
  readonly retry: RetryPolicy
  readonly signal: AbortSignal | undefined
  readonly context: FaultContext
}

/**
 * Looks at the object. Another ETag than was confirmed is no error: another upload to this key may have ended in between.
 * Who may write and not read sees nothing: then the confirmation's own count of parts is all there is.
 * @throws {Fault} 'corrupt' when it is not whole; it is then removed, if it surely is this upload's.
 */
export async function checkUpload(sent: ConfirmedUpload, { look, remove, retry, signal, context }: UploadedObject): Promise<void> {
  const found = await retrying(look, { operation: 'head', key: sent.key, signal }, retry).catch(absence)
  const what = found === 'unseen' ? wrongCount(sent, sent.etag) : found === 'absent' ? 'is not there' : wrongSize(sent, found) ?? wrongCount(sent, sent.etag)
  if (what === undefined) return
  const isOurs = typeof found === 'object' && found.etag === sent.etag
  const end = isOurs && await removed(remove) ? 'it was removed' : found === 'absent' ? 'nothing of it is left' : 'what there is was left: look at it, and delete it'
  throw lostPart(sent, what, { end, context })
}

function absence(error: unknown): 'absent' | 'unseen' {
  if (isFault(error, 'credentials')) return 'unseen'
  if (isFault(error, 'storage') && error.info.reason === 'denied') return 'unseen'
  if (isFault(error, 'storage') && error.info.reason === 'no-key') return 'absent'
  throw error
}

function wrongSize({ size }: ConfirmedUpload, found: ObjectMeta): string | undefined {
  return found.size === size ? undefined : `has ${found.size} bytes`
}

/** The ETag of a multipart object ends in the number of its parts. Not with every store: ETags of other making say nothing. */
function wrongCount({ numParts }: ConfirmedUpload, etag: string): string | undefined {
  const count = /^[0-9a-f]{32}-(\d+)$/i.exec(etag)?.[1]
  return count === undefined || Number(count) === numParts ? undefined : `has ${count} parts by its ETag`
}

function lostPart({ key, size, numParts }: ConfirmedUpload, what: string, { end, context }: { end: string; context: FaultContext }): Fault<'storage'> {
  return storageFault('corrupt', `${quoted(key)} ${what} after ${size} bytes in ${numParts} parts were uploaded and confirmed`, context,
    { hint: `the store lost a part, or something else writes to this key; ${end}. Objects in one PUT (a larger part size) avoid the store's joining of parts` })
}
