// Where a redirect leads, and whether a request may follow it: session tokens and customers' keys are for the store that was
// named, whatever an answer says. A signature is made for one host and is worth nothing at another, so it may.
// Source: "Making requests: request redirection", Amazon S3 User Guide; "Amazon S3 endpoints and quotas", AWS General Reference.

import { quoted, storageFault, type FaultContext } from '../faults.ts'
import type { S3Spec } from '../spec.ts'
import { addressOf, type Address } from './address.ts'
import { canonicalQuery } from './sigv4.ts'

export interface Redirect {
  readonly address: Address
  readonly path: string
  /** Absent: that of the request. */
  readonly query?: string
  /** The region to sign for there, where the host's name has one. */
  readonly region?: string
}

/** Hosts of S3 itself: behind one bucket's name or none. Other names of AWS are rented to anybody. */
const s3Host = /^(?:[a-z0-9][a-z0-9._-]*\.)?(?:s3(?:-fips)?(?:[.-]dualstack)?(?:[.-](?<region>[a-z]{2}(?:-[a-z]+)+-\d+))?|s3-accelerate(?:\.dualstack)?|s3express-[a-z0-9-]+\.(?<zoned>[a-z]{2}(?:-[a-z]+)+-\d+))\.(?<partition>amazonaws\.com(?:\.cn)?)$/

/** A request of `spec` that was answered at `from` with `location`. Undefined: that is no address. @throws {Fault} 'redirect' when it must not follow. */
export function followed(location: string, { from, spec, context }: { readonly from: Address; readonly spec: S3Spec; readonly context: FaultContext }): Redirect | undefined {
  if (!URL.canParse(location, from.origin)) return undefined
  const url = new URL(location, from.origin)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  const path = url.pathname
  const query = url.search === '' ? {} : { query: canonicalQuery(Object.fromEntries(url.searchParams)) }
  // The host of an endpoint with a chosen IP address is still reached by that one.
  if (url.origin === from.origin || url.origin === `${new URL(from.origin).protocol}//${from.host}`) return { address: { ...from, basePath: '' }, path, ...query }
  const leads = `cannot ${context.operation} ${context.key === undefined ? context.bucket ?? '' : quoted(context.key)}: ${from.origin} answered ${context.status} and leads to ${url.origin}`
  if (url.protocol === 'http:' && from.origin.startsWith('https:')) {
    throw storageFault('redirect', `${leads}, from TLS to plain text, which is not followed`, context, { hint: `name an endpoint of the store that speaks TLS, or that one if plain text is meant: --endpoint-url ${url.origin}` })
  }
  const there = s3Host.exec(url.hostname)?.groups
  const isWithinAws = there !== undefined && url.port === '' && s3Host.exec(hostname(from.host))?.groups?.['partition'] === there['partition']
  if (!isWithinAws && !isNamed(url, from, spec) && hasSecrets(spec)) {
    throw storageFault('redirect', `${leads}, another host, which is not sent session tokens, customers' keys and client certificates`, context, { hint: `if that is the store, name it: --endpoint-url ${url.origin}; requests without these are led there` })
  }
  const region = isWithinAws ? there['region'] ?? there['zoned'] : undefined
  return { address: { origin: url.origin, host: url.host, basePath: '' }, path, ...query, ...(region === undefined ? {} : { region }) }
}

/** On whichever port: the host that was asked, one of a configured endpoint, and the bucket's own name below it. */
function isNamed({ hostname: name }: URL, from: Address, spec: S3Spec): boolean {
  const urls = spec.endpoints?.all.map(({ url }) => url) ?? (spec.endpoint === undefined ? [] : [spec.endpoint])
  const named = urls.map((endpoint) => hostname(addressOf({ ...spec, endpoint, addressing: 'path' }).host))
  return name === hostname(from.host) || named.some((host) => name === host || name === `${spec.bucket}.${host}`)
}

function hasSecrets({ credentials, headers, clientCertFile }: S3Spec): boolean {
  return credentials?.sessionToken !== undefined || (headers?.content.length ?? 0) > 0 || clientCertFile !== undefined
}

/** Of a `host` header. */
function hostname(host: string): string {
  return new URL(`http://${host}`).hostname
}
