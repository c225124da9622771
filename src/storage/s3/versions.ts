// Versions of objects, where a bucket makes them: those that a prefix has, and an end to some of them.

import { storageFault } from '../faults.ts'
import type { ObjectVersion, ObjectVersions } from '../store.ts'
import { deleteObjects } from './delete.ts'
import type { S3Requests } from './requests.ts'
import { canonicalQuery } from './sigv4.ts'
import { decodeListed } from './uri.ts'
import { elements, hasRoot, textOf } from './xml.ts'

/** `name`: of the store. */
export function versionsIn(requests: S3Requests, name: string): ObjectVersions {
  return {
    async list(prefix, { signal } = {}) {
      const { body } = await requests.send({ operation: 'list', method: 'GET', query: canonicalQuery({ versions: '', 'encoding-type': 'url', 'max-keys': '1000', prefix }) }, signal)
      const versions = parseVersions(new TextDecoder().decode(body))
      if (!versions) throw storageFault('protocol', `${name} answered a listing of versions with something else`, requests.context('list'), { hint: 'the store may not have ListObjectVersions' })
      return versions
    },
    async delete(versions, { signal } = {}) {
      await deleteObjects(requests, versions, signal)
    },
  }
}

/** Delete markers among them. Undefined when `xml` is no page of ListObjectVersions, or tells a version without key or id. */
export function parseVersions(xml: string): readonly ObjectVersion[] | undefined {
  if (!hasRoot(xml, 'ListVersionsResult')) return undefined
  const isEncoded = textOf(xml, 'EncodingType') === 'url'
  const found: ObjectVersion[] = []
  for (const name of ['Version', 'DeleteMarker']) {
    for (const entry of elements(xml, name)) {
      const listed = textOf(entry, 'Key'), version = textOf(entry, 'VersionId')
      const key = listed !== undefined && isEncoded ? decodeListed(listed) : listed
      if (key === undefined || version === undefined) return undefined
      found.push({ key, version })
    }
  }
  return found
}
