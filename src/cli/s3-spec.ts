// From flags, storage_options and the AWS environment to the spec of an S3 store: flags win, then the file, then the environment.

import { createBoard } from '../storage/credentials-board.ts'
import type { Renewal } from '../storage/credentials-renewal.ts'
import { defaultTimeouts, type Credentials, type Endpoint, type S3Spec, type Timeouts } from '../storage/index.ts'
import { caFileFrom, endpointsFrom, regionFrom, resolveCredentials } from '../storage/s3/credentials.ts'
import { createEndpointBoard } from '../storage/s3/endpoint-board.ts'
import { expandEndpoints, withAllAddresses } from '../storage/s3/endpoint-list.ts'
import { createReadChecks } from '../storage/s3/read-checksum.ts'
import { requestHeaders } from '../storage/s3/request-headers.ts'
import { profileSettings } from '../storage/s3/shared-config.ts'
import { Fault } from '../util/fault.ts'
import type { StorageOptions } from '../workload/schema.ts'
import type { Embedded } from './embedded.ts'
import type { S3Flags } from './run-flags.ts'
import { uploadSettings } from './upload-flags.ts'

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

/** The keys in DLIO's spelling. Those in a file do not count where a flag names a profile. */
function settingsOf(flags: S3Flags, options: StorageOptions | undefined): Readonly<Record<string, string | undefined>> {
  const keys = flags.profile === undefined
    ? { access_key_id: options?.accessKeyId, secret_access_key: options?.secretAccessKey, session_token: options?.sessionToken }
    : {}
  return { ...keys, region: flags.region ?? options?.region }
}

export async function resolveS3(bucket: string, flags: S3Flags, options?: StorageOptions): Promise<ResolvedS3> {
  const settings = settingsOf(flags, options)
  const profile = flags.profile ?? options?.s3Profile
  const configured = profileSettings(profile, process.env)
  const urls = expandEndpoints(endpointsFrom(typeof flags.endpointUrl === 'string' ? [flags.endpointUrl] : flags.endpointUrl ?? options?.endpointUrl, process.env, configured))
  const { credentials, source, ask } = await resolveCredentials({ options: settings, profile, noSignRequest: flags.signRequest === false, customEndpoint: urls.length > 0 })
  const renewal = credentials && renewalOf(credentials, ask)
  const settled = common(bucket, flags, options)
  refuseKeyInClear(settled, urls)
  return {
    source,
    ...(renewal ? { renewal } : {}),
    spec: {
      ...settled,
      region: regionFrom(settings, process.env, configured),
      ...await endpointsOf(urls, flags),
      ...(flags.caFile === undefined ? caFileFrom(process.env, configured) : { caFile: flags.caFile, caFileFrom: '--ca-file' }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(renewal ? { renewed: renewal.board } : {}),
    },
  }
}

async function endpointsOf(urls: readonly string[], { allAddresses }: S3Flags): Promise<Pick<S3Spec, 'endpoint' | 'endpoints'>> {
  const [endpoint] = urls
  if (endpoint === undefined) {
    if (allAddresses) throw new Fault('usage', '--all-addresses without an endpoint', { info: { key: 'endpoint' }, hint: 'name one with --endpoint-url' })
    return {}
  }
  const all: readonly Endpoint[] = allAddresses ? await withAllAddresses(urls) : urls.map((url) => ({ url }))
  if (all.length === 1 && all[0]!.ip === undefined) return { endpoint }
  return { endpoint, endpoints: { all, board: createEndpointBoard(all.length) } }
}

/** S3 refuses customers' keys over plain HTTP, but only once it has them, and so has everybody on the way. @throws {Fault} 'usage' */
function refuseKeyInClear({ headers }: Pick<S3Spec, 'headers'>, urls: readonly string[]): void {
  const open = headers?.content.length ? urls.find((url) => !/^https:/i.test(url) && !/^(?:http:\/\/)?(?:127\.[\d.]+|\[::1\]|localhost)(?::|\/|$)/i.test(url)) : undefined
  if (open !== undefined) throw new Fault('usage', `a customer's key for encryption would go to ${JSON.stringify(open)} in clear`, { info: { key: 'endpoint' }, hint: 'use https, or leave the key out' })
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

function timeoutsOf(flags: S3Flags, options: StorageOptions | undefined): Timeouts {
  const seconds = flags.requestTimeout ?? options?.requestTimeout ?? 0
  return { ...defaultTimeouts, ...(seconds > 0 ? { total: seconds * 1000 } : {}) }
}

function common(bucket: string, flags: S3Flags, options: StorageOptions | undefined): Omit<S3Spec, 'region'> {
  const headers = requestHeaders(flags.header ?? options?.requestHeaders ?? [], options)
  return {
    kind: 's3',
    transport: flags.transport,
    bucket,
    addressing: addressingOf(flags, options),
    maxAttempts: flags.retries === undefined ? options?.s3MaxAttempts ?? defaultMaxAttempts : flags.retries + 1,
    retryMode: flags.retryMode ?? options?.retryMode ?? 'standard',
    ...uploadSettings(flags, options),
    checksum: flags.checksum ?? options?.checksum ?? 'none',
    payloadSigning: flags.signPayload ?? options?.payloadSigning ?? 'auto',
    timeouts: timeoutsOf(flags, options),
    ...(headers ? { headers } : {}),
    ...(flags.verifyChecksums ? { readChecks: createReadChecks() } : {}),
    ...proxyOf(flags),
    ...(flags.clientCert === undefined ? {} : { clientCertFile: flags.clientCert }),
    ...(flags.clientKey === undefined ? {} : { clientKeyFile: flags.clientKey }),
    ...(flags.insecure === undefined ? {} : { insecure: flags.insecure }),
  }
}
