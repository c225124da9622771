// Objects that are compressed as a whole, by gzip or zlib: found by how they begin, inflated in bounds.

import zlib from 'node:zlib'

import { MiB } from '../util/units.ts'
import { damaged, refused } from './format-fault.ts'
import { inflatedMember } from './gzip-member.ts'

/** Beyond so many bytes an object must not expand more than 100-fold: numbers of a data set do not, attacks do. */
const bombLength = 256 * MiB
const bombRatio = 100
const maxChunkLength = 32 * MiB

export function isCompressed(head: Uint8Array): boolean {
  const [a, b, c] = head
  if (a === undefined || b === undefined) return false
  const isGzip = a === 0x1f && b === 0x8b && c === 8
  // Method deflate, a window of at most 32 KiB, no dictionary, and a check sum of the two bytes.
  const isZlib = (a & 0x8f) === 8 && (b & 0x20) === 0 && (a * 256 + b) % 31 === 0
  return isGzip || isZlib
}

/** What the object is without its compression. @throws {Fault} 'format' when that is damaged, or looks like a decompression bomb. */
export function inflateObject(key: string, bytes: Uint8Array): Uint8Array {
  const member = inflatedMember(bytes)
  if (member) return member
  const maxOutputLength = Math.max(bombLength, bombRatio * bytes.length)
  try {
    // Data of a data set hardly compress: most often one chunk holds the result, which then is not copied.
    return zlib.unzipSync(bytes, { maxOutputLength, chunkSize: Math.max(1024, Math.min(2 * bytes.length, maxChunkLength)) })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw refused(key, `${key} wants ${bytes.length} bytes inflated to more than ${maxOutputLength}, which looks like a decompression bomb`)
    }
    throw damaged(key, 0, `${key} is damaged in its compression: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}
