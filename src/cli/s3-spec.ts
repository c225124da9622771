// From flags, storage_options and the AWS environment to the spec of an S3 store: flags win, then the file, then the environment.

import { createBoard } from '../storage/credentials-board.ts'
import type { Renewal } from '../storage/credentials-renewal.ts'
import { defaultPartSize, defaultTimeouts, type Credentials, type S3Spec } from '../storage/index.ts'
import { endpointFrom, regionFrom, resolveCredentials } from '../storage/s3/credentials.ts'
import { profileSettings } from '../storage/s3/shared-config.ts'
import { Fault } from '../util/fault.ts'
import type { StorageOptions } from '../workload/schema.ts'
import type { Embedded } from './embedded.ts'
import type { S3Flags } from './run-flags.ts'

/** Attempts of a request in all, where neither a flag nor the file says. DLIO's default of s3_max_attempts. */
const defaultMaxAttempts = 5

function addressingOf(flags: S3Flags, options: StorageOptions | undefined): S3Spec['addressing'] {
  if (flags.pathStyle) return 'path'
  if (flags.virtualHost) return 'virtual'
  if (options?.s3ForcePathStyle === true) return 'path'
  // false is the upstream files' default and means "not forced", not "the bucket is a host name".
  return 'auto'
}

export interface ResolvedS3 {
  readonly spec: S3Spec
  /** Where the credentials came from, for people. */
  readonly source: string
  /** Of credentials that expire. */
  readonly renewal?: Renewal
}

/** The settings in DLIO's spelling, flags laid over them. Keys in a file do not count where a flag names a profile. */
function settingsOf(flags: S3Flags, options: StorageOptions | undefined): Readonly<Record<string, string | undefined>> {
  const keys = flags.profile === undefined
    ? { access_key_id: options?.accessKeyId, secret_access_key: options?.secretAccessKey, session_token: options?.sessionToken }
    : {}
  return { ...keys, endpoint_url: flags.endpointUrl ?? options?.endpointUrl, region: flags.region ?? options?.region }
}

export async function resolveS3(bucket: string, flags: S3Flags, options?: StorageOptions): Promise<ResolvedS3> {
  const settings = settingsOf(flags, options)
  const profile = flags.profile ?? options?.s3Profile
  const configured = profileSettings(profile, process.env)
  const endpoint = endpointFrom(settings, process.env, configured)
  const { credentials, source, ask } = await resolveCredentials({ options: settings, profile, noSignRequest: flags.signRequest === false, customEndpoint: endpoint !== undefined })
  const renewal = credentials && renewalOf(credentials, ask)
  return {
    source,
    ...(renewal ? { renewal } : {}),
    spec: {
      ...common(bucket, flags, options),
      region: regionFrom(settings, process.env, configured),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(renewal ? { renewed: renewal.board } : {}),
    },
  }
}

function renewalOf(credentials: Credentials, ask: (() => Promise<Credentials>) | undefined): Renewal | undefined {
  const { expiresAtMilliseconds } = credentials
  return ask && expiresAtMilliseconds !== undefined ? { board: createBoard(credentials), expiresAtMilliseconds, ask } : undefined
}

export function embeddedSpec(server: Embedded, flags: S3Flags, options?: StorageOptions): S3Spec {
  return { ...common(server.bucket, flags, options), addressing: 'path', region: server.region, endpoint: server.endpoint, credentials: server.credentials }
}

/** @throws {Fault} 'usage' for a proxy that would not be used. */
function proxyOf({ proxy, transport }: S3Flags): { proxy?: string } {
  if (proxy === undefined) return {}
  if (transport !== 'undici') throw new Fault('usage', `--proxy does not go with --transport ${transport}`, { info: { key: 'proxy' }, hint: 'only --transport undici knows proxies' })
  return { proxy }
}

function common(bucket: string, flags: S3Flags, options: StorageOptions | undefined): Omit<S3Spec, 'region'> {
  return {
    kind: 's3',
    transport: flags.transport,
    bucket,
    addressing: addressingOf(flags, options),
    maxAttempts: flags.retries === undefined ? options?.s3MaxAttempts ?? defaultMaxAttempts : flags.retries + 1,
    retryMode: flags.retryMode ?? options?.retryMode ?? 'standard',
    partSize: options?.partSize ?? defaultPartSize,
    checksum: flags.checksum ?? options?.checksum ?? 'none',
    payloadSigning: flags.signPayload ?? options?.payloadSigning ?? 'auto',
    timeouts: defaultTimeouts,
    ...proxyOf(flags),
    ...(flags.caFile === undefined ? {} : { caFile: flags.caFile }),
    ...(flags.insecure === undefined ? {} : { insecure: flags.insecure }),
  }
}
