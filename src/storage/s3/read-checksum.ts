// Checksums of whole objects that the store answers, held against the bytes that came.
// Source: "Checking object integrity", Amazon S3 User Guide: a composite checksum is of the parts' checksums, so it takes their lengths.

import { checksumAlgorithms, createDigest, headerOf, type ChecksumAlgorithm } from '../../util/checksum.ts'
import { quoted, storageFault, type FaultContext, type StorageFault } from '../faults.ts'
import type { Header } from './exchange.ts'
import type { ResponseHead } from './http-head.ts'
import { unquote } from './list-xml.ts'
import { compositeOf, type PartLengths } from './part-lengths.ts'

/** An upload has no more. */
const mostParts = 10_000

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

export interface Checking {
  readonly checks: ReadChecks
  readonly lengths: PartLengths
  readonly signal: AbortSignal | undefined
  readonly context: FaultContext
}

/** Counts the read. @throws {Fault} 'corrupt' when `bytes` have another checksum than the store tells of the whole object; of one that needs the parts' lengths it is what the promise rejects with. */
export function checkRead({ status, headers }: ResponseHead, bytes: Uint8Array, checking: Checking): Promise<void> | undefined {
  const isWhole = status === 200 || headers.get('content-range')?.endsWith(`/${bytes.length}`) === true
  const algorithm = isWhole ? checksumAlgorithms.find((each) => headers.has(headerOf(each))) : undefined
  const told = algorithm && headers.get(headerOf(algorithm))!
  if (algorithm !== undefined && told?.includes('-')) return checkComposite({ algorithm, told, etag: headers.get('etag') }, bytes, checking)
  if (algorithm === undefined || told === undefined || headers.get('x-amz-checksum-type') === 'COMPOSITE') {
    Atomics.add(checking.checks, 1, 1)
    return undefined
  }
  const digest = createDigest(algorithm)
  digest.update(bytes)
  const found = digest.base64()
  if (found !== told) throw otherBytes(algorithm, { found, told }, checking.context)
  Atomics.add(checking.checks, 0, 1)
  return undefined
}

interface Composite { readonly algorithm: ChecksumAlgorithm; readonly told: string; readonly etag: string | undefined }

/** Parts are nearly always alike; before bytes are called wrong each is asked for its length. */
async function checkComposite({ algorithm, told, etag }: Composite, bytes: Uint8Array, { checks, lengths, signal, context }: Checking): Promise<void> {
  const object = { key: context.key ?? '', etag: etag === undefined ? undefined : unquote(etag), signal }
  const count = Number(told.slice(told.lastIndexOf('-') + 1))
  const alike = Number.isSafeInteger(count) && count > 0 && count <= mostParts ? await lengths.alike(object, count, bytes.length) : undefined
  let found = alike && compositeOf(algorithm, bytes, alike)
  if (found !== undefined && found !== told) {
    const ends = await lengths.asked(object, count, bytes.length)
    found = ends && compositeOf(algorithm, bytes, ends)
  }
  if (found !== undefined && found !== told) throw otherBytes(algorithm, { found, told }, context)
  Atomics.add(checks, found === undefined ? 1 : 0, 1)
}

function otherBytes(algorithm: ChecksumAlgorithm, { found, told }: { found: string; told: string }, context: FaultContext): StorageFault {
  return storageFault('corrupt', `${context.endpoint} sent ${quoted(context.key ?? '')} with the ${algorithm} ${found} where ${told} was stored`, context,
    { hint: 'bytes were changed in the store or on the way: read the object by other means, and check the network and anything in between' })
}
