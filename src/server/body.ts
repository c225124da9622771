// Receives a request's body into one buffer and holds it against everything the request said of it.

import { constants } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { GiB } from '../util/units.ts'
import { checksumAlgorithms, createDigest, headerOf, isBase64Of, isChecksum, type Checksum, type ChecksumAlgorithm, type Digest } from '../util/checksum.ts'
import { ChunkedDecoder } from './chunked.ts'
import { S3Error } from './errors.ts'
import type { HeaderMap, S3Request } from './request.ts'

/** S3's own limit for one PUT, or what fits a Buffer. */
export const maxObjectBytes: number = Math.min(5 * GiB, constants.MAX_LENGTH)

export interface ReceivedBody {
  readonly bytes: Buffer
  /** MD5 of the bytes, when asked for. */
  readonly md5: Buffer | undefined
  readonly checksum: Checksum | undefined
}

export interface ReceiveOptions {
  /** Bytes at most. */
  readonly limit: number
  /** Computes the MD5 while receiving. */
  readonly md5?: boolean
  /** A body that is not there is an empty one. */
  readonly optional?: boolean
}

/** @throws {S3Error} when the body is missing, too large, cut off, or not what the request says */
export async function receiveBody(request: S3Request, options: ReceiveOptions): Promise<ReceivedBody> {
  const { headers, payload } = request
  const length = declaredLength(request, options)
  const claim = claimedChecksum(headers)
  const contentMd5 = headers.get('content-md5')
  if (contentMd5 !== undefined && !isBase64Of(contentMd5, 16)) throw new S3Error('InvalidDigest', { fields: { 'Content-MD5': contentMd5 } })

  const bytes = Buffer.allocUnsafeSlow(length)
  const md5 = options.md5 || contentMd5 !== undefined ? createHash('md5') : undefined
  const sha256 = payload.sha256 === undefined ? undefined : createHash('sha256')
  const digest = claim ? createDigest(claim.algorithm) : undefined
  const sink = collect(bytes, [md5, sha256, digest])
  const decoder = payload.chunks ? new ChunkedDecoder(payload.chunks, sink.write) : undefined

  request.sendContinue?.()
  await pump(request.message, decoder ? (data) => { decoder.push(data) } : sink.write)
  decoder?.end()
  if (sink.received() !== length) throw new S3Error('IncompleteBody')

  if (sha256 && sha256.digest('hex') !== payload.sha256) throw new S3Error('XAmzContentSHA256Mismatch', { fields: { ClientComputedContentSHA256: payload.sha256 ?? '' } })
  const md5Bytes = md5?.digest()
  if (contentMd5 !== undefined && md5Bytes?.toString('base64') !== contentMd5) throw new S3Error('BadDigest', { message: 'The Content-MD5 you specified did not match what we received.' })
  for (const name of decoder?.trailers.keys() ?? []) {
    if (claim?.value !== undefined || !claim || name !== headerOf(claim.algorithm)) throw new S3Error('MalformedTrailerError')
  }
  const checksum = claim && digest ? verifyChecksum(claim, digest.base64(), decoder?.trailers) : undefined
  return { bytes, md5: md5Bytes, checksum }
}

function declaredLength({ headers, payload }: S3Request, { limit, optional }: ReceiveOptions): number {
  const encoding = headers.get('transfer-encoding')
  const text = payload.chunks ? headers.get('x-amz-decoded-content-length') : headers.get('content-length')
  if (encoding !== undefined && !payload.chunks) throw new S3Error('NotImplemented', { message: 'A header you provided implies functionality that is not implemented: Transfer-Encoding', fields: { Header: 'Transfer-Encoding' } })
  if (text === undefined) {
    if (optional) return 0
    throw new S3Error('MissingContentLength')
  }
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidRequest', { message: `'${text}' is not a length.` })
  const length = Number(text)
  if (length > limit) throw new S3Error('EntityTooLarge', { fields: { ProposedSize: text, MaxSizeAllowed: String(limit) } })
  return length
}

interface Claim { readonly algorithm: ChecksumAlgorithm; /** Undefined: it comes in the trailer. */ readonly value: string | undefined }

/** The one checksum that the headers or the announced trailer carry. */
export function claimedChecksum(headers: HeaderMap): Claim | undefined {
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase()
  const claims: Claim[] = []
  for (const algorithm of checksumAlgorithms) {
    const value = headers.get(headerOf(algorithm))
    if (value !== undefined && !isChecksum(algorithm, value)) throw new S3Error('InvalidRequest', { message: `Value for ${headerOf(algorithm)} header is invalid.` })
    if (value !== undefined) claims.push({ algorithm, value })
    if (trailer === headerOf(algorithm)) claims.push({ algorithm, value: undefined })
  }
  if (claims.length > 1) throw new S3Error('InvalidRequest', { message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.' })
  if (trailer !== undefined && claims[0]?.value !== undefined) throw new S3Error('InvalidRequest', { message: 'The value specified in the x-amz-trailer header is not supported' })
  if (trailer !== undefined && claims.length === 0) throw new S3Error('InvalidRequest', { message: 'The value specified in the x-amz-trailer header is not supported' })
  const announced = headers.get('x-amz-sdk-checksum-algorithm')?.toUpperCase()
  if (announced !== undefined && announced !== claims[0]?.algorithm) {
    throw new S3Error('InvalidRequest', { message: 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.' })
  }
  return claims[0]
}

function verifyChecksum({ algorithm, value }: Claim, computed: string, trailers: ReadonlyMap<string, string> | undefined): Checksum {
  const expected = value ?? trailers?.get(headerOf(algorithm))
  if (expected === undefined || !isChecksum(algorithm, expected)) throw new S3Error('MalformedTrailerError')
  if (expected !== computed) throw new S3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` })
  return { algorithm, value: computed, type: 'FULL_OBJECT' }
}

function collect(into: Buffer, digests: readonly (Hash | Digest | undefined)[]): { readonly write: (data: Buffer) => void; readonly received: () => number } {
  let offset = 0
  const active = digests.filter((each) => each !== undefined)
  return {
    write: (data) => {
      if (offset + data.length > into.length) throw new S3Error('InvalidRequest', { message: `The body is longer than the ${into.length} bytes that were declared.` })
      for (const digest of active) digest.update(data)
      offset += data.copy(into, offset)
    },
    received: () => offset,
  }
}

/** Hands every piece to `take`. After a throw of `take` the rest is read and dropped, so that the client sees the answer. */
async function pump(message: IncomingMessage, take: (data: Buffer) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onData = (data: Buffer): void => {
      try {
        take(data)
      } catch (error) {
        message.off('data', onData)
        message.resume()
        reject(error)
      }
    }
    message.on('data', onData)
    message.once('end', resolve)
    message.once('error', () => { reject(new S3Error('IncompleteBody')) })
    message.once('close', () => { reject(new S3Error('IncompleteBody')) })
  })
}
