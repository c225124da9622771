// PORT: where objects are kept. Knows keys, bytes and ETags; knows nothing of formats, samples, threads or reports.
// Ranges are offset + length everywhere; the inclusive end exists only in the HTTP header line.

import type { Nanoseconds } from '../util/units.ts'

/** What a listing or a write tells of an object. `size` in bytes. `etag` without quotes. `version`: where writes and `head` tell one. */
export interface ObjectMeta {
  readonly key: string
  readonly size: number
  readonly etag?: string
  /** Told by `head`. Listings leave it out: nobody asks, and of millions of keys it is a thing to pay for. */
  readonly lastModified?: Date
  readonly version?: string
}

/** One version of an object in a bucket that makes versions, or a delete marker that hides them. */
export interface ObjectVersion {
  readonly key: string
  readonly version: string
}

export interface ObjectVersions {
  /** Some versions and delete markers of keys that begin with `prefix`, a thousand at most; none only when there are none. */
  list(prefix: string, options?: Cancel): Promise<readonly ObjectVersion[]>
  /** For good. Older versions of a key are seen again. Versions that are not there are not an error. */
  delete(versions: readonly ObjectVersion[], options?: Cancel): Promise<void>
}

/** `length` bytes from byte `offset` on. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export interface Cancel {
  readonly signal?: AbortSignal | undefined
}

export interface ListOptions extends Cancel {
  /** Only keys after this one, in the order of their UTF-8 bytes. */
  readonly startAfter?: string | undefined
  /** Objects per page at most: 1 to 1000. */
  readonly pageSize?: number | undefined
}

export interface ReadOptions extends Cancel {
  /** The ETag that the listing showed: another one is a 'precondition' Fault. */
  readonly ifMatch?: string | undefined
  /** The range is all of the object: a store may then tell a checksum of it. */
  readonly whole?: boolean
  /**
   * Told by stores that can how many bytes from the begin of `into` are there, each time some have come and are still in the core's
   * cache: 0 when a body begins, which it may do again where the read is retried. What is told is not made longer than some 100 KiB
   * at a time. Absent: bytes come in as large pieces as there are, which costs less.
   */
  readonly onFilled?: ((bytes: number) => void) | undefined
}

export interface WriteOptions extends Cancel {
  /** Bytes of a streamed body. Required for an async iterable: it decides between one PUT and a multipart upload. */
  readonly size?: number | undefined
}

/** Points on the process's monotonic clock. `firstByte` is when the first byte of the body was here. */
export interface ReadTimings {
  readonly begin: Nanoseconds
  readonly firstByte: Nanoseconds
  readonly end: Nanoseconds
}

/**
 * Every method rejects with a Fault: 'storage', 'credentials' or 'aborted'. After a rejection nothing of the call is
 * left running, and no partial object, upload or connection is left behind.
 */
export interface ObjectStore {
  /** For people and error messages: "s3://bucket at http://127.0.0.1:9000", "file:///data". */
  readonly name: string
  /** A listing costs all that is below its prefix, wherever it begins or is left: there is nothing to gain from splitting it. */
  readonly listsWhole?: boolean
  /** Pages of objects whose key begins with `prefix`, in the order of their keys' UTF-8 bytes. An absent container is a Fault. */
  list(prefix: string, options?: ListOptions): AsyncIterable<readonly ObjectMeta[]>
  head(key: string, options?: Cancel): Promise<ObjectMeta>
  /** Fills all of `into` (`range.length` bytes, memory of the caller) or rejects. Nothing is ever padded. */
  read(key: string, range: ByteRange, into: Uint8Array, options?: ReadOptions): Promise<ReadTimings>
  /** The object is there, whole, when this resolves; else it is not there or is what it was before. A streamed chunk's memory may change once the next is asked for. */
  write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<ObjectMeta>
  /** Keys that are not there are not an error. A bucket that makes versions keeps them, and hides them behind delete markers: resolves to these. */
  delete(keys: readonly string[], options?: Cancel): Promise<readonly ObjectVersion[]>
  /** Absent: the store has none. */
  readonly versions?: ObjectVersions
  /** Makes the bucket or directory unless it is there. */
  createContainer(options?: Cancel): Promise<void>
  /** Ends idle connections. The store may not be used afterwards. */
  close(): Promise<void>
}
