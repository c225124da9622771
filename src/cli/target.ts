// Which store a run reads, and where in it: workload, --target, --embedded and the S3 flags brought together.

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Renewal } from '../storage/credentials-renewal.ts'
import type { StoreSpec } from '../storage/index.ts'
import { endpointName } from '../storage/s3/endpoint-list.ts'
import { Fault } from '../util/fault.ts'
import { dataLocation, formatLocation, type DataLocation } from '../workload/location.ts'
import type { Workload } from '../workload/schema.ts'
import { embeddedBucket, type Embedded } from './embedded.ts'
import type { RunFlags } from './run-flags.ts'
import { embeddedSpec, resolveS3 } from './s3-spec.ts'

export interface Target {
  readonly spec: StoreSpec
  /** Key prefix of the data folder. */
  readonly prefix: string
  /** "s3://bucket/prefix". */
  readonly uri: string
  readonly endpoint?: string
  readonly isEmbedded: boolean
  /** Where the credentials came from, for people. */
  readonly credentialsFrom?: string
  /** Of credentials that expire. */
  readonly renewal?: Renewal
}

export async function resolveTarget(workload: Workload, flags: RunFlags, { embedded, warn }: { embedded: Embedded | undefined; warn: (text: string) => void }): Promise<Target> {
  const { storageOptions } = workload.storage
  if (embedded) {
    const { prefix } = embeddedLocation(workload, flags)
    return { spec: embeddedSpec(embedded, flags, storageOptions), prefix, uri: formatLocation({ scheme: 's3', container: embeddedBucket, prefix }), endpoint: embedded.endpoint, isEmbedded: true, credentialsFrom: 'the built-in server' }
  }
  if (flags.target !== undefined) checkTarget(flags.target)
  const location = dataLocation(workload, flags.target)
  const { container, prefix } = location
  if (location.scheme !== 's3') for (const flag of s3FlagsGiven(flags)) warn(`${flag} has no effect: ${formatLocation(location)} is not on S3`)
  if (location.scheme === 'file') return { spec: { kind: 'file', root: container }, prefix, uri: pathToFileURL(path.resolve(container, prefix)).href, isEmbedded: false }
  const uri = formatLocation(location)
  if (location.scheme === 'memory') return { spec: { kind: 'memory', name: container }, prefix, uri, isEmbedded: false }
  const { spec, source, renewal } = await resolveS3(container, flags, storageOptions)
  return {
    spec, prefix, uri, isEmbedded: false, credentialsFrom: source,
    // Only the origin is told: an endpoint may carry a password.
    ...(spec.endpoint === undefined ? {} : { endpoint: endpointName({ url: spec.endpoint }) }),
    ...(renewal === undefined ? {} : { renewal }),
  }
}

/** Flags that were given and that only S3 has. */
function s3FlagsGiven(flags: RunFlags): string[] {
  const given: Record<string, unknown> = {
    '--endpoint-url': flags.endpointUrl, '--all-addresses': flags.allAddresses, '--region': flags.region, '--profile': flags.profile, '--no-sign-request': flags.signRequest === false || undefined, '--path-style': flags.pathStyle,
    '--virtual-host': flags.virtualHost, '--ca-file': flags.caFile, '--client-cert': flags.clientCert, '--client-key': flags.clientKey, '--insecure': flags.insecure, '--transport': flags.transport === 'direct' ? undefined : flags.transport, '--retries': flags.retries, '--retry-mode': flags.retryMode, '--request-timeout': flags.requestTimeout, '--proxy': flags.proxy,
    '--header': flags.header, '--verify-checksums': flags.verifyChecksums, '--checksum': flags.checksum, '--sign-payload': flags.signPayload,
    '--single-put': flags.singlePut, '--part': flags.part, '--parts-in-flight': flags.partsInFlight, '--multipart-threshold': flags.multipartThreshold,
  }
  return Object.keys(given).filter((flag) => given[flag] !== undefined)
}

/** "bucket/prefix" without its scheme would be a folder here, and nobody would notice. */
function checkTarget(target: string): void {
  if (target.includes('://') || path.isAbsolute(target) || /^\.{1,2}(?:[/\\]|$)/.test(target)) return
  throw new Fault('usage', `--target ${target} does not say what it is`, { info: {}, hint: `s3://${target} for a bucket, ./${target} for a folder` })
}

/** On the built-in server only the data folder's name matters: its bucket is the server's own. */
function embeddedLocation(workload: Workload, flags: RunFlags): DataLocation {
  if (flags.target !== undefined || flags.endpointUrl !== undefined) {
    throw new Fault('usage', `--embedded starts its own server, so ${flags.target === undefined ? '--endpoint-url' : '--target'} has no meaning beside it`, { info: {}, hint: 'leave one of the two out' })
  }
  const folder = workload.dataset.dataFolder.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  const words = folder.split('/').filter((word) => word !== '' && word !== '.' && word !== '..')
  return { scheme: 's3', container: embeddedBucket, prefix: words.join('/') }
}
