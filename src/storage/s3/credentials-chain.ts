// The AWS SDK's provider chain: profiles, SSO, assumed roles, web identity, containers, EC2. Loaded only when it is needed.

import type { Credentials } from '../spec.ts'

export interface ChainRequest {
  readonly profile: string | undefined
  /** Whether EC2's metadata service may be asked. */
  readonly asksMetadata: boolean
  /** For how long. Milliseconds. */
  readonly limit: number
  /** How long a metadata service may take for one answer; it is asked two ways. Milliseconds; absent: the SDK's own second. */
  readonly answerLimit?: number
}

export interface ChainAnswer {
  readonly credentials: Credentials
  /** Which provider had them, in words. */
  readonly provider: string
}

interface Found {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  readonly expiration?: Date | undefined
  /** Marks of the providers that had a part in it. */
  readonly $source?: Readonly<Record<string, string>>
}

/** Keys that stand in the files themselves. */
export const inFiles = 'the AWS configuration files'

/** Marks of the SDK, the most telling first. EC2 leaves none. */
const providers: readonly (readonly [mark: string, words: string])[] = [
  ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'web identity, AWS_WEB_IDENTITY_TOKEN_FILE'], ['CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN', 'web identity'], ['CREDENTIALS_STS_ASSUME_ROLE_WEB_ID', 'web identity'],
  ['CREDENTIALS_STS_ASSUME_ROLE', 'an assumed role'], ['CREDENTIALS_PROFILE_SSO', 'SSO'], ['CREDENTIALS_PROFILE_SSO_LEGACY', 'SSO'], ['CREDENTIALS_SSO', 'SSO'], ['CREDENTIALS_SSO_LEGACY', 'SSO'],
  ['CREDENTIALS_PROFILE_LOGIN', 'a login'], ['CREDENTIALS_LOGIN', 'a login'], ['CREDENTIALS_PROFILE_PROCESS', 'credential_process'], ['CREDENTIALS_PROCESS', 'credential_process'],
  ['CREDENTIALS_HTTP', "the container's credentials endpoint"], ['CREDENTIALS_PROFILE', inFiles],
]

const metadataSwitch = 'AWS_EC2_METADATA_DISABLED'

const quiet = (): void => {}
/** What a provider says that was not configured, and the SDK's clients of STS and SSO of their settings. */
const idle = /skipp|not set|not specified|Not found in (?:ENV|config files)|did not contain|could not be found in shared|Could not resolve credentials using profile|Unable to find environment|access disabled|from any providers/i

/**
 * Hears why each provider had nothing, which the chain's own error does not tell. Nothing goes to stderr, where the SDK warns
 * when a profile is named while keys are in the environment: here the profile wins by intent.
 */
class Listener {
  readonly trace = quiet
  readonly info = quiet
  readonly warn = quiet
  readonly error = quiet
  heard: string | undefined

  readonly debug = (...words: readonly unknown[]): void => {
    const reason = /^@smithy\/(?:core|property-provider)\S* (?:->|\(!\)) (.*)$/s.exec(words.join(' '))?.[1]
    if (reason !== undefined && !idle.test(reason)) this.heard ??= plainReason(reason)
  }
}

/** A command line is its owner's: what the program said is told. */
function plainReason(text: string): string {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '')
  return first.startsWith('Command failed') ? `credential_process failed${rest.length === 0 ? '' : `: ${rest[0]!}`}` : first
}

/** A provider that is configured and fails ends the search with its own error; else only the log tells why there was nothing. */
function reasonOf({ name, message }: Error, { heard }: Listener): string {
  if (/from any providers/.test(message)) return heard ?? 'no credentials there'
  return name === tooLate ? heard ?? message : plainReason(message)
}

const tooLate = 'TooLate'

let lastSearch: Promise<unknown> = Promise.resolve()

/** One search at a time: each may change the environment, which the SDK reads in the middle of it. Each begins anew, nothing is kept. */
export function askChain(request: ChainRequest): Promise<ChainAnswer> {
  const found = lastSearch.then(() => search(request))
  lastSearch = found.catch(() => {})
  return found
}

async function search({ profile, asksMetadata, limit, answerLimit }: ChainRequest): Promise<ChainAnswer> {
  // The SDK's own switch for its notice about Node 20, which would stand in the middle of our output.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const { S3Client } = await import('@aws-sdk/client-s3')
  const listener = new Listener()
  // Handed on to the providers with all other settings, which the type of these does not tell. A search that was only left alone would keep the process until its own end.
  const patience = answerLimit === undefined ? {} : { timeout: answerLimit }
  const client = new S3Client({ region: 'us-east-1', logger: listener, ...patience, ...(profile === undefined ? {} : { profile }) })
  // The chain has no other switch. It is turned back when the search is over for us, though the SDK may search on.
  const before = process.env[metadataSwitch]
  if (!asksMetadata) process.env[metadataSwitch] = 'true'
  try {
    return answerOf(await within(limit, client.config.credentials()))
  } catch (cause) {
    throw new Error(reasonOf(cause as Error, listener), { cause })
  } finally {
    if (before === undefined) delete process.env[metadataSwitch]
    else process.env[metadataSwitch] = before
    client.destroy()
  }
}

function answerOf({ accessKeyId, secretAccessKey, sessionToken, expiration, $source = {} }: Found): ChainAnswer {
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }), ...(expiration ? { expiresAtMilliseconds: expiration.getTime() } : {}) },
    provider: providers.find(([mark]) => mark in $source)?.[1] ?? 'EC2 instance metadata',
  }
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([promise, new Promise<never>((_, reject) => { timer = setTimeout(() => { reject(Object.assign(new Error(`no answer in ${milliseconds / 1000} s`), { name: tooLate })) }, milliseconds) })])
  } finally {
    clearTimeout(timer)
  }
}
