// Is the request from whom it says, for here, for now, and unchanged? Knows nothing of what is asked for.

import { type KeyObject } from 'node:crypto'
import { findSignature, parseAmzDate, type SignedWith } from './authorization.ts'
import { createChunkVerifier } from './chunk-signatures.ts'
import { isDirectoryBucketName, usesSession, type Sessions } from './directory-buckets.ts'
import { S3Error } from './errors.ts'
import { type Payload } from './payload.ts'
import type { S3Request } from './request.ts'
import { canonicalRequest, sameText, sign, signingKey, stringToSign } from './signature.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface AuthenticationOptions {
  readonly credentials: readonly Credentials[]
  /** Of directory buckets. */
  readonly sessions: Sessions
  readonly region: string
  readonly wallMilliseconds: () => number
  readonly allowAnonymous: boolean
}

const maxSkewMilliseconds = 15 * 60 * 1000
const unsigned = 'UNSIGNED-PAYLOAD'

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString()

export class Authentication {
  readonly #options: AuthenticationOptions
  /** By access key and scope. Scopes are of the clock's day and one region, so there are few. */
  readonly #keys = new Map<string, KeyObject>()

  constructor(options: AuthenticationOptions) { this.#options = options }

  /** What the body must be. @throws {S3Error} the reason why the request is refused */
  verify(request: S3Request): Payload {
    const signed = findSignature(request)
    if (!signed) {
      if (!this.#options.allowAnonymous) throw new S3Error('AccessDenied')
      return payloadOf(request.headers.get('x-amz-content-sha256') ?? unsigned, undefined)
    }
    const credentials = this.#credentialsOf(signed, request)
    this.#checkScope(signed, isDirectoryBucketName(request.bucket) ? 's3express' : 's3')
    this.#checkTime(signed)
    checkSignedHeaders(request, signed)
    const presigned = signed.expiresSeconds !== undefined
    const payloadHash = request.headers.get('x-amz-content-sha256')
      ?? (presigned ? request.query.parameters.get('X-Amz-Content-Sha256') ?? unsigned : undefined)
    if (payloadHash === undefined) throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' })
    const canonical = canonicalRequest({
      method: request.method, path: request.canonicalPath, query: request.query.canonical,
      headers: request.headers, signedHeaders: signed.signedHeaders, payloadHash,
    })
    const key = this.#keyOf(credentials, signed.scope)
    const text = stringToSign(signed.date, signed.scope, canonical)
    if (!sameText(sign(key, text), signed.signature)) {
      throw new S3Error('SignatureDoesNotMatch', { fields: { AWSAccessKeyId: signed.accessKeyId, StringToSign: text, SignatureProvided: signed.signature, CanonicalRequest: canonical } })
    }
    return payloadOf(payloadHash, { ...signed, key })
  }

  #credentialsOf({ accessKeyId, token }: SignedWith, request: S3Request): Credentials {
    const sessionToken = request.headers.get('x-amz-s3session-token')
    if (usesSession(request)) return this.#options.sessions.find(accessKeyId, sessionToken, { bucket: request.bucket, now: this.#options.wallMilliseconds() })
    if (sessionToken !== undefined) throw new S3Error('InvalidRequest', { message: 'x-amz-s3session-token is for objects of directory buckets.' })
    const found = this.#options.credentials.find((each) => each.accessKeyId === accessKeyId)
    // As S3: the key of a session does not exist without the session's token.
    if (!found || (found.sessionToken !== undefined && token === undefined)) {
      throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: accessKeyId } })
    }
    if (token !== undefined && !(found.sessionToken !== undefined && sameText(found.sessionToken, token))) throw new S3Error('InvalidToken')
    return found
  }

  #checkScope({ scope, date, expiresSeconds }: SignedWith, expected: 's3' | 's3express'): void {
    const [day, region, service] = scope.split('/')
    const refuse = (message: string): never => {
      const code = expiresSeconds === undefined ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError'
      throw new S3Error(code, { message, fields: { Region: this.#options.region } })
    }
    if (region !== this.#options.region) refuse(`The authorization header is malformed; the region '${region}' is wrong; expecting '${this.#options.region}'`)
    if (service !== expected) refuse(`The authorization header is malformed; incorrect service "${service}". This endpoint belongs to "${expected}".`)
    if (day !== date.slice(0, 8)) refuse(`The authorization header is malformed; Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${date.slice(0, 8)}".`)
  }

  #checkTime({ date, expiresSeconds }: SignedWith): void {
    const now = this.#options.wallMilliseconds()
    const signedAt = parseAmzDate(date)
    if (expiresSeconds === undefined) {
      if (Math.abs(now - signedAt) <= maxSkewMilliseconds) return
      throw new S3Error('RequestTimeTooSkewed', { fields: { RequestTime: date, ServerTime: iso(now), MaxAllowedSkewMilliseconds: String(maxSkewMilliseconds) } })
    }
    if (signedAt - now > maxSkewMilliseconds) throw new S3Error('AccessDenied', { message: 'Request is not yet valid', fields: { ServerTime: iso(now) } })
    const expires = signedAt + expiresSeconds * 1000
    if (now > expires) throw new S3Error('AccessDenied', { message: 'Request has expired', fields: { Expires: iso(expires), ServerTime: iso(now) } })
  }

  #keyOf(credentials: Credentials, scope: string): KeyObject {
    const name = `${credentials.accessKeyId}\n${scope}`
    let key = this.#keys.get(name)
    if (!key) {
      if (this.#keys.size >= 64) this.#keys.clear()
      key = signingKey(credentials.secretAccessKey, scope)
      this.#keys.set(name, key)
    }
    return key
  }
}

/** The host and every x-amz header must be under the signature: else it could be changed on the way. */
function checkSignedHeaders({ headers }: S3Request, { signedHeaders }: SignedWith): void {
  const notSigned: string[] = signedHeaders.includes('host') ? [] : ['host']
  for (const name of headers.keys()) {
    if (name.startsWith('x-amz-') && !signedHeaders.includes(name)) notSigned.push(name)
  }
  if (notSigned.length > 0) {
    throw new S3Error('AccessDenied', { message: 'There were headers present in the request which were not signed', fields: { HeadersNotSigned: notSigned.join(', ') } })
  }
  if (signedHeaders.some((name, i) => name !== name.toLowerCase() || (i > 0 && signedHeaders[i - 1]! >= name))) {
    throw new S3Error('AuthorizationHeaderMalformed', { message: 'SignedHeaders must be lower case and in alphabetical order.' })
  }
}

function payloadOf(declared: string, signed: (SignedWith & { key: KeyObject }) | undefined): Payload {
  const chunks = (withSignatures: boolean, trailer: boolean): Payload => {
    if (withSignatures && !signed) throw new S3Error('AccessDenied')
    return { sha256: undefined, chunks: { verifier: withSignatures && signed ? createChunkVerifier(signed) : undefined, trailer } }
  }
  switch (declared) {
    case unsigned: return { sha256: undefined, chunks: undefined }
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER': return chunks(false, true)
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': return chunks(true, false)
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': return chunks(true, true)
    default:
      if (/^[0-9a-f]{64}$/.test(declared)) return { sha256: declared, chunks: undefined }
      throw new S3Error('InvalidArgument', {
        message: 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
        fields: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: declared },
      })
  }
}
