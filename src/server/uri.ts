// Percent-encoding as S3 and SigV4 want it: everything but A-Z a-z 0-9 - . _ ~ is encoded, in upper-case hex, from UTF-8.

import { S3Error } from './errors.ts'

const plain = /^[A-Za-z0-9\-._~]*$/
const plainPath = /^[A-Za-z0-9\-._~/]*$/

export function encodeUri(text: string): string {
  if (plain.test(text)) return text
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** As `encodeUri`, slashes kept. */
export function encodePath(path: string): string {
  return plainPath.test(path) ? path : encodeUri(path).replaceAll('%2F', '/')
}

/** As real S3 encodes names in listings (`encoding-type=url`): a blank becomes "+", slashes stay. */
export function encodeListed(text: string): string {
  return encodePath(text).replaceAll('%20', '+')
}

/** @throws {S3Error} InvalidURI when the escapes are malformed or are not UTF-8. */
export function decodeUri(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI')
  }
}

export interface Query {
  readonly parameters: ReadonlyMap<string, string>
  /** Names and values encoded anew and sorted, as SigV4 signs them; without X-Amz-Signature. */
  readonly canonical: string
}

const noQuery: Query = { parameters: new Map(), canonical: '' }

/** @throws {S3Error} InvalidURI, or InvalidArgument when a name is there twice. */
export function parseQuery(raw: string): Query {
  if (raw === '') return noQuery
  const parameters = new Map<string, string>()
  const encoded: [string, string][] = []
  for (const pair of raw.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeUri((equals < 0 ? pair : pair.slice(0, equals)).replaceAll('+', ' '))
    const value = equals < 0 ? '' : decodeUri(pair.slice(equals + 1).replaceAll('+', ' '))
    if (parameters.has(name)) throw new S3Error('InvalidArgument', { message: `The query parameter '${name}' was given twice.` })
    parameters.set(name, value)
    if (name !== 'X-Amz-Signature') encoded.push([encodeUri(name), encodeUri(value)])
  }
  encoded.sort(([a], [b]) => (a < b ? -1 : 1))
  return { parameters, canonical: encoded.map(([name, value]) => `${name}=${value}`).join('&') }
}
