// The headers an object is stored with and sent back with.

import { headerOf, type Checksum } from '../util/checksum.ts'
import { S3Error, invalidArgument } from './errors.ts'
import type { ObjectInfo } from './objects.ts'
import type { HeaderMap, S3Request } from './request.ts'

const kept = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires']
const maxMetadataBytes = 2048

/** What of a request's headers stays with the object. @throws {S3Error} MetadataTooLarge */
export function storedHeaders(headers: HeaderMap): Record<string, string> {
  const stored: Record<string, string> = {}
  for (const name of kept) {
    // aws-chunked describes the request's own framing, not the object.
    const value = name === 'content-encoding' ? headers.get(name)?.split(',').map((each) => each.trim()).filter((each) => each !== 'aws-chunked').join(',') : headers.get(name)
    if (value !== undefined && value !== '') stored[name] = value
  }
  let metadataBytes = 0
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-meta-')) continue
    stored[name] = value
    metadataBytes += name.length - 'x-amz-meta-'.length + value.length
  }
  if (metadataBytes > maxMetadataBytes) throw new S3Error('MetadataTooLarge', { fields: { Size: String(metadataBytes), MaxSizeAllowed: String(maxMetadataBytes) } })
  stored['content-type'] ??= 'binary/octet-stream'
  return stored
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [headerOf(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type } : {}
}

/** `response-content-type` and its kin in a GET's query, as the headers they replace. */
export const overrideParameters: readonly string[] = kept.map((name) => `response-${name}`)

/** Headers that tell of an object, length and range aside. @throws {S3Error} InvalidArgument */
export function objectHeaders({ query }: S3Request, info: ObjectInfo): Record<string, string> {
  const headers: Record<string, string> = {
    ...info.headers, etag: `"${info.etag}"`, 'last-modified': new Date(info.lastModified).toUTCString(), 'accept-ranges': 'bytes',
  }
  if (query.parameters.size > 0) {
    for (const name of kept) {
      const value = query.parameters.get(`response-${name}`)
      if (value === undefined) continue
      // What cannot stand in a header would end the connection instead of the request.
      if (!/^[\t\x20-\x7e]*$/.test(value)) throw invalidArgument(`response-${name}`, value, 'This is not the value of a header.')
      headers[name] = value
    }
  }
  return headers
}
