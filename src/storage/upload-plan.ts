// In how many requests an object is written, and what of it that keeps in memory.
// Source: "Amazon S3 multipart upload limits" and "PutObject", Amazon S3 User Guide and API Reference.

import { constants } from 'node:buffer'
import { Fault } from '../util/fault.ts'
import { formatBytes, GiB, MiB } from '../util/units.ts'
import { defaultPartSize, type StoreSpec } from './spec.ts'

/** S3 takes no smaller parts, but for an upload's last. Bytes. */
export const minPartSize: number = 5 * MiB
/** S3 takes no larger body in one PUT. Bytes. */
const s3Put = 5 * GiB
/** Nor larger parts. Bytes. */
export const maxPartSize: number = s3Put
/** And it is one piece of memory here. */
export const largestPut: number = Math.min(s3Put, constants.MAX_LENGTH)
/** The AWS SDK hashes it in one go, which OpenSSL refuses from 2 GiB on. */
const sdkPut = 2 * GiB - 1
const maxParts = 10_000
/** Enough to hide the round trip. */
const defaultPartsInFlight = 4

export interface UploadPlan {
  /** Bodies up to here go in one PUT, and are whole in memory for it. Bytes; Infinity: all do. */
  readonly threshold: number
  /** Bytes of each part but the last. */
  readonly partSize: number
  readonly partsInFlight: number
  /** Bytes that one PUT can have. */
  readonly largestPut: number
}

/** That of files and of memory too, though these know no parts: they hold no more of a stream. */
export const defaultUploadPlan: UploadPlan = { threshold: defaultPartSize, partSize: defaultPartSize, partsInFlight: defaultPartsInFlight, largestPut }

export function uploadPlanOf(spec: StoreSpec): UploadPlan {
  if (spec.kind !== 's3') return defaultUploadPlan
  const { transport, multipartThreshold = 0, partsInFlight = defaultPartsInFlight } = spec
  // lib-storage refuses smaller parts.
  const partSize = transport === 'sdk' ? Math.max(minPartSize, spec.partSize) : spec.partSize
  return { threshold: Math.max(partSize, multipartThreshold), partSize, partsInFlight, largestPut: transport === 'sdk' ? sdkPut : largestPut }
}

/** The same for an object of `size` bytes, or of a size that nobody knows yet: more than 10 000 parts there may not be. */
export function planFor(plan: UploadPlan, size = 0): UploadPlan {
  const partSize = Math.max(plan.partSize, Math.ceil(size / maxParts))
  return { ...plan, partSize, threshold: Math.max(plan.threshold, partSize) }
}

/** Bytes of a streamed object that are in memory at once: all of it for one PUT, else the parts in flight and the one that is filled. */
export function heldBytes(plan: UploadPlan, size: number): number {
  const { threshold, partSize, partsInFlight } = planFor(plan, size)
  return size <= threshold ? size : Math.min(size, (partsInFlight + 1) * partSize)
}

/** @throws {Fault} 'usage' when an object of `size` bytes would be one PUT that is too large, or parts that are. */
export function checkPut(plan: UploadPlan, size: number, name: string): void {
  const { threshold, partSize } = planFor(plan, size)
  const isWhole = size <= threshold
  if ((isWhole ? size : partSize) <= plan.largestPut) return
  if (!isWhole) throw new Fault('usage', `${name} of ${formatBytes(size)} cannot go in parts of ${formatBytes(partSize)}: ${limitOf(plan, partSize)}`, { info: { key: 'partSize' }, hint: 'let parts be smaller: --part' })
  throw new Fault('usage', `${name} of ${formatBytes(size)} cannot go in one PUT: ${limitOf(plan, size)}`, { info: { key: 'singlePut' }, hint: plan.largestPut === sdkPut ? 'make them smaller, let them be uploaded in parts, or use --transport direct' : 'make them smaller, or let them be uploaded in parts' })
}

function limitOf(plan: UploadPlan, size: number): string {
  return size > s3Put ? 'S3 takes 5 GiB at most' : plan.largestPut === sdkPut ? 'the AWS SDK takes less than 2 GiB' : `Node ${process.versions.node} holds ${formatBytes(largestPut)} at most in one piece of memory`
}
