// Versions of objects: their ids, and what answers tell of them.
// Source: "Retaining multiple versions of objects with S3 Versioning", Amazon S3 User Guide.

import { randomBytes } from 'node:crypto'
import { S3Error, invalidArgument } from './errors.ts'
import type { Content, ObjectInfo, StoredObject, Versioning } from './objects.ts'

/** Of what was stored while the bucket made no versions; a later one takes its place. */
export const nullVersion = 'null'

export function freshVersion(): string {
  return randomBytes(24).toString('base64url')
}

export function versionOf({ version = nullVersion }: ObjectInfo): string {
  return version
}

/** @throws {S3Error} InvalidArgument for what no version can be called */
export function checkVersion(version: string): void {
  if (version !== nullVersion && !/^[\w-]{32}$/.test(version)) throw invalidArgument('versionId', version, 'Invalid version id specified')
}

const noContent: Content = { size: 0, read: () => [] }

/** What stands in the place of a key that was deleted. */
export function deleteMarker(key: string, now: number): StoredObject {
  return { info: { key, size: 0, etag: '', lastModified: now, headers: {}, isMarker: true }, content: noContent }
}

/** A reader has come upon a marker: as the newest version, or by its own id. */
export function markerError({ info }: StoredObject, version: string | undefined): S3Error {
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionOf(info) }
  if (version === undefined) return new S3Error('NoSuchKey', { fields: { Key: info.key }, headers })
  return new S3Error('MethodNotAllowed', { fields: { Method: 'GET', ResourceType: 'DeleteMarker' }, headers: { ...headers, allow: 'DELETE', 'last-modified': new Date(info.lastModified).toUTCString() } })
}

/** Nothing where the bucket never had versions. */
export function versionHeaders({ versioning }: { readonly versioning: Versioning | undefined }, info: ObjectInfo): Record<string, string> {
  return versioning ? { 'x-amz-version-id': versionOf(info) } : {}
}
