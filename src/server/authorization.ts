// Where a request carries its signature: the Authorization header or the query. Parses both into one shape.

import { S3Error } from './errors.ts'
import type { S3Request } from './request.ts'
import { algorithm } from './signature.ts'

export interface SignedWith {
  readonly accessKeyId: string
  /** "date/region/service/aws4_request" */
  readonly scope: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** "20130524T000000Z" */
  readonly date: string
  readonly token: string | undefined
  /** Presigned: how long the signature is good for. */
  readonly expiresSeconds: number | undefined
}

const maxExpiresSeconds = 604_800

/** Milliseconds since 1970 of "20130524T000000Z"; NaN when it is not such a date. */
export function parseAmzDate(date: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  if (!match) return Number.NaN
  return Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`)
}

export function formatAmzDate(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** Undefined for an anonymous request. @throws {S3Error} when what is there is malformed */
export function findSignature(request: S3Request): SignedWith | undefined {
  const header = request.headers.get('authorization')
  const inQuery = request.query.parameters.has('X-Amz-Algorithm') || request.query.parameters.has('X-Amz-Signature')
  if (header !== undefined && inQuery) {
    throw new S3Error('InvalidArgument', { message: 'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified' })
  }
  if (header !== undefined) return fromHeader(request, header)
  return inQuery ? fromQuery(request.query.parameters) : undefined
}

function malformed(message: string): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', { message: `The authorization header is malformed; ${message}` })
}

function fromHeader(request: S3Request, header: string): SignedWith {
  if (!header.startsWith(`${algorithm} `)) {
    throw new S3Error('InvalidRequest', { message: `The authorization mechanism you have provided is not supported. Please use ${algorithm}.` })
  }
  const fields = new Map<string, string>()
  for (const piece of header.slice(algorithm.length).split(',')) {
    const [name = '', value] = piece.trim().split('=', 2)
    if (value === undefined || fields.has(name)) throw malformed('its fields must be Credential, SignedHeaders and Signature.')
    fields.set(name, value)
  }
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => fields.get(name))
  if (!credential || !signedHeaders || !signature || fields.size !== 3) throw malformed('its fields must be Credential, SignedHeaders and Signature.')
  const date = request.headers.get('x-amz-date') ?? basicDate(request.headers.get('date'))
  if (date === undefined || Number.isNaN(parseAmzDate(date))) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
  }
  return {
    ...splitCredential(credential, malformed), signedHeaders: signedHeaders.split(';'), signature, date,
    token: request.headers.get('x-amz-security-token'), expiresSeconds: undefined,
  }
}

function basicDate(date: string | undefined): string | undefined {
  const milliseconds = Date.parse(date ?? '')
  return Number.isNaN(milliseconds) ? undefined : formatAmzDate(milliseconds)
}

function queryError(message: string): S3Error {
  return new S3Error('AuthorizationQueryParametersError', { message })
}

function fromQuery(query: ReadonlyMap<string, string>): SignedWith {
  const [name, credential, date, expires, signedHeaders, signature] =
    ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'].map((part) => query.get(`X-Amz-${part}`))
  if (!name || !credential || !date || !expires || !signedHeaders || !signature) {
    throw queryError('Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.')
  }
  if (name !== algorithm) throw queryError(`X-Amz-Algorithm only supports "${algorithm}"`)
  if (Number.isNaN(parseAmzDate(date))) throw queryError('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'"')
  if (!/^\d+$/.test(expires) || Number(expires) < 1) throw queryError('X-Amz-Expires must be a number of seconds above 0')
  if (Number(expires) > maxExpiresSeconds) throw queryError('X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds')
  return {
    ...splitCredential(credential, queryError), signedHeaders: signedHeaders.split(';'), signature, date,
    token: query.get('X-Amz-Security-Token'), expiresSeconds: Number(expires),
  }
}

/** Access keys may hold slashes; the scope is the last four parts. */
function splitCredential(credential: string, error: (message: string) => S3Error): { accessKeyId: string; scope: string } {
  const parts = credential.split('/')
  const scope = parts.slice(-4)
  if (parts.length < 5 || scope[3] !== 'aws4_request' || !/^\d{8}$/.test(scope[0]!)) {
    throw error('the Credential must be "<your-access-key-id>/yyyymmdd/region/service/aws4_request".')
  }
  return { accessKeyId: parts.slice(0, -4).join('/'), scope: scope.join('/') }
}
