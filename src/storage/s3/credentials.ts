// Whose name requests are signed in, and where they go when no flag says so: storage_options, then the environment, then
// the AWS SDK's provider chain (profiles, SSO, web identity, containers, EC2), which is loaded only when it is needed.

import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Fault } from '../../util/fault.ts'
import type { Credentials } from '../spec.ts'

type Environment = Readonly<Record<string, string | undefined>>
/** DLIO's `storage.storage_options`. */
export type StorageOptions = Readonly<Record<string, unknown>>

export interface CredentialsRequest {
  readonly options?: StorageOptions | undefined
  /** Of the AWS configuration files; wins over the environment, as with the AWS CLI. */
  readonly profile?: string | undefined
  /** Public data: requests are not signed. */
  readonly noSignRequest?: boolean | undefined
  /** The target is not AWS: the metadata services of a cloud are not asked. */
  readonly customEndpoint: boolean
}

export interface ResolvedCredentials {
  /** Absent: requests are not to be signed. */
  readonly credentials?: Credentials
  /** Where they are from, for people: "AWS_ACCESS_KEY_ID", "profile lab". */
  readonly source: string
}

/** How long the chain may search. Milliseconds. Where nothing is configured only metadata services are left to answer; a login may take its time. */
const searchLimit = { unconfigured: 1800, configured: 30_000 }

const metadataSwitch = 'AWS_EC2_METADATA_DISABLED'

/** @throws {Fault} 'credentials' when there are none, or only half of them. Its message says where was looked. */
export async function resolveCredentials(request: CredentialsRequest, env: Environment = process.env): Promise<ResolvedCredentials> {
  if (request.noSignRequest) return { source: 'none, requests are not signed' }
  const options = request.options ?? {}
  const given = pair('storage_options', ['access_key_id', 'secret_access_key', 'session_token'], (name) => textOf(options[name]))
  if (given) return given
  if (request.profile === undefined) {
    const inEnvironment = pair('the environment', ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'], (name) => textOf(env[name]))
    if (inEnvironment) return inEnvironment
  }
  return await fromChain(request, env)
}

/** The region requests are signed for. A bucket elsewhere says so in its answer, which is followed; so us-east-1 will do. */
export function regionFrom(options: StorageOptions = {}, env: Environment = process.env): string {
  return textOf(options['region']) ?? textOf(env['AWS_REGION']) ?? textOf(env['AWS_DEFAULT_REGION']) ?? 'us-east-1'
}

/** The endpoint that is configured. Undefined: AWS. */
export function endpointFrom(options: StorageOptions = {}, env: Environment = process.env): string | undefined {
  return textOf(options['endpoint_url']) ?? textOf(env['AWS_ENDPOINT_URL_S3']) ?? textOf(env['AWS_ENDPOINT_URL'])
}

function pair(place: string, [idName, secretName, tokenName]: readonly [string, string, string], lookUp: (name: string) => string | undefined): ResolvedCredentials | undefined {
  const accessKeyId = lookUp(idName), secretAccessKey = lookUp(secretName), sessionToken = lookUp(tokenName)
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [there, missing] = accessKeyId === undefined ? [secretName, idName] : [idName, secretName]
    throw new Fault('credentials', `${place} has ${there} but no ${missing}`, { info: {}, hint: `set ${missing} too, or neither` })
  }
  const source = place === 'storage_options' ? `storage_options.${idName}` : idName
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }, source }
}

async function fromChain(request: CredentialsRequest, env: Environment): Promise<ResolvedCredentials> {
  const profile = request.profile ?? env['AWS_PROFILE']
  const isConfigured = profile !== undefined || configFiles(env).some((file) => existsSync(file)) || ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'].some((name) => env[name])
  try {
    const found = await searchAlone(() => askChain(request, isConfigured ? searchLimit.configured : searchLimit.unconfigured))
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = found
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }), ...(expiration ? { expiresAtMilliseconds: expiration.getTime() } : {}) }
    return { credentials, source: profile === undefined ? 'the AWS configuration of this machine' : `profile ${profile}` }
  } catch (cause) {
    throw notFound(request, env, cause)
  }
}

interface Found { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined; expiration?: Date | undefined }

/** The SDK warns on stderr when a profile is named while keys are in the environment; here the profile wins by intent. */
const quiet = (): void => {}
const silent = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet }

let lastSearch: Promise<unknown> = Promise.resolve()

/** One search at a time: each may change the environment, which the SDK reads in the middle of it. */
function searchAlone(search: () => Promise<Found>): Promise<Found> {
  const found = lastSearch.then(search)
  lastSearch = found.catch(() => {})
  return found
}

async function askChain({ profile, customEndpoint }: CredentialsRequest, limit: number): Promise<Found> {
  // The SDK's own switch for its notice about Node 20, which would stand in the middle of our output.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const { S3Client } = await import('@aws-sdk/client-s3')
  const client = new S3Client({ region: 'us-east-1', logger: silent, ...(profile === undefined ? {} : { profile }) })
  // The chain has no other switch. It is turned back when the search is over for us, though the SDK may search on.
  const before = process.env[metadataSwitch]
  if (customEndpoint) process.env[metadataSwitch] = 'true'
  try {
    return await within(limit, client.config.credentials())
  } finally {
    if (before === undefined) delete process.env[metadataSwitch]
    else process.env[metadataSwitch] = before
    client.destroy()
  }
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([promise, new Promise<never>((_, reject) => { timer = setTimeout(() => { reject(new Error(`no answer in ${milliseconds / 1000} s`)) }, milliseconds) })])
  } finally {
    clearTimeout(timer)
  }
}

function notFound({ profile, customEndpoint }: CredentialsRequest, env: Environment, cause: unknown): Fault<'credentials'> {
  const name = profile ?? env['AWS_PROFILE']
  const files = configFiles(env)
  const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  const isSet = (variable: string, text: string): string => env[variable] ? text : 'not configured'
  const looked = [
    ['storage_options access_key_id', 'not set'],
    ['env AWS_ACCESS_KEY_ID', profile === undefined ? 'not set' : 'not used, as a profile is named'],
    [`profile "${name ?? 'default'}" in ${files.join(', ')}`, files.some((file) => existsSync(file)) ? why : 'file missing'],
    ['web identity AWS_WEB_IDENTITY_TOKEN_FILE', isSet('AWS_WEB_IDENTITY_TOKEN_FILE', why)],
    ['container AWS_CONTAINER_CREDENTIALS_*', isSet(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ? 'AWS_CONTAINER_CREDENTIALS_FULL_URI' : 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', why)],
    ['EC2 metadata 169.254.169.254', customEndpoint ? 'not asked, as the endpoint is not AWS' : env['AWS_EC2_METADATA_DISABLED'] === 'true' ? 'disabled' : 'no answer'],
  ] as const
  const width = Math.max(...looked.map(([place]) => place.length))
  const lines = looked.map(([place, result], i) => `${i === 0 ? '  looked at  ' : '             '} ${i + 1} ${place.padEnd(width)}  ${result}`)
  return new Fault('credentials', `no S3 credentials found\n${lines.join('\n')}`, {
    info: {}, cause,
    hint: 'export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…, or --profile NAME, or --no-sign-request for public data',
  })
}

function configFiles(env: Environment): string[] {
  const folder = path.join(env['HOME'] ?? os.homedir(), '.aws')
  return [env['AWS_SHARED_CREDENTIALS_FILE'] ?? path.join(folder, 'credentials'), env['AWS_CONFIG_FILE'] ?? path.join(folder, 'config')]
}

/** A setting that is there. DLIO's files leave keys empty that are to come from elsewhere. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
