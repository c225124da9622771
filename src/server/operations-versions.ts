// PutBucketVersioning, GetBucketVersioning, ListObjectVersions.

import { MiB } from '../util/units.ts'
import { receiveBody } from './body.ts'
import { isDirectoryBucketName } from './directory-buckets.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { KeyIndex } from './key-index.ts'
import type { StoredObject, Versioning } from './objects.ts'
import { isoTime, owner, xmlResponse, type Operation } from './operation.ts'
import { listingParameters } from './operations-list.ts'
import { versionsPage, type ListedVersion } from './version-listing.ts'
import { versionOf } from './versions.ts'
import { childText, element, parseXml, textElement } from './xml.ts'

function statusIn(bytes: Uint8Array): Versioning {
  const root = parseXml(bytes)
  const other = root.children.find((child) => child.name !== 'Status')
  if (other) throw new S3Error('NotImplemented', { fields: { Element: other.name } })
  const status = childText(root, 'Status')?.trim()
  if (root.name !== 'VersioningConfiguration' || (status !== 'Enabled' && status !== 'Suspended')) throw new S3Error('MalformedXML')
  return status
}

export const putBucketVersioning: Operation = {
  name: 'PutBucketVersioning', parameters: ['versioning'], body: true,
  async run(request, { buckets }) {
    const bucket = buckets.get(request.bucket)
    const { bytes } = await receiveBody(request, { limit: MiB })
    if (isDirectoryBucketName(bucket.name)) throw new S3Error('NotImplemented', { message: 'Directory buckets have no versions.' })
    buckets.setVersioning(bucket, statusIn(bytes))
    return { status: 200 }
  },
}

export const getBucketVersioning: Operation = {
  name: 'GetBucketVersioning', parameters: ['versioning'], body: false,
  run: ({ bucket }, { buckets }) => xmlResponse('VersioningConfiguration', textElement('Status', buckets.get(bucket).versioning)),
}

export const listObjectVersions: Operation = {
  name: 'ListObjectVersions', body: false,
  parameters: ['versions', 'prefix', 'delimiter', 'key-marker', 'version-id-marker', 'max-keys', 'encoding-type'],
  run(request, { buckets }) {
    if (isDirectoryBucketName(request.bucket)) throw new S3Error('NotImplemented', { message: 'Directory buckets have no versions.' })
    const { objects, versions, versioning } = buckets.get(request.bucket)
    const query = request.query.parameters
    const after = query.get('key-marker') ?? ''
    const afterVersion = query.get('version-id-marker')
    if (afterVersion !== undefined && after === '') throw invalidArgument('version-id-marker', afterVersion, 'A version-id marker cannot be specified without a key marker.')
    const common = listingParameters(request, 'max-keys')
    const page = versionsPage(versioning ? versions : alone(objects), { ...common, after, afterVersion })
    return xmlResponse('ListVersionsResult', textElement('Name', request.bucket), textElement('Prefix', common.name(common.prefix)),
      textElement('KeyMarker', common.name(after)), textElement('VersionIdMarker', afterVersion ?? ''),
      textElement('NextKeyMarker', page.next && common.name(page.next.key)), textElement('NextVersionIdMarker', page.next?.version),
      textElement('MaxKeys', common.maxKeys), common.delimiter === '' ? '' : textElement('Delimiter', common.name(common.delimiter)), textElement('EncodingType', common.encoding),
      textElement('IsTruncated', page.next !== undefined), ...page.entries.map((each) => entry(each, common.name)),
      ...page.commonPrefixes.map((prefix) => element('CommonPrefixes', textElement('Prefix', common.name(prefix)))))
  },
}

/** Where no versions are made each object is one. */
function alone(objects: KeyIndex<StoredObject>): KeyIndex<readonly StoredObject[]> {
  const index = new KeyIndex<readonly StoredObject[]>()
  for (const object of objects.values()) index.set(object.info.key, [object])
  return index
}

function entry({ info, isLatest }: ListedVersion, name: (text: string) => string): string {
  const common = [textElement('Key', name(info.key)), textElement('VersionId', versionOf(info)), textElement('IsLatest', isLatest), textElement('LastModified', isoTime(info.lastModified)), element('Owner', owner)]
  if (info.isMarker) return element('DeleteMarker', ...common)
  return element('Version', ...common, textElement('ETag', `"${info.etag}"`), textElement('Size', info.size), textElement('StorageClass', 'STANDARD'))
}
