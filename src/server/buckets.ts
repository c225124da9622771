// Buckets and what is in them: the index over what the backend keeps.

import { isIPv4 } from 'node:net'
import { isDirectoryBucketName } from './directory-buckets.ts'
import { S3Error } from './errors.ts'
import { KeyIndex } from './key-index.ts'
import type { Content, ObjectBackend, ObjectInfo, StoredObject } from './objects.ts'

export class Bucket {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly created: number
  readonly objects: KeyIndex<StoredObject> = new KeyIndex()

  constructor(name: string, created: number) {
    this.name = name
    this.created = created
  }

  /** @throws {S3Error} NoSuchKey */
  get(key: string): StoredObject {
    const object = this.objects.get(key)
    if (!object) throw new S3Error('NoSuchKey', { fields: { Key: key } })
    return object
  }
}

/** Source: Amazon S3 User Guide, "Bucket naming rules". */
export function isBucketName(name: string): boolean {
  return isDirectoryBucketName(name) || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !isIPv4(name)
    && !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) && !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
}

export class Buckets {
  readonly #byName = new Map<string, Bucket>()
  readonly #backend: ObjectBackend

  constructor(backend: ObjectBackend) { this.#backend = backend }

  async load(): Promise<void> {
    for (const { name, created, objects } of await this.#backend.load()) {
      const bucket = new Bucket(name, created)
      for (const object of objects) bucket.objects.set(object.info.key, object)
      this.#byName.set(name, bucket)
    }
  }

  has(name: string): boolean { return this.#byName.has(name) }

  /** @throws {S3Error} NoSuchBucket */
  get(name: string): Bucket {
    const bucket = this.#byName.get(name)
    if (!bucket) throw new S3Error(isBucketName(name) ? 'NoSuchBucket' : 'InvalidBucketName', { fields: { BucketName: name } })
    return bucket
  }

  /** By name. */
  all(): Bucket[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** @throws {S3Error} InvalidBucketName */
  create(name: string, now: number): void {
    if (!isBucketName(name)) throw new S3Error('InvalidBucketName', { fields: { BucketName: name } })
    if (this.#byName.has(name)) return
    this.#backend.createBucket(name, now)
    this.#byName.set(name, new Bucket(name, now))
  }

  /** @throws {S3Error} NoSuchBucket, BucketNotEmpty */
  delete(name: string): void {
    if (this.get(name).objects.size > 0) throw new S3Error('BucketNotEmpty', { fields: { BucketName: name } })
    this.#backend.removeBucket(name)
    this.#byName.delete(name)
  }

  /** Puts an object in the place of what was there. Nobody sees a state between. */
  put(bucket: Bucket, info: ObjectInfo, content: Content): void {
    // The bucket may have been deleted while the body came in.
    if (this.#byName.get(bucket.name) !== bucket) throw new S3Error('NoSuchBucket', { fields: { BucketName: bucket.name } })
    const before = bucket.objects.get(info.key)
    const object = { info, content }
    this.#backend.commit(bucket.name, object)
    bucket.objects.set(info.key, object)
    if (before) this.#backend.discard(before.content)
  }

  /** A key that is not there is not an error. */
  remove(bucket: Bucket, key: string): void {
    const object = bucket.objects.get(key)
    if (!object) return
    this.#backend.remove(bucket.name, key)
    bucket.objects.delete(key)
    this.#backend.discard(object.content)
  }
}
