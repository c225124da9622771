// Sends S3 requests to where the bucket is: builds and signs heads, follows one redirect, turns refusals into Faults.

import { systemClock } from '../../util/clock.ts'
import { createController } from '../../util/cancel.ts'
import { abortedFault, isFault } from '../../util/fault.ts'
import { KiB } from '../../util/units.ts'
import { orAborted } from '../abortable.ts'
import { BoardReader } from '../credentials-board.ts'
import { checkKey, shortKey, storageFault, type FaultContext, type Operation } from '../faults.ts'
import type { Credentials, S3Spec } from '../spec.ts'
import { addressesOf, addressOf, type Address } from './address.ts'
import { isDirectoryBucket } from './directory-bucket.ts'
import { Endpoints } from './endpoints.ts'
import { readRefusal, refusalFault, type Refusal } from './errors.ts'
import { createSession, ExpressSession, type Keys } from './express-session.ts'
import type { Answer, Exchange, Header } from './exchange.ts'
import { amzDate, sha256, Signer, unsignedPayload } from './sigv4.ts'
import { followed } from './redirects.ts'
import { headersFor, kindOf } from './request-headers.ts'
import type { OpenTransport, Transport } from './transport.ts'
import { encodePath } from './uri.ts'

export interface S3Request {
  readonly operation: Operation
  readonly method: string
  /** May be carried out twice. Absent: all methods but POST may. */
  readonly isIdempotent?: boolean
  /** Absent: the bucket itself. */
  readonly key?: string
  /** As of `canonicalQuery`. */
  readonly query?: string
  /** To be signed. Names in lower case. */
  readonly headers?: readonly Header[]
  readonly body?: Uint8Array
  /** The signature covers the body, whatever the spec says. */
  readonly isBodySigned?: boolean
  /** Signed with the user's keys, where others are with those of a session. */
  readonly usesOwnKeys?: boolean
  readonly into?: Uint8Array
  readonly onFilled?: Exchange['onFilled']
  readonly accept?: Exchange['accept']
}

/** Larger bodies are announced first, so that a refusal or redirect does not cost sending them. Bytes. */
const announcedBody = 1024 * KiB

const agent: Header = ['user-agent', 'dlio-s3']

interface Place { readonly address: Address; readonly path: string; readonly query: string }

export class S3Requests {
  readonly #spec: S3Spec
  readonly #open: OpenTransport
  readonly #offset: { readonly milliseconds: number }
  readonly #transports = new Map<string, Transport>()
  readonly #continuing = { isIgnored: false }
  #region: string
  #address: Address
  #credentials: Credentials | undefined
  #keys: Keys | undefined
  readonly #session: ExpressSession | undefined
  readonly #end = createController()
  readonly #renewed: BoardReader | undefined
  readonly #endpoints: Endpoints | undefined
  #date = ''
  #second = 0

  /** `offset`: of the store's clock from this machine's; may change. */
  constructor(spec: S3Spec, open: OpenTransport, offset: { readonly milliseconds: number } = { milliseconds: 0 }) {
    this.#spec = spec
    this.#offset = offset
    this.#open = open
    this.#region = spec.region
    this.#address = addressOf(spec)
    this.#renewed = spec.renewed && new BoardReader(spec.renewed)
    this.#useKeys(spec.credentials)
    if (spec.credentials && isDirectoryBucket(spec.bucket)) this.#session = new ExpressSession(spec.region, () => createSession(spec.bucket, (request) => this.send(request, this.#end.signal)))
    this.#endpoints = spec.endpoints && new Endpoints(addressesOf(spec), spec.endpoints.board, systemClock)
  }

  get origin(): string { return this.#address.origin }
  get region(): string { return this.#region }

  /** What a Fault about `operation` should know. */
  context(operation: Operation, key?: string, { origin }: Pick<Address, 'origin'> = this.#address): FaultContext {
    const { bucket, credentials } = this.#spec
    const context: FaultContext = key === undefined ? { operation, bucket, endpoint: origin } : { operation, bucket, endpoint: origin, key }
    return credentials ? context : { ...context, isUnsigned: true }
  }

  /** The answer, a success. @throws {Fault} */
  send(request: S3Request, signal: AbortSignal | undefined): Promise<Answer> {
    const session = request.usesOwnKeys ? undefined : this.#session?.ready()
    if (session) return orAborted(session, signal).then(() => this.send(request, signal))
    if (!this.#endpoints) return this.#sendAt(undefined, request, signal)
    const bytes = request.into?.length ?? (request.operation === 'write' && request.method === 'PUT' ? request.body?.length ?? 0 : 0)
    return this.#endpoints.send((address) => this.#sendAt(address, request, signal), () => bytes)
  }

  /** `at` where there are several endpoints. */
  async #sendAt(at: Address | undefined, request: S3Request, signal: AbortSignal | undefined): Promise<Answer> {
    // Many are in flight when the first one learns where the bucket is: each compares with what it was itself signed for.
    let signedFor = this.#region
    let place = this.#placeOf(request, at)
    let answer = await this.#sendTo(place, request, signal)
    if (answer.head.status === 417 && !this.#continuing.isIgnored) {
      // The server does not know "expect": RFC 9110 section 10.1.1 has it left out then.
      this.#continuing.isIgnored = true
      signedFor = this.#region
      place = this.#placeOf(request, at)
      answer = await this.#sendTo(place, request, signal)
    }
    if (isSuccess(answer)) return answer
    const refusal = readRefusal(answer.head.status, answer.head.headers, answer.body)
    const elsewhere = this.#located(answer, place.address, request) ?? this.#elsewhere(answer, { refusal, signedFor, at }, request)
    if (!elsewhere) throw refusalFault(refusal, this.context(request.operation, request.key, at))
    const second = await this.#sendTo(elsewhere, request, signal)
    if (isSuccess(second)) return second
    throw refusalFault(readRefusal(second.head.status, second.head.headers, second.body), this.context(request.operation, request.key, elsewhere.address))
  }

  close(): void {
    this.#end.abort(abortedFault())
    for (const transport of this.#transports.values()) transport.close()
  }

  #placeOf({ operation, key, query = '' }: S3Request, address = this.#address): Place {
    const { basePath } = address
    if (key === undefined) return { address, path: basePath || '/', query }
    if (key.length > shortKey) checkKey(key, this.context(operation, key))
    try {
      return { address, path: `${basePath}/${encodePath(key)}`, query }
    } catch (cause) {
      throw storageFault('invalid', `the key ${JSON.stringify(key)} cannot be written in UTF-8`, this.context(operation, key), { hint: 'it holds half a surrogate pair: rename it', cause })
    }
  }

  /** Throws what cannot be sent at all. */
  #sendTo(place: Place, request: S3Request, signal: AbortSignal | undefined): Promise<Answer> {
    const { method, isIdempotent = method !== 'POST', body, into, onFilled, accept, operation, key } = request
    const isAnnounced = body !== undefined && body.length > announcedBody && !this.#continuing.isIgnored
    return this.#transportTo(place.address).run({
      method, isIdempotent, target: targetOf(place), headers: this.#headersOf(place, request), body, into, onFilled, context: this.context(operation, key, place.address),
      expectContinue: isAnnounced ? this.#continuing : undefined, accept,
    }, signal)
  }

  #transportTo(address: Address): Transport {
    let transport = this.#transports.get(address.origin)
    if (!transport) this.#transports.set(address.origin, transport = this.#open(address, this.#spec))
    return transport
  }

  #headersOf({ address, path, query }: Place, request: S3Request): Header[] {
    const { method, headers = [], body } = request
    const all: Header[] = [['host', address.host], ...headers]
    if (this.#spec.headers) all.push(...headersFor(this.#spec.headers, kindOf(request)))
    let authorization: string | undefined
    const renewed = this.#renewed?.renewed()
    if (renewed) this.#useKeys(renewed)
    const keys = this.#session && !request.usesOwnKeys ? this.#session.keys : this.#keys
    if (keys) {
      const date = this.#now()
      const payloadHash = body && this.#signsBody(address, request) ? sha256(body) : unsignedPayload
      all.push(['x-amz-content-sha256', payloadHash], ['x-amz-date', date])
      if (keys.token) all.push(keys.token)
      if (!isSorted(all)) all.sort(([a], [b]) => a < b ? -1 : 1)
      authorization = keys.signer.authorization({ method, path, query, headers: all, payloadHash }, date)
    }
    // What stands behind is not signed.
    all.push(agent)
    if (body !== undefined) all.push(['content-length', String(body.length)])
    if (authorization !== undefined) all.push(['authorization', authorization])
    return all
  }

  #signsBody({ origin }: Address, { isBodySigned = false }: S3Request): boolean {
    const { payloadSigning = 'auto' } = this.#spec
    return isBodySigned || payloadSigning === 'always' || (payloadSigning === 'auto' && !origin.startsWith('https:'))
  }

  #now(): string {
    const milliseconds = systemClock.wallMilliseconds() + this.#offset.milliseconds
    const second = Math.floor(milliseconds / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#date = amzDate(milliseconds)
    }
    return this.#date
  }

  /** Where a `location` leads. @throws {Fault} 'redirect' when it must not be followed. */
  #located({ head: { status, headers } }: Answer, from: Address, request: S3Request): Place | undefined {
    const location = [301, 302, 307, 308].includes(status) ? headers.get('location') : undefined
    const there = location === undefined ? undefined : followed(location, { from, spec: this.#spec, context: { ...this.context(request.operation, request.key, from), status } })
    if (!there) return undefined
    // An endpoint of one's own stays where it is, and so what is signed for it.
    if (there.region !== undefined && there.region !== this.#region && this.#spec.endpoint === undefined) this.#moveTo(there.region)
    return { query: request.query ?? '', ...there }
  }

  /** The bucket's own region, which is kept, when it is another one. */
  #elsewhere({ head }: Answer, { refusal, signedFor, at }: { refusal: Refusal; signedFor: string; at: Address | undefined }, request: S3Request): Place | undefined {
    const isRegional = head.status === 301 || refusal.code === 'AuthorizationHeaderMalformed' || refusal.code === 'IllegalLocationConstraintException' || (head.status === 400 && head.headers.has('x-amz-bucket-region'))
    if (!isRegional || refusal.region === undefined || refusal.region === signedFor) return undefined
    if (refusal.region !== this.#region) this.#moveTo(refusal.region)
    return this.#placeOf(request, at)
  }

  #moveTo(region: string): void {
    this.#region = region
    this.#address = addressOf({ ...this.#spec, region })
    this.#useKeys(this.#credentials)
  }

  #useKeys(credentials: Credentials | undefined): void {
    this.#credentials = credentials
    const token = credentials?.sessionToken
    this.#keys = credentials && { signer: new Signer(credentials, this.#region, isDirectoryBucket(this.#spec.bucket) ? 's3express' : 's3'), token: token === undefined ? undefined : ['x-amz-security-token', token] }
  }
}

function targetOf({ path, query }: Place): string {
  return query === '' ? path : `${path}?${query}`
}

function isSuccess({ head }: Answer): boolean {
  return head.status >= 200 && head.status < 300
}

function isSorted(headers: readonly Header[]): boolean {
  for (let i = 1; i < headers.length; i++) if (headers[i - 1]![0] > headers[i]![0]) return false
  return true
}

/** Runs `call`, taking a refusal of `code` or `reason` for an answer. */
export async function unless<T>(call: Promise<T>, isExpected: (info: { reason: string; s3Code?: string }) => boolean, otherwise: T): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (isFault(error, 'storage') && isExpected(error.info)) return otherwise
    throw error
  }
}
