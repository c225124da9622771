// An HTTP request as S3 sees it: bucket, key, query, headers. Knows nothing of signatures or of what is stored.

import type { IncomingMessage } from 'node:http'
import { S3Error } from './errors.ts'
import type { Payload } from './payload.ts'
import { decodeUri, encodePath, parseQuery, type Query } from './uri.ts'

/** Lower-case names; a header that is there several times is joined by commas. Values are the bytes as latin1. */
export type HeaderMap = ReadonlyMap<string, string>

export interface S3Request {
  readonly id: string
  readonly method: string
  /** The path as SigV4 signs it. */
  readonly canonicalPath: string
  /** The path as it was sent, for error documents. */
  readonly resource: string
  /** '' when the request names none. */
  readonly bucket: string
  /** '' when the request names none. */
  readonly key: string
  readonly query: Query
  readonly headers: HeaderMap
  readonly message: IncomingMessage
  /** What the signature promises of the body. Set by authentication, before any operation runs. */
  payload: Payload
  /** Asks a client that waits for "100 Continue" to send its body. */
  sendContinue: (() => void) | undefined
  /** A fault: its upload becomes an object without the last part, and all that is said of it is of the whole one. */
  readonly losesPart?: true
}

export const maxKeyBytes = 1024

/** Headers that a second copy of would give two meanings. */
const single = new Set(['authorization', 'host', 'content-length', 'content-md5', 'content-type', 'range', 'x-amz-date', 'date',
  'x-amz-content-sha256', 'x-amz-security-token', 'x-amz-decoded-content-length', 'x-amz-trailer', 'x-amz-copy-source'])

function headersOf(raw: readonly string[]): HeaderMap {
  const headers = new Map<string, string>()
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    const before = headers.get(name)
    if (before !== undefined && single.has(name)) throw new S3Error('InvalidRequest', { message: `The header '${name}' was given twice.` })
    headers.set(name, before === undefined ? raw[i + 1]! : `${before},${raw[i + 1]!}`)
  }
  return headers
}

/** The bucket that a virtual-host style Host header names, or '' for path style. */
export function bucketOfHost(host: string, baseHosts: readonly string[]): string {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (baseHosts.includes(name)) return ''
  for (const base of baseHosts) {
    if (name.endsWith(`.${base}`)) return name.slice(0, -base.length - 1)
  }
  return ''
}

/**
 * `baseHosts`: names below which a label is a bucket.
 * @throws {S3Error} InvalidURI, InvalidBucketName, KeyTooLongError, InvalidRequest
 */
export function parseRequest(message: IncomingMessage, id: string, baseHosts: readonly string[]): S3Request {
  const target = message.url ?? ''
  // Only the origin form, and only what may stand in a URI: anything else was never encoded.
  if (!/^\/[\x21-\x7e]*$/.test(target) || target.includes('#')) throw new S3Error('InvalidURI')
  const headers = headersOf(message.rawHeaders)
  const question = target.indexOf('?')
  const rawPath = question < 0 ? target : target.slice(0, question)
  const path = decodeUri(rawPath)
  let bucket = bucketOfHost(headers.get('host') ?? '', baseHosts)
  let key = path.slice(1)
  if (bucket === '') {
    const slash = path.indexOf('/', 1)
    bucket = path.slice(1, slash < 0 ? undefined : slash)
    key = slash < 0 ? '' : path.slice(slash + 1)
  }
  if (bucket === '' && key !== '') throw new S3Error('InvalidBucketName', { fields: { BucketName: '' } })
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw new S3Error('KeyTooLongError', { fields: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(maxKeyBytes) } })
  }
  return {
    id, method: message.method ?? '', canonicalPath: encodePath(path), resource: rawPath, bucket, key,
    query: parseQuery(question < 0 ? '' : target.slice(question + 1)), headers, message,
    payload: { sha256: undefined, chunks: undefined }, sendContinue: undefined,
  }
}
