// GetObject, HeadObject, PutObject, DeleteObject.

import { maxObjectBytes, receiveBody } from './body.ts'
import { checkReadConditions, checkWriteConditions } from './conditions.ts'
import { etagIn } from './directory-buckets.ts'
import { S3Error, invalidArgument } from './errors.ts'
import { checksumHeaders, objectHeaders, overrideParameters, storedHeaders } from './object-headers.ts'
import type { ObjectInfo, StoredObject } from './objects.ts'
import type { Operation, S3Response, ServerState } from './operation.ts'
import { parseRange, type Span } from './range.ts'
import type { S3Request } from './request.ts'
import { versionHeaders } from './versions.ts'

/** The bytes that a request is for: all, a range, or one part. */
function spanOf({ headers, query }: S3Request, info: ObjectInfo): Span | undefined {
  const range = headers.get('range')
  const partNumber = query.parameters.get('partNumber')
  if (headers.has('if-range')) throw new S3Error('NotImplemented', { fields: { Header: 'If-Range' } })
  if (range !== undefined && partNumber !== undefined) throw new S3Error('InvalidRequest', { message: 'Cannot specify both Range header and partNumber query parameter' })
  if (range !== undefined) return parseRange(range, info.size)
  if (partNumber === undefined) return undefined
  if (!/^[1-9]\d{0,4}$/.test(partNumber)) throw invalidArgument('partNumber', partNumber, 'Part number must be an integer between 1 and 10000, inclusive')
  const sizes = info.partSizes ?? [info.size]
  const length = sizes[Number(partNumber) - 1]
  if (length === undefined) throw new S3Error('InvalidPartNumber', { fields: { PartNumberRequested: partNumber, ActualPartCount: String(sizes.length) } })
  return { offset: sizes.slice(0, Number(partNumber) - 1).reduce((sum, size) => sum + size, 0), length }
}

function readObject(request: S3Request, { buckets }: ServerState, withBody: boolean): S3Response {
  const bucket = buckets.get(request.bucket)
  const { info, content }: StoredObject = bucket.get(request.key, request.query.parameters.get('versionId'))
  checkReadConditions(request.headers, info)
  const span = spanOf(request, info)
  const headers = { ...objectHeaders(request, info), ...versionHeaders(bucket, info) }
  const mode = request.headers.get('x-amz-checksum-mode')
  if (mode !== undefined && mode !== 'ENABLED') throw invalidArgument('x-amz-checksum-mode', mode, 'x-amz-checksum-mode must be ENABLED')
  // The checksum is of the whole, so it says nothing about a part of it.
  if (mode !== undefined && (!span || span.length === info.size)) Object.assign(headers, checksumHeaders(info.checksum))
  if (request.query.parameters.has('partNumber') && info.partSizes) headers['x-amz-mp-parts-count'] = String(info.partSizes.length)
  const { offset, length } = span ?? { offset: 0, length: info.size }
  headers['content-length'] = String(length)
  // Part 1 of an empty object is a span that no Content-Range can name.
  const partial = span !== undefined && length > 0
  if (partial) headers['content-range'] = `bytes ${offset}-${offset + length - 1}/${info.size}`
  const status = partial ? 206 : 200
  return withBody && length > 0 ? { status, headers, body: { length, bytes: content.read(offset, length) } } : { status, headers }
}

export const getObject: Operation = {
  name: 'GetObject', parameters: ['partNumber', 'versionId', ...overrideParameters], body: false,
  run: (request, state) => readObject(request, state, true),
}

export const headObject: Operation = {
  name: 'HeadObject', parameters: ['partNumber', 'versionId', ...overrideParameters], body: false,
  run: (request, state) => readObject(request, state, false),
}

export const putObject: Operation = {
  name: 'PutObject', parameters: [], body: true,
  async run(request, { buckets, backend, now }) {
    const { key, headers } = request
    const bucket = buckets.get(request.bucket)
    const stored = storedHeaders(headers)
    const { bytes, md5, checksum } = await receiveBody(request, { limit: maxObjectBytes, md5: true })
    const content = await backend.stage(bytes)
    const etag = etagIn(bucket.name, md5!.toString('hex'))
    const info: ObjectInfo = { key, size: bytes.length, etag, lastModified: now(), headers: stored, ...(checksum ? { checksum } : {}) }
    try {
      // Nothing may be awaited between the check and the change.
      checkWriteConditions(headers, bucket.objects.get(key)?.info)
      const put = buckets.put(bucket, info, content)
      return { status: 200, headers: { etag: `"${etag}"`, ...checksumHeaders(checksum), ...versionHeaders(bucket, put) } }
    } catch (error) {
      backend.discard(content)
      throw error
    }
  },
}

export const deleteObject: Operation = {
  name: 'DeleteObject', parameters: ['versionId'], body: false,
  run(request, { buckets, now }) {
    const { key, headers } = request
    const bucket = buckets.get(request.bucket)
    if (headers.has('if-match') && bucket.objects.get(key)) checkWriteConditions(headers, bucket.objects.get(key)?.info)
    const version = request.query.parameters.get('versionId')
    const info = version === undefined ? buckets.remove(bucket, key, now()) : buckets.removeVersion(bucket, key, version)
    const marker = info?.isMarker ? { 'x-amz-delete-marker': 'true' } : undefined
    return { status: 204, headers: { ...marker, ...(version === undefined ? info && versionHeaders(bucket, info) : { 'x-amz-version-id': version }) } }
  },
}
