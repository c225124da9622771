// Whether an upload became an object although the answer to its completion was lost.

import { isFault } from '../../util/fault.ts'
import { multipartEtag } from '../multipart-etag.ts'
import type { ObjectMeta } from '../store.ts'

export interface SentUpload {
  /** Bytes of all parts. */
  readonly size: number
  /** Of its parts, in their order, without quotes. */
  readonly etags: readonly string[]
  /** Milliseconds since 1970, by the store's clock where it told. */
  readonly begunAt: number
}

/** Of the object that an upload became. */
export interface Confirmed {
  /** Without quotes. */
  readonly etag: string
  /** Where the bucket makes versions. */
  readonly version?: string
}

export interface Completed extends Confirmed {
  /** It was looked at, and has the size that was sent. */
  readonly isSeen: boolean
}

/**
 * `complete` as a call that may be made again: once its answer was lost, the object itself is asked whether it is this upload.
 * @throws {Fault} what `complete` throws.
 */
export function completing(complete: () => Promise<Confirmed>, look: () => Promise<ObjectMeta>, upload: SentUpload): () => Promise<Completed> {
  let isLost = false
  return async () => {
    try {
      return { ...await complete(), isSeen: false }
    } catch (error) {
      // An answer of another checksum was not lost: the object is there, and is not what was sent.
      if (!isFault(error, 'storage') || error.info.reason === 'corrupt') throw error
      const { status, s3Code } = error.info
      isLost ||= status === undefined
      // After a lost answer "no such upload" means that it is an object, or that somebody removed it.
      if (status !== undefined && !(isLost && s3Code === 'NoSuchUpload')) throw error
      const found = await look().catch(() => undefined)
      if (found?.etag === undefined || !isThat(found, upload)) throw error
      return { etag: found.etag, isSeen: true, ...(found.version === undefined ? {} : { version: found.version }) }
    }
  }
}

/** Whether `found` is that upload and not an older object of the same size: by the ETag S3 makes of the parts', or by its kind and age. */
function isThat({ size, etag = '', lastModified }: ObjectMeta, upload: SentUpload): boolean {
  if (size !== upload.size) return false
  if (etag === multipartEtag(upload.etags)) return true
  // Encrypted objects, and some stores, have ETags of other making. Times are told in whole seconds.
  return etag.endsWith(`-${upload.etags.length}`) && (lastModified === undefined || lastModified.getTime() >= Math.floor(upload.begunAt / 1000) * 1000)
}
