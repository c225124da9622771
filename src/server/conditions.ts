// If-Match and its kin. Source: RFC 9110 section 13, and "Conditional requests" in the Amazon S3 User Guide.

import { S3Error } from './errors.ts'
import type { ObjectInfo } from './objects.ts'
import type { HeaderMap } from './request.ts'

function matches(header: string, etag: string): boolean {
  return header.split(',').some((each) => {
    const text = each.trim()
    return text === '*' || text === etag || text === `"${etag}"`
  })
}

/** Milliseconds since 1970, undefined when there is no such header or it is no date: then it must be ignored. */
function dateOf(headers: HeaderMap, name: string): number | undefined {
  const time = Date.parse(headers.get(name) ?? '')
  return Number.isNaN(time) ? undefined : time
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { fields: { Condition: condition } })
}

/** `prefix` is '' or "x-amz-copy-source-". @throws {S3Error} PreconditionFailed or NotModified */
export function checkReadConditions(headers: HeaderMap, { etag, lastModified }: ObjectInfo, prefix = ''): void {
  const ifMatch = headers.get(`${prefix}if-match`)
  const unmodifiedSince = dateOf(headers, `${prefix}if-unmodified-since`)
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag)) throw failed('If-Match')
  } else if (unmodifiedSince !== undefined && lastModified > unmodifiedSince) throw failed('If-Unmodified-Since')

  const ifNoneMatch = headers.get(`${prefix}if-none-match`)
  const modifiedSince = dateOf(headers, `${prefix}if-modified-since`)
  const notModified = ifNoneMatch === undefined
    ? modifiedSince !== undefined && lastModified <= modifiedSince
    : matches(ifNoneMatch.replaceAll('W/', ''), etag)
  if (!notModified) return
  if (prefix !== '') throw failed('If-None-Match')
  throw new S3Error('NotModified', { headers: { etag: `"${etag}"`, 'last-modified': new Date(lastModified).toUTCString() } })
}

/** `current` is what a write would replace. @throws {S3Error} PreconditionFailed, NoSuchKey or NotImplemented */
export function checkWriteConditions(headers: HeaderMap, current: ObjectInfo | undefined): void {
  const ifNoneMatch = headers.get('if-none-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw new S3Error('NotImplemented', { fields: { Header: 'If-None-Match' } })
  if (ifNoneMatch === '*' && current) throw failed('If-None-Match')
  const ifMatch = headers.get('if-match')
  if (ifMatch === undefined) return
  if (!current) throw new S3Error('NoSuchKey')
  if (!matches(ifMatch, current.etag)) throw failed('If-Match')
}
