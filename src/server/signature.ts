// AWS Signature Version 4: canonical request, string to sign, signing key.
// Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".

import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'

export const algorithm = 'AWS4-HMAC-SHA256'

/** Text is taken as latin1: paths and queries are ASCII by then, and header values hold raw bytes. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex')
}

export interface CanonicalParts {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: ReadonlyMap<string, string>
  /** Lower-case, in the order in which they were signed. */
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
}

export function canonicalRequest({ method, path, query, headers, signedHeaders, payloadHash }: CanonicalParts): string {
  let lines = ''
  for (const name of signedHeaders) lines += `${name}:${collapse(headers.get(name) ?? '')}\n`
  return `${method}\n${path}\n${query}\n${lines}\n${signedHeaders.join(';')}\n${payloadHash}`
}

function collapse(value: string): string {
  const trimmed = value.trim()
  return trimmed.includes('  ') ? trimmed.replaceAll(/ +/g, ' ') : trimmed
}

/** `scope` is "date/region/service/aws4_request", `date` is "20130524T000000Z". */
export function stringToSign(date: string, scope: string, canonical: string): string {
  return `${algorithm}\n${date}\n${scope}\n${sha256Hex(canonical)}`
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** The key for all requests of one day, region and service. */
export function signingKey(secret: string, scope: string): KeyObject {
  let key = Buffer.from(`AWS4${secret}`)
  for (const part of scope.split('/')) key = hmac(key, part) as Buffer<ArrayBuffer>
  return createSecretKey(key)
}

export function sign(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex')
}

/** Compares in time that does not depend on where the two differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
