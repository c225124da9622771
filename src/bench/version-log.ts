// The versions that a run's writes made in a bucket that keeps them all, noted by all threads in one piece of shared memory.
//
// Records stand one after another: number of the key (u32), length of the id (u16), the id in Latin-1. Zeros come after the last.

import { MiB } from '../util/units.ts'

export interface VersionLog {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** Bytes taken; versions that found no room; writes that may have made one nobody was told of. */
  readonly counts: Int32Array<SharedArrayBuffer>
}

const taken = 0, unheld = 1, doubtful = 2
const headSize = 6
/** One and a half million ids as S3 and MinIO make them. What is never written takes no memory. */
const defaultCapacity = 64 * MiB

export interface KeyVersion { readonly index: number; readonly version: string }

/** `capacity`: bytes. */
export function createVersionLog(capacity: number = defaultCapacity): VersionLog {
  return { bytes: new Uint8Array(new SharedArrayBuffer(capacity)), counts: new Int32Array(new SharedArrayBuffer(12)) }
}

/** Null versions need no note: a key has one at most. */
export function noteVersion({ bytes, counts }: VersionLog, { index, version }: KeyVersion): void {
  if (version === 'null') return
  const size = headSize + version.length
  const at = Atomics.load(counts, taken) < bytes.length ? Atomics.add(counts, taken, size) : bytes.length
  if (at + size > bytes.length) {
    Atomics.add(counts, unheld, 1)
    return
  }
  bytes[at + 4] = version.length & 0xff
  bytes[at + 5] = version.length >>> 8
  for (let i = 0; i < version.length; i++) bytes[at + headSize + i] = version.charCodeAt(i)
  for (let i = 0; i < 4; i++) bytes[at + i] = index >>> (8 * i)
}

/** A write of which nobody knows whether it made a version. */
export function noteDoubt({ counts }: VersionLog): void {
  Atomics.add(counts, doubtful, 1)
}

/** To be asked once nobody writes any more. */
export function * notedVersions({ bytes }: VersionLog): Generator<KeyVersion> {
  for (let at = 0; at + headSize < bytes.length;) {
    const length = bytes[at + 4]! | bytes[at + 5]! << 8
    if (length === 0) return
    const index = (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0
    yield { index, version: Buffer.from(bytes.subarray(at + headSize, at + headSize + length)).toString('latin1') }
    at += headSize + length
  }
}

export interface Unknown { readonly unheld: number; readonly doubtful: number }

export function unknownVersions({ counts }: VersionLog): Unknown {
  return { unheld: Atomics.load(counts, unheld), doubtful: Atomics.load(counts, doubtful) }
}
