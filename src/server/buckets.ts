// Buckets and what is in them: the index over what the backend keeps.

import { isIPv4 } from 'node:net'
import { isDirectoryBucketName } from './directory-buckets.ts'
import { S3Error } from './errors.ts'
import { KeyIndex } from './key-index.ts'
import type { BucketInfo, Content, ObjectBackend, ObjectInfo, StoredObject, Versioning } from './objects.ts'
import { checkVersion, deleteMarker, freshVersion, markerError, nullVersion, versionOf } from './versions.ts'

export class Bucket {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly created: number
  /** What readers and listings see. */
  readonly objects: KeyIndex<StoredObject> = new KeyIndex()
  /** All versions of each key that has any, oldest first, delete markers among them. Empty while `versioning` is undefined. */
  readonly versions: KeyIndex<StoredObject[]> = new KeyIndex()
  #versioning: Versioning | undefined
  #order = 0

  constructor({ name, created, versioning }: BucketInfo) {
    this.name = name
    this.created = created
    this.#versioning = versioning
  }

  get versioning(): Versioning | undefined { return this.#versioning }

  setVersioning(versioning: Versioning): void {
    // What is there becomes the null version of its key.
    if (!this.#versioning) for (const object of this.objects.values()) this.versions.set(object.info.key, [object])
    this.#versioning = versioning
  }

  /** As they were stored, in their order. */
  load(objects: readonly StoredObject[]): void {
    for (const object of objects.toSorted((a, b) => (a.info.order ?? 0) - (b.info.order ?? 0))) this.add(object)
    this.#order = objects.reduce((last, { info }) => Math.max(last, info.order ?? 0), 0)
  }

  /** @throws {S3Error} NoSuchKey, NoSuchVersion, MethodNotAllowed, InvalidArgument */
  get(key: string, version?: string): StoredObject {
    if (version !== undefined) checkVersion(version)
    const versions = this.versionsOf(key)
    const object = version === undefined ? versions.at(-1) : versions.find(({ info }) => versionOf(info) === version)
    if (!object) throw version === undefined ? new S3Error('NoSuchKey', { fields: { Key: key } }) : new S3Error('NoSuchVersion', { fields: { Key: key, VersionId: version } })
    if (object.info.isMarker) throw markerError(object, version)
    return object
  }

  versionsOf(key: string): readonly StoredObject[] {
    if (this.#versioning) return this.versions.get(key) ?? []
    const object = this.objects.get(key)
    return object ? [object] : []
  }

  /** `object` as the next version. */
  stamped({ info, content }: StoredObject): StoredObject {
    if (!this.#versioning) return { info, content }
    return { info: { ...info, order: ++this.#order, ...(this.#versioning === 'Enabled' ? { version: freshVersion() } : {}) }, content }
  }

  /** Puts a version at the end of its key's; gives the one that is replaced. */
  add(object: StoredObject): StoredObject | undefined {
    const { key, version } = object.info
    const replaced = version === undefined ? this.versionsOf(key).find(({ info }) => info.version === undefined) : undefined
    if (this.#versioning) {
      const versions = this.#without(key, replaced)
      versions.push(object)
      this.versions.set(key, versions)
    }
    this.#show(key, object)
    return replaced
  }

  take(object: StoredObject): void {
    const { key } = object.info
    const left = this.#versioning ? this.#without(key, object) : []
    if (left.length > 0) this.versions.set(key, left)
    else this.versions.delete(key)
    this.#show(key, left.at(-1))
  }

  #without(key: string, object: StoredObject | undefined): StoredObject[] {
    const versions = this.versions.get(key) ?? []
    const at = object ? versions.indexOf(object) : -1
    if (at >= 0) versions.splice(at, 1)
    return versions
  }

  #show(key: string, newest: StoredObject | undefined): void {
    if (newest && !newest.info.isMarker) this.objects.set(key, newest)
    else this.objects.delete(key)
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
    for (const { objects, ...about } of await this.#backend.load()) {
      const bucket = new Bucket(about)
      bucket.load(objects)
      this.#byName.set(bucket.name, bucket)
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
    const bucket = new Bucket({ name, created: now })
    this.#backend.saveBucket(bucket)
    this.#byName.set(name, bucket)
  }

  setVersioning(bucket: Bucket, versioning: Versioning): void {
    const { name, created } = bucket
    this.#backend.saveBucket({ name, created, versioning })
    bucket.setVersioning(versioning)
  }

  /** @throws {S3Error} NoSuchBucket, BucketNotEmpty */
  delete(name: string): void {
    const { objects, versions } = this.get(name)
    if (objects.size > 0 || versions.size > 0) throw new S3Error('BucketNotEmpty', { fields: { BucketName: name } })
    this.#backend.removeBucket(name)
    this.#byName.delete(name)
  }

  /** Puts an object in the place of what was there, or beside it where versions are made. Nobody sees a state between. */
  put(bucket: Bucket, info: ObjectInfo, content: Content): ObjectInfo {
    // The bucket may have been deleted while the body came in.
    if (this.#byName.get(bucket.name) !== bucket) throw new S3Error('NoSuchBucket', { fields: { BucketName: bucket.name } })
    return this.#add(bucket, { info, content })
  }

  /** Removes a key, or puts a delete marker behind its versions. A key that is not there is not an error. Gives the marker. */
  remove(bucket: Bucket, key: string, now: number): ObjectInfo | undefined {
    if (bucket.versioning) return this.#add(bucket, deleteMarker(key, now))
    this.removeVersion(bucket, key, nullVersion)
    return undefined
  }

  /** Removes one version for good; gives what it was. One that is not there is not an error. @throws {S3Error} InvalidArgument */
  removeVersion(bucket: Bucket, key: string, version: string): ObjectInfo | undefined {
    checkVersion(version)
    const object = bucket.versionsOf(key).find(({ info }) => versionOf(info) === version)
    if (!object) return undefined
    this.#backend.remove(bucket.name, object.info)
    bucket.take(object)
    this.#backend.discard(object.content)
    return object.info
  }

  #add(bucket: Bucket, object: StoredObject): ObjectInfo {
    const stamped = bucket.stamped(object)
    this.#backend.commit(bucket.name, stamped)
    const replaced = bucket.add(stamped)
    if (replaced) this.#backend.discard(replaced.content)
    return stamped.info
  }
}
