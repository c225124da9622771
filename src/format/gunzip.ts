// Whole gzip files, of a size that nobody states.

import zlib from 'node:zlib'

import { damaged, refused } from './format-fault.ts'
import { inflatedMember } from './gzip-member.ts'
import { MiB } from '../util/units.ts'

/** A file may become this large, or this many times its size: numbers as text do not compress further, attacks do. */
const bombLength = 32 * MiB
const bombRatio = 100

export function hasGzipMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** All members, one after the other. @throws {Fault} 'format' when damaged, or a decompression bomb. */
export function gunzip(key: string, bytes: Uint8Array): Uint8Array {
  const member = inflatedMember(bytes)
  if (member) return member
  const limit = Math.min(2 ** 32 - 1, Math.max(bombLength, bombRatio * bytes.length))
  try {
    return zlib.gunzipSync(bytes, { chunkSize: Math.min(4 * MiB, Math.max(16 * 1024, 4 * bytes.length)), maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw refused(key, `${key} is ${bytes.length} bytes of gzip that become more than ${limit}, which looks like a decompression bomb`)
    }
    throw damaged(key, 0, `${key} is damaged gzip: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}
