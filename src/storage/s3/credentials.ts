// Whose name requests are signed in, and where they go when no flag says so: storage_options, then the environment, then
// the AWS SDK's provider chain (profiles, SSO, web identity, containers, EC2), which is loaded only when it is needed.

import { existsSync } from 'node:fs'
import { Fault } from '../../util/fault.ts'
import type { Credentials } from '../spec.ts'
import { askChain, inFiles } from './credentials-chain.ts'
import { configFiles, profileFiles, profileSettings, type Environment, type ProfileSettings } from './shared-config.ts'

/** DLIO's `storage.storage_options`. */
export type StorageOptions = Readonly<Record<string, unknown>>

export interface CredentialsRequest {
  readonly options?: StorageOptions | undefined
  /** Of the AWS configuration files; wins over the environment, as with the AWS CLI. */
  readonly profile?: string | undefined
  /** Public data: requests are not signed. */
  readonly noSignRequest?: boolean | undefined
  /** The target is not AWS: EC2's metadata service is not asked, unless the environment says so. */
  readonly customEndpoint: boolean
}

export interface ResolvedCredentials {
  /** Absent: requests are not to be signed. */
  readonly credentials?: Credentials
  /** Where they are from, for people: "AWS_ACCESS_KEY_ID", "profile lab, by SSO". */
  readonly source: string
  /** Of credentials that expire: gets the next ones in the same way. */
  readonly ask?: () => Promise<Credentials>
}

/** How long the chain may search. Milliseconds. A login may take its time. */
const configuredLimit = { limit: 30_000 } as const
/**
 * Where nothing is configured only EC2's metadata service is left to answer, which takes it a few milliseconds; it is asked two ways, one after the
 * other. With what the program needs to start and to load the SDK, 0.4 s, the message comes within 2 s.
 */
export const unconfiguredLimit = { limit: 1200, answerLimit: 500 } as const

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
export function regionFrom(options: StorageOptions = {}, env: Environment = process.env, profile: ProfileSettings = {}): string {
  return textOf(options['region']) ?? textOf(env['AWS_REGION']) ?? textOf(env['AWS_DEFAULT_REGION']) ?? profile.region ?? 'us-east-1'
}

/** The endpoints that are configured, `given` by a flag or a file before all others. None: AWS. */
export function endpointsFrom(given: readonly string[] = [], env: Environment = process.env, profile: ProfileSettings = {}): string[] {
  const isIgnored = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true'
  const named = given.flatMap((each) => textOf(each) ?? [])
  if (named.length > 0 || isIgnored) return named
  const configured = textOf(env['AWS_ENDPOINT_URL_S3']) ?? textOf(env['AWS_ENDPOINT_URL']) ?? profile.endpoint
  return configured === undefined ? [] : [configured]
}

/** The file of authorities that is configured besides flags, and by what. */
export function caFileFrom(env: Environment = process.env, profile: ProfileSettings = {}): { readonly caFile?: string; readonly caFileFrom?: string } {
  const caFile = textOf(env['AWS_CA_BUNDLE'])
  if (caFile !== undefined) return { caFile, caFileFrom: 'AWS_CA_BUNDLE' }
  return profile.caFile === undefined ? {} : { caFile: profile.caFile, caFileFrom: 'ca_bundle of the profile' }
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
  if (profile) checkProfile(profile, request.profile === undefined ? ', which AWS_PROFILE names,' : '', env)
  const isConfigured = profile !== undefined || existingFiles(env).length > 0 || ['AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'].some((name) => env[name])
  const asked = { profile: request.profile, asksMetadata: asksMetadata(request, env) }
  try {
    const { credentials, provider } = await askChain({ ...asked, ...(isConfigured ? configuredLimit : unconfiguredLimit) })
    return {
      credentials, source: profile === undefined ? provider : `profile ${profile}${provider === inFiles ? '' : `, by ${provider}`}`,
      ...(credentials.expiresAtMilliseconds === undefined ? {} : { ask: async () => (await askChain({ ...asked, ...configuredLimit })).credentials }),
    }
  } catch (cause) {
    throw notFound(request, env, cause)
  }
}

/** Before anybody is asked: the chain would go on to other keys than those that were meant. @throws {Fault} 'credentials' */
function checkProfile(name: string, why: string, env: Environment): void {
  const files = profileFiles(env)
  if (name === 'default' || files.some(({ profiles }) => profiles?.includes(name))) return
  const found = files.map(({ file, profiles }) => `${file} ${profiles === undefined ? existsSync(file) ? 'cannot be read' : 'does not exist' : listed(profiles)}`)
  const hint = files.some(({ profiles = [] }) => profiles.length > 0) ? 'name one that is there with --profile, storage_options.s3_profile or AWS_PROFILE' : 'name the files with AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE if they are elsewhere'
  throw new Fault('credentials', `the profile ${JSON.stringify(name)}${why} does not exist: ${found.join('; ')}`, { info: {}, hint: `${hint}, or make it: aws configure --profile ${name}` })
}

/** Organisations have hundreds. */
function listed(profiles: readonly string[]): string {
  const most = 20
  if (profiles.length === 0) return 'has none'
  return `has ${profiles.slice(0, most).join(', ')}${profiles.length > most ? ` and ${profiles.length - most} more` : ''}`
}

/** An address that any store's user can be sent to is no reason to ask this machine's cloud for keys, unless somebody said so. */
function asksMetadata({ customEndpoint }: CredentialsRequest, env: Environment): boolean {
  return !customEndpoint || env['AWS_EC2_METADATA_DISABLED'] === 'false' || Boolean(env['AWS_EC2_METADATA_SERVICE_ENDPOINT'])
}

function notFound(request: CredentialsRequest, env: Environment, cause: unknown): Fault<'credentials'> {
  const { profile } = request
  const name = profile ?? env['AWS_PROFILE']
  const { credentials: keys, config } = configFiles(env)
  const settings = profileSettings(profile, env)
  const why = settings.missingProfile !== undefined ? `its source_profile ${JSON.stringify(settings.missingProfile)} does not exist` : cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  const isSet = (variable: string, text: string): string => env[variable] ? text : 'not configured'
  const looked = [
    ['storage_options access_key_id', 'not set'],
    ['env AWS_ACCESS_KEY_ID', profile === undefined ? 'not set' : 'not used, as a profile is named'],
    [`profile "${name ?? 'default'}" in ${keys}, ${config}`, existingFiles(env).length > 0 ? why : 'file missing'],
    ['web identity AWS_WEB_IDENTITY_TOKEN_FILE', isSet('AWS_WEB_IDENTITY_TOKEN_FILE', why)],
    ['container AWS_CONTAINER_CREDENTIALS_*', isSet(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ? 'AWS_CONTAINER_CREDENTIALS_FULL_URI' : 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', why)],
    [`EC2 metadata ${env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '169.254.169.254'}`, !asksMetadata(request, env) ? 'not asked, as the endpoint is not AWS  (to ask: AWS_EC2_METADATA_DISABLED=false)' : (env['AWS_EC2_METADATA_DISABLED'] ?? 'false') !== 'false' ? 'disabled' : 'no answer  (to skip: AWS_EC2_METADATA_DISABLED=true)'],
  ] as const
  const width = Math.max(...looked.map(([place]) => place.length))
  const lines = looked.map(([place, result], i) => `${i === 0 ? '  looked at  ' : '             '} ${i + 1} ${place.padEnd(width)}  ${result}`)
  return new Fault('credentials', `no S3 credentials found\n${lines.join('\n')}`, { info: {}, cause, hint: hintFor(why, name ?? 'default', settings) })
}

function hintFor(why: string, name: string, { ssoProfile, missingProfile }: ProfileSettings): string {
  if (missingProfile !== undefined) return `make the profile ${JSON.stringify(missingProfile)} with keys (aws configure --profile ${missingProfile}), or name another one in source_profile`
  if (ssoProfile !== undefined && /\bSSO\b|Session token not found or invalid/.test(why)) return `aws sso login --profile ${ssoProfile}`
  // Nobody is asked for a code in the middle of a benchmark.
  if (/multi-factor/.test(why)) return `ask for a session beforehand: eval "$(aws configure export-credentials --profile ${name} --format env)", then without --profile`
  return 'export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…, or --profile NAME, or --no-sign-request for public data'
}

function existingFiles(env: Environment): string[] {
  return Object.values(configFiles(env)).filter((file) => existsSync(file))
}

/** A setting that is there. DLIO's files leave keys empty that are to come from elsewhere. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
