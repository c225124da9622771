// Checksums of whole objects that the store answers, held against the bytes that came.
// Source: "Checking object integrity", Amazon S3 User Guide: a composite checksum is of the parts' checksums, and says nothing about bytes alone.

import { checksumAlgorithms, createDigest, headerOf } from '../../util/checksum.ts'
import { quoted, storageFault, type FaultContext } from '../faults.ts'
import type { Header } from './exchange.ts'
import type { ResponseHead } from './http-head.ts'

/** Plain data, part of a spec, shared by all threads. Shape [2]: reads whose bytes were held against a checksum of the store, and reads that had none. */
export type ReadChecks = Int32Array<SharedArrayBuffer>

export function createReadChecks(): ReadChecks {
  return new Int32Array(new SharedArrayBuffer(8))
}

/** Reads so far. */
export function checkCounts(checks: ReadChecks): { readonly checked: number; readonly unchecked: number } {
  return { checked: Atomics.load(checks, 0) >>> 0, unchecked: Atomics.load(checks, 1) >>> 0 }
}

/** Asks for checksums. */
export const askChecksum: Header = ['x-amz-checksum-mode', 'ENABLED']

/** Counts the read. @throws {Fault} 'corrupt' when `bytes` have another checksum than the store tells of the whole object. */
export function checkRead({ status, headers }: ResponseHead, bytes: Uint8Array, checks: ReadChecks, context: FaultContext): void {
  const isWhole = status === 200 || headers.get('content-range')?.endsWith(`/${bytes.length}`) === true
  const algorithm = isWhole && headers.get('x-amz-checksum-type') !== 'COMPOSITE' ? checksumAlgorithms.find((each) => headers.has(headerOf(each))) : undefined
  const told = algorithm && headers.get(headerOf(algorithm))!
  if (algorithm === undefined || told === undefined || told.includes('-')) {
    Atomics.add(checks, 1, 1)
    return
  }
  const digest = createDigest(algorithm)
  digest.update(bytes)
  const found = digest.base64()
  if (found !== told) {
    throw storageFault('corrupt', `${context.endpoint} sent ${quoted(context.key ?? '')} with the ${algorithm} ${found} where ${told} was stored`, context,
      { hint: 'bytes were changed in the store or on the way: read the object by other means, and check the network and anything in between' })
  }
  Atomics.add(checks, 0, 1)
}
