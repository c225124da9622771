// PORT: where bodies live, and how objects outlast the process. Knows no HTTP, no conditions, no order of keys.

import type { Checksum } from '../util/checksum.ts'

/** What is known of an object beside its bytes. */
export interface ObjectInfo {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  /** Whole seconds, in milliseconds since 1970. */
  readonly lastModified: number
  /** Content-Type and its like, and x-amz-meta-*: sent back as they came. */
  readonly headers: Readonly<Record<string, string>>
  readonly checksum?: Checksum
  /** Sizes of the parts it was uploaded in. */
  readonly partSizes?: readonly number[]
  /** Absent: the null version, as everything is where no versions are made. */
  readonly version?: string
  /** Among the versions of its bucket: what came later has a larger number. Absent: 0, from before there were any. */
  readonly order?: number
  /** Says that the key was deleted: only its key, time and version mean something. */
  readonly isMarker?: true
}

/** Whether a bucket makes versions, or has made some. Absent where it never did. */
export type Versioning = 'Enabled' | 'Suspended'

/** Bytes that are kept. Never changed. */
export interface Content {
  readonly size: number
  /**
   * `length` bytes from `offset`, within the size. Memory of the store: not to be written to. An iterable must be iterated, if only to be left at once.
   * The bytes stay readable even when the object is removed meanwhile.
   */
  read(offset: number, length: number): readonly Uint8Array[] | AsyncIterable<Uint8Array>
}

export interface StoredObject { readonly info: ObjectInfo; readonly content: Content }
export interface BucketInfo { readonly name: string; readonly created: number; readonly versioning?: Versioning | undefined }
export interface StoredBucket extends BucketInfo { readonly objects: readonly StoredObject[] }

/** Changes of names are synchronous: what was decided by looking at the index is done before anybody else looks. */
export interface ObjectBackend {
  load(): Promise<StoredBucket[]>
  /** Makes a bucket, or notes what has changed of it. */
  saveBucket(bucket: BucketInfo): void
  removeBucket(name: string): void
  /** Keeps bytes that belong to no object yet. Takes over the memory of `body`. */
  stage(body: Uint8Array): Promise<Content>
  /** New content: all of `contents`, one after another. They stay as they are. */
  join(contents: readonly Content[]): Promise<Content>
  /** Makes staged content the body of a version of a key, in place of what was there. */
  commit(bucket: string, object: StoredObject): void
  /** Forgets a version of a key. Its content is still to be discarded. */
  remove(bucket: string, info: ObjectInfo): void
  /** Gives back the memory or the file of content that nothing refers to. */
  discard(content: Content): void
}
