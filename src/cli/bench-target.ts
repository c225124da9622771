// Which bucket a bench loads, and where in it.

import { randomBytes, randomInt } from 'node:crypto'
import os from 'node:os'
import { defaultPartSize, type S3Spec } from '../storage/index.ts'
import type { Renewal } from '../storage/credentials-renewal.ts'
import type { Parts } from '../storage/part-plan.ts'
import { checkPut, uploadPlanOf } from '../storage/upload-plan.ts'
import { systemClock } from '../util/clock.ts'
import { Fault } from '../util/fault.ts'
import { runFolder } from '../bench/own-objects.ts'
import type { BenchOperation } from '../bench/load.ts'
import { defaultObjects, defaultPartsInFlight, defaultSize, type BenchFlags } from './bench-flags.ts'
import type { Embedded } from './embedded.ts'
import { embeddedSpec, resolveS3, type ResolvedS3 } from './s3-spec.ts'

/** Everything that is decided before the first request. Sizes in bytes. */
export interface BenchPlan {
  readonly operation: BenchOperation
  readonly spec: S3Spec
  /** For people. */
  readonly credentialsFrom: string
  /** Of credentials that expire. */
  readonly renewal?: Renewal
  /** "s3://bucket/prefix". */
  readonly uri: string
  readonly prefix: string
  /** Where objects of this run go. */
  readonly folder: string
  readonly existing: boolean
  readonly objects: number
  readonly size: number
  /** Get: how what is larger is read. Absent: by one request. */
  readonly parts?: Parts
  readonly concurrency: number
  readonly threads: number
  readonly seed: number
  readonly command: string
  /** ISO 8601. */
  readonly started: string
}

export async function benchPlan(operation: BenchOperation, uri: string | undefined, flags: BenchFlags, embedded: Embedded | undefined): Promise<Omit<BenchPlan, 'command'>> {
  const { bucket, prefix } = embedded ? { bucket: embedded.bucket, prefix: '' } : placeOf(uri)
  const { part: _size, partsInFlight: _number, ...reading } = flags
  const about = operation === 'get' ? reading : flags
  const { spec, renewal, source }: ResolvedS3 = embedded ? { spec: embeddedSpec(embedded, about), source: 'the built-in server' } : await resolveS3(bucket, about)
  const size = flags.size ?? defaultSize
  if (operation === 'put') checkPut(uploadPlanOf(spec), size, 'an object')
  const started = new Date(systemClock.wallMilliseconds()).toISOString()
  const runId = `${started.replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`
  return {
    operation, spec, prefix, started, credentialsFrom: source,
    ...(renewal ? { renewal } : {}),
    uri: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`,
    folder: runFolder(prefix, runId),
    existing: flags.existing === true,
    objects: flags.objects ?? defaultObjects,
    size,
    concurrency: flags.concurrency,
    threads: Math.min(flags.concurrency, flags.threads ?? os.availableParallelism()),
    seed: flags.seed ?? randomInt(2 ** 32),
    ...partsOf(operation, flags),
  }
}

function partsOf(operation: BenchOperation, { part, partsInFlight }: BenchFlags): { parts?: Parts } {
  if (operation === 'put' || (part === undefined && partsInFlight === undefined)) return {}
  return { parts: { partSize: part ?? defaultPartSize, partsInFlight: partsInFlight ?? defaultPartsInFlight } }
}

/** Told before the built-in server is started. @throws {Fault} 'usage' */
export function checkPlace(uri: string | undefined, flags: BenchFlags): void {
  if (flags.embedded) {
    const other = uri === undefined ? flags.endpointUrl && '--endpoint-url' : uri
    if (other) throw new Fault('usage', `--embedded starts its own server, so ${other} has no meaning beside it`, { info: {}, hint: 'leave one of the two out' })
  } else placeOf(uri)
}

function placeOf(uri: string | undefined): { readonly bucket: string; readonly prefix: string } {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri ?? '')
  if (match) return { bucket: match[1]!, prefix: match[2]! }
  throw new Fault('usage', uri === undefined ? 'bench loads which bucket?' : `${uri} is not an s3:// address`, { info: {}, hint: 'name s3://bucket/prefix, or use --embedded for the built-in server' })
}
