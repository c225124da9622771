// Checksums that go to the store with bodies, and what it answers of them.
// Source: "Checking object integrity for data uploads in Amazon S3", Amazon S3 User Guide.

import { compositeChecksum, createDigest, headerOf, isLinear, joinedChecksum, type PartChecksum, type UploadAlgorithm } from '../../util/checksum.ts'
import { quoted, storageFault, type FaultContext, type StorageFault } from '../faults.ts'
import type { S3Spec } from '../spec.ts'
import type { Header } from './exchange.ts'

const algorithms = { none: undefined, crc32: 'CRC32', crc32c: 'CRC32C', crc64nvme: 'CRC64NVME', sha256: 'SHA256' } as const

/** What `spec` wants sent with bodies. */
export function algorithmOf({ checksum = 'none' }: Pick<S3Spec, 'checksum'>): UploadAlgorithm | undefined {
  return algorithms[checksum]
}

export interface BodyChecksum extends PartChecksum { readonly algorithm: UploadAlgorithm }

/** Undefined where none is wanted. */
export function checksumOf(body: Uint8Array, algorithm: UploadAlgorithm | undefined): BodyChecksum | undefined {
  if (algorithm === undefined) return undefined
  const digest = createDigest(algorithm)
  digest.update(body)
  return { algorithm, value: digest.base64(), size: body.length }
}

export function checksumHeaders(sent: BodyChecksum | undefined): Header[] {
  return sent ? [[headerOf(sent.algorithm), sent.value]] : []
}

/** Of the whole object, from those of its parts in their order: of its bytes where that follows from them, else of their checksums, with their number. */
export function checksumOfParts(algorithm: UploadAlgorithm, sums: readonly PartChecksum[]): string {
  return isLinear(algorithm) ? joinedChecksum(algorithm, sums).value : compositeChecksum(algorithm, sums).value
}

/** @throws {Fault} 'corrupt' when the store answered another checksum than was sent. It need not answer any. */
export function checkBody({ algorithm, value }: BodyChecksum, answered: string | undefined, context: FaultContext): void {
  if (answered !== undefined && answered !== value) throw mismatch(algorithm, { sent: value, answered }, context)
}

/**
 * The same for an object that was sent in parts. Where the store makes a checksum of their checksums, as the "-3" at its end tells, that one is held against them.
 * @throws {Fault} 'corrupt'
 */
export function checkWhole(algorithm: UploadAlgorithm, { sums, answered }: { sums: readonly PartChecksum[]; answered: string | undefined }, context: FaultContext): void {
  if (answered === undefined) return
  // A SHA-256 of all bytes cannot be made of those of the parts.
  if (!isLinear(algorithm) && !answered.includes('-')) return
  const sent = answered.includes('-') ? compositeChecksum(algorithm, sums).value : checksumOfParts(algorithm, sums)
  if (answered !== sent) throw mismatch(algorithm, { sent, answered }, context)
}

function mismatch(algorithm: UploadAlgorithm, { sent, answered }: { sent: string; answered: string }, context: FaultContext): StorageFault {
  return storageFault('corrupt', `${context.endpoint} stored ${quoted(context.key ?? '')} with the ${algorithm} ${answered} where ${sent} was sent`, context,
    { hint: 'bytes were changed on the way to the store, or in it, and what it holds now is not what was written: check the network and anything in between' })
}
