// The checksums of S3's `x-amz-checksum-*`, in base64 as they stand in headers.

import { createHash, type Hash } from 'node:crypto'
import { crc32, crc32c } from './crc.ts'
import { combineCrc, shiftOf, type CrcField } from './crc-tables.ts'
import { crc64nvme, crc64Polynomial } from './crc64.ts'
import { MiB } from './units.ts'

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

export const checksumAlgorithms: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; with "-N" behind it when composed of N parts. */
  readonly value: string
  readonly type: ChecksumType
}

const lengths: Readonly<Record<ChecksumAlgorithm, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

/** What node:crypto's Hash is, as far as it is needed here. */
export interface Digest {
  update(data: Uint8Array): void
  base64(): string
}

const digests: Readonly<Record<ChecksumAlgorithm, () => Digest>> = {
  CRC32: () => digest32(crc32),
  CRC32C: () => digest32(crc32c),
  CRC64NVME: () => digest64(),
  SHA1: () => hashDigest(createHash('sha1')),
  SHA256: () => hashDigest(createHash('sha256')),
}

export function createDigest(algorithm: ChecksumAlgorithm): Digest {
  return digests[algorithm]()
}

function digest32(next: (data: Uint8Array, before: number) => number): Digest {
  let crc = 0
  return {
    update(data) { crc = next(data, crc) },
    base64() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc)
      return bytes.toString('base64')
    },
  }
}

function digest64(): Digest {
  let crc = 0n
  return {
    update(data) { crc = crc64nvme(data, crc) },
    base64() {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64BE(crc)
      return bytes.toString('base64')
    },
  }
}

/** OpenSSL takes in less than 2 GiB at a time. Bytes. */
const hashPiece = 1024 * MiB

function hashDigest(hash: Hash): Digest {
  return { update(data) { for (let at = 0; at < data.length; at += hashPiece) hash.update(data.subarray(at, at + hashPiece)) }, base64: () => hash.digest('base64') }
}

export const headerOf = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

/** The XML element that carries a checksum, as in "ChecksumCRC32". */
export const elementOf = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`

/** Whether `value` is the base64 of as many bytes as the checksum has. */
export function isChecksum(algorithm: ChecksumAlgorithm, value: string): boolean {
  return isBase64Of(value, lengths[algorithm])
}

export function isBase64Of(value: string, length: number): boolean {
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === length && bytes.toString('base64') === value
}

export interface PartChecksum { readonly value: string; readonly size: number }

/** The checksum of the checksums of the parts, with their number. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): Checksum {
  const digest = createDigest(algorithm)
  for (const { value } of parts) digest.update(Buffer.from(value, 'base64'))
  return { algorithm, value: `${digest.base64()}-${parts.length}`, type: 'COMPOSITE' }
}

/** Those that are sent with what is written. */
export type UploadAlgorithm = LinearAlgorithm | 'SHA256'

/** What the store is to make of the checksums of an upload's parts: one of the whole where that follows from them. */
export function checksumTypeOf(algorithm: ChecksumAlgorithm): ChecksumType {
  return isLinear(algorithm) ? 'FULL_OBJECT' : 'COMPOSITE'
}

export type LinearAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME'

const fields: Readonly<Record<LinearAlgorithm, CrcField>> = {
  CRC32: { polynomial: 0xedb88320n, width: 32n },
  CRC32C: { polynomial: 0x82f63b78n, width: 32n },
  CRC64NVME: { polynomial: crc64Polynomial, width: 64n },
}

/** Whether the checksum of a whole follows from those of its parts. */
export function isLinear(algorithm: ChecksumAlgorithm): algorithm is LinearAlgorithm {
  return algorithm in fields
}

/** The checksum of the parts one after another, without their bytes. */
export function joinedChecksum(algorithm: LinearAlgorithm, parts: readonly PartChecksum[]): Checksum {
  const field = fields[algorithm]
  // Parts are as long as each other, but for the last one, and a shift costs forty times what a part does.
  const shifts = new Map<number, bigint>()
  let joined = 0n
  for (const { value, size } of parts) {
    const shift = shifts.get(size) ?? shiftOf(size, field)
    shifts.set(size, shift)
    joined = combineCrc(joined, { crc: BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`), shift }, field)
  }
  const hex = joined.toString(16).padStart(lengths[algorithm] * 2, '0')
  return { algorithm, value: Buffer.from(hex, 'hex').toString('base64'), type: 'FULL_OBJECT' }
}
