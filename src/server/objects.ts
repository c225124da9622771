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
}

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
export interface StoredBucket { readonly name: string; readonly created: number; readonly objects: readonly StoredObject[] }

/** Changes of names are synchronous: what was decided by looking at the index is done before anybody else looks. */
export interface ObjectBackend {
  load(): Promise<StoredBucket[]>
  createBucket(name: string, created: number): void
  removeBucket(name: string): void
  /** Keeps bytes that belong to no object yet. Takes over the memory of `body`. */
  stage(body: Uint8Array): Promise<Content>
  /** New content: all of `contents`, one after another. They stay as they are. */
  join(contents: readonly Content[]): Promise<Content>
  /** Makes staged content the body of a key, in place of what was there. */
  commit(bucket: string, object: StoredObject): void
  /** Forgets a key. Its content is still to be discarded. */
  remove(bucket: string, key: string): void
  /** Gives back the memory or the file of content that nothing refers to. */
  discard(content: Content): void
}
