// How much memory a lane has: for all of its largest object, or for pieces of it where it comes and goes in several requests anyway.
// Bytes that are read are looked at by nobody, so ranges may go to the same memory again and again.

import { constants } from 'node:buffer'
import { isParted } from '../storage/read-parts.ts'
import type { Parts } from '../storage/part-plan.ts'
import { heldBytes, planFor, type UploadPlan } from '../storage/upload-plan.ts'
import { StringTable } from '../util/string-table.ts'
import { Fault } from '../util/fault.ts'
import { formatBytes, MiB } from '../util/units.ts'
import type { Objects } from './load.ts'

/** Larger objects are not kept whole when they are read by several requests. Bytes. */
const wholeRead = 64 * MiB
/** Larger ones that are uploaded in parts are not whole in memory: there the copies into parts cost less than lanes that do not fit. Bytes. */
const wholeWrite = 256 * MiB
/** Of content that is used again and again for one object: more than compressors look back. Bytes. */
const contentSize = 64 * MiB

/** Bytes that a lane reads into, of which the largest read has `length`. */
export function readMemory(length: number, parts: Parts | undefined): number {
  return length > wholeRead && isParted(length, parts) ? Math.min(length, parts.partSize * parts.partsInFlight) : length
}

/** Bytes of a lane's content, where the largest object has `size`. What is uploaded of less than all is copied into parts. */
export function contentMemory(size: number, plan: UploadPlan): number {
  return size > wholeWrite && size > planFor(plan, size).threshold ? contentSize : size
}

/** Bytes of a lane that writes: content, and copies of it. */
export function writeMemory(size: number, plan: UploadPlan): number {
  const content = contentMemory(size, plan)
  return content < size ? content + heldBytes(plan, size) : content
}

/** The largest of `sizes`; 0 when there is none. */
export function largest(sizes: Float64Array): number {
  let most = 0
  for (const size of sizes) most = Math.max(most, size)
  return most
}

/** One piece of memory there is for a lane to read into. `limit`: bytes of what Node gives. @throws {Fault} 'usage' */
export function checkReads({ keys, sizes }: Objects, { rangeBytes = Infinity, parts }: { readonly rangeBytes?: number | undefined; readonly parts?: Parts | undefined }, limit: number = constants.MAX_LENGTH): void {
  const most = largest(sizes)
  const length = Math.min(rangeBytes, most)
  const memory = readMemory(length, parts)
  if (memory <= limit) return
  const what = rangeBytes < most ? `ranges of ${formatBytes(length)}` : `${JSON.stringify(new StringTable(keys).get(sizes.indexOf(most)))} of ${formatBytes(most)}`
  const how = isParted(length, parts) ? `in ${parts.partsInFlight} ranges of ${formatBytes(parts.partSize)} at once` : 'by one request'
  throw new Fault('usage', `cannot read ${what} ${how}: Node ${process.versions.node} holds ${formatBytes(limit)} at most in one piece of memory`, {
    info: {}, hint: isParted(length, parts) ? 'lower --part or --parts-in-flight' : 'read objects in several ranges at once, as with --part 8MiB, or random ranges of them, as with --range 8MiB',
  })
}
