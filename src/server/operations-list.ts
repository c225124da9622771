// ListObjectsV2 and ListObjects.

import { crc32 } from '../util/crc.ts'
import { isDirectoryBucketName, listDirectoryPage } from './directory-buckets.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { listPage, type ListingPage } from './listing.ts'
import type { StoredObject } from './objects.ts'
import { countParameter, isoTime, owner, xmlResponse, type Operation } from './operation.ts'
import type { S3Request } from './request.ts'
import { encodeListed } from './uri.ts'
import { element, escapeXml, textElement } from './xml.ts'

export const maxKeysPerPage = 1000

/** Where a listing goes on. The sum in front makes tokens of other makers, and other texts, recognisable as such. */
function writeToken(last: string): string {
  return Buffer.from(`${crc32(Buffer.from(last)).toString(16).padStart(8, '0')}${last}`).toString('base64url')
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString()
  const last = text.slice(8)
  if (writeToken(last) !== token) throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect')
  return last
}

interface Common {
  readonly prefix: string
  readonly delimiter: string
  readonly maxKeys: number
  /** How names are written into the document. */
  readonly name: (text: string) => string
  readonly encoding: string | undefined
}

export function listingParameters(request: S3Request, countName: string): Common {
  const query = request.query.parameters
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') throw invalidArgument('encoding-type', encoding, 'Invalid Encoding Method specified in Request')
  return {
    prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(countParameter(request, countName, maxKeysPerPage), maxKeysPerPage),
    name: encoding === 'url' ? encodeListed : (text) => text, encoding,
  }
}

function contents({ entries, commonPrefixes }: ListingPage<StoredObject>, { name }: Common, withOwner: boolean): string {
  const ownership = withOwner ? element('Owner', owner) : ''
  // A thousand times a page, so written out; neighbours were mostly stored in the same second.
  let second = Number.NaN
  let time = ''
  let text = ''
  for (const { info } of entries) {
    if (info.lastModified !== second) {
      second = info.lastModified
      time = isoTime(second)
    }
    const checksum = info.checksum ? textElement('ChecksumAlgorithm', info.checksum.algorithm) + textElement('ChecksumType', info.checksum.type) : ''
    text += `<Contents><Key>${escapeXml(name(info.key))}</Key><LastModified>${time}</LastModified><ETag>&quot;${info.etag}&quot;</ETag>${checksum}`
      + `<Size>${info.size}</Size>${ownership}<StorageClass>STANDARD</StorageClass></Contents>`
  }
  for (const prefix of commonPrefixes) text += element('CommonPrefixes', textElement('Prefix', name(prefix)))
  return text
}

function head(request: S3Request, { prefix, delimiter, maxKeys, name, encoding }: Common): string {
  return textElement('Name', request.bucket) + textElement('Prefix', name(prefix)) + textElement('MaxKeys', maxKeys)
    + (delimiter === '' ? '' : textElement('Delimiter', name(delimiter))) + textElement('EncodingType', encoding)
}

export const listObjectsV2: Operation = {
  name: 'ListObjectsV2', body: false,
  parameters: ['list-type', 'prefix', 'delimiter', 'start-after', 'continuation-token', 'max-keys', 'encoding-type', 'fetch-owner'],
  run(request, { buckets }) {
    const query = request.query.parameters
    if (query.get('list-type') !== '2') throw invalidArgument('list-type', query.get('list-type') ?? '', 'Invalid List Type specified in Request')
    const fetchOwner = query.get('fetch-owner') ?? 'false'
    if (fetchOwner !== 'true' && fetchOwner !== 'false') throw invalidArgument('fetch-owner', fetchOwner, 'fetch-owner must be true or false')
    const token = query.get('continuation-token')
    const startAfter = query.get('start-after')
    const common = listingParameters(request, 'max-keys')
    const after = token === undefined ? startAfter ?? '' : readToken(token)
    const isDirectory = isDirectoryBucketName(request.bucket)
    if (isDirectory && startAfter !== undefined) throw invalidArgument('start-after', startAfter, 'A listing of a directory bucket cannot begin in its middle')
    const page = (isDirectory ? listDirectoryPage : listPage)(buckets.get(request.bucket).objects, { ...common, after })
    return xmlResponse('ListBucketResult', head(request, common),
      textElement('KeyCount', page.entries.length + page.commonPrefixes.length),
      textElement('IsTruncated', page.next !== undefined),
      textElement('StartAfter', startAfter === undefined ? undefined : common.name(startAfter)),
      textElement('ContinuationToken', token),
      textElement('NextContinuationToken', page.next === undefined ? undefined : writeToken(page.next)),
      contents(page, common, fetchOwner === 'true'))
  },
}

export const listObjects: Operation = {
  name: 'ListObjects', body: false,
  parameters: ['prefix', 'delimiter', 'marker', 'max-keys', 'encoding-type'],
  run(request, { buckets }) {
    if (isDirectoryBucketName(request.bucket)) throw new S3Error('NotImplemented', { message: 'Directory buckets have no ListObjects.' })
    const marker = request.query.parameters.get('marker') ?? ''
    const common = listingParameters(request, 'max-keys')
    if (Buffer.byteLength(marker) > 1024) throw new S3Error('InvalidArgument')
    const page = listPage(buckets.get(request.bucket).objects, { ...common, after: marker })
    // Without a delimiter the last key itself is where to go on, and S3 does not repeat it.
    const next = page.next !== undefined && common.delimiter !== '' ? textElement('NextMarker', common.name(page.next)) : ''
    return xmlResponse('ListBucketResult', head(request, common), textElement('Marker', common.name(marker)), next,
      textElement('IsTruncated', page.next !== undefined), contents(page, common, true))
  },
}
