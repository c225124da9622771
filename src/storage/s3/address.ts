// Where a bucket is: which host to connect to, and what its requests' paths begin with.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext, rootCertificates, type ConnectionOptions } from 'node:tls'
import { Fault } from '../../util/fault.ts'
import type { S3Spec } from '../spec.ts'
import { isDirectoryBucket, zonalHost } from './directory-bucket.ts'
import type { Target } from './connection.ts'
import { encodeText } from './uri.ts'

export interface Address {
  /** "http://127.0.0.1:9000": names the pool, and the endpoint in messages. Never holds user or password. */
  readonly origin: string
  /** The `host` header. */
  readonly host: string
  /** What stands before "/key" in the path: "/bucket", or nothing when the host names the bucket. */
  readonly basePath: string
  /** The name that its certificate must have, where `origin` has an IP address instead. */
  readonly serverName?: string
}

type Place = Pick<S3Spec, 'bucket' | 'endpoint' | 'region' | 'addressing'>

/** @throws {Fault} 'usage' for an endpoint that is none, and for a bucket that cannot be part of a host's name. */
export function addressOf({ bucket, endpoint, region, addressing }: Place): Address {
  if (bucket === '') throw new Fault('usage', 'the target names no bucket', { info: { key: 'bucket' }, hint: 'write it like s3://bucket/prefix' })
  const isDirectory = isDirectoryBucket(bucket)
  const url = endpointUrl(endpoint ?? (isDirectory ? `https://${zonalHost(bucket, region)}` : awsEndpoint(region)))
  const prefix = url.pathname.replace(/\/+$/, '')
  // Directory buckets are in the host name, but where that is a number.
  if (isDirectory && endpoint === undefined && addressing === 'path') throw new Fault('usage', `the directory bucket ${bucket} is reached by its host name only`, { info: { key: 'addressing' }, hint: 'leave --path-style (s3_force_path_style) out' })
  const inPath = addressing === 'path' || (addressing === 'auto' && (isDirectory ? isIP(url.hostname.replace(/^\[|\]$/g, '')) > 0 : endpoint !== undefined || bucket.includes('.')))
  if (inPath) return { origin: url.origin, host: url.host, basePath: `${prefix}/${encodeText(bucket)}` }
  const hostname = `${bucket}.${url.hostname}`
  if (!isIP(url.hostname)) url.hostname = hostname
  if (url.hostname !== hostname) throw new Fault('usage', `bucket ${JSON.stringify(bucket)} cannot be part of a host name at ${url.host}`, { info: { key: 'addressing' }, hint: 'use path-style addressing' })
  return { origin: url.origin, host: url.host, basePath: prefix }
}

/** Each endpoint's, in their order. @throws {Fault} as `addressOf` */
export function addressesOf(spec: Place & Pick<S3Spec, 'endpoints'>): Address[] {
  return (spec.endpoints?.all ?? []).map(({ url, ip }) => {
    const address = addressOf({ ...spec, endpoint: url })
    if (ip === undefined) return address
    const { protocol, hostname, port } = new URL(address.origin)
    return { ...address, serverName: hostname.replace(/^\[|\]$/g, ''), origin: `${protocol}//${isIP(ip) === 6 ? `[${ip}]` : ip}${port === '' ? '' : `:${port}`}` }
  })
}

type Trust = Pick<S3Spec, 'caFile' | 'caFileFrom' | 'clientCertFile' | 'clientKeyFile' | 'insecure'>

/** What to connect to. Reads the files of `trust`. */
export function targetOf({ origin, serverName }: Pick<Address, 'origin' | 'serverName'>, { timeouts, ...trust }: Trust & Pick<S3Spec, 'timeouts'>): Target {
  const url = new URL(origin)
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const host = hostOf(name)
  const session = { ticket: undefined }
  if (url.protocol === 'http:') return { host, port: Number(url.port || 80), timeouts, session }
  const { ca, cert, key, ...options } = trustOf(trust)
  const expected = serverName ?? name
  const tls: ConnectionOptions = {
    ...options,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(expected) ? {} : { servername: expected }),
    // One context for all connections: reading 150 certificates takes milliseconds.
    ...(ca || cert ? { secureContext: createSecureContext({ ca, cert, key }) } : {}),
  }
  return { host, port: Number(url.port || 443), timeouts, tls, session }
}

/** RFC 6761: every name below "localhost" is this machine. Few resolvers know, and virtual-host style needs it for local servers. */
export function hostOf(name: string): string {
  return name.endsWith('.localhost') ? 'localhost' : name
}

export interface TlsTrust {
  readonly ca?: string[]
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized?: boolean
}

/** Whom to trust, and what we show, as tls.connect wants it. Reads the files. */
export function trustOf({ caFile, caFileFrom, clientCertFile, clientKeyFile, insecure }: Trust, env: NodeJS.ProcessEnv = process.env): TlsTrust {
  if ((clientCertFile === undefined) !== (clientKeyFile === undefined)) {
    throw new Fault('usage', `a client certificate needs both files, and there is no ${clientCertFile === undefined ? 'certificate' : 'key'}`, { info: { key: clientCertFile === undefined ? 'clientCert' : 'clientKey' }, hint: 'give --client-cert FILE and --client-key FILE' })
  }
  const extra = env['NODE_EXTRA_CA_CERTS'] ? [authorities(env['NODE_EXTRA_CA_CERTS'], 'NODE_EXTRA_CA_CERTS')] : []
  const trust = {
    // A list of one's own takes the place of Node's, and of what NODE_EXTRA_CA_CERTS has added to it.
    ...(caFile === undefined ? {} : { ca: [...rootCertificates, ...extra, authorities(caFile, caFileFrom)] }),
    ...(clientCertFile === undefined ? {} : { cert: readPem(clientCertFile, 'client certificate'), key: readPem(clientKeyFile!, 'key of the client certificate') }),
    // Said either way: left out, NODE_TLS_REJECT_UNAUTHORIZED=0 in somebody's environment would decide.
    rejectUnauthorized: !insecure,
  }
  try {
    if (trust.cert !== undefined) createSecureContext({ cert: trust.cert, key: trust.key })
  } catch (cause) {
    throw new Fault('usage', `the client certificate ${clientCertFile} and the key ${clientKeyFile} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { info: { key: 'clientCert' }, hint: 'give a certificate and its own key as PEM, the key without a passphrase', cause })
  }
  return trust
}

/** Node takes whatever it is given, or warns, and then trusts nobody more than before. `from`: what names the file, for people. */
function authorities(file: string, from: string | undefined): string {
  const place = `${file}${from === undefined ? '' : `, which ${from} names`}`
  const text = readPem(file, 'certificate authorities', place)
  try {
    // Of several the first one: that it is a list of certificates at all.
    void new X509Certificate(text)
  } catch (cause) {
    throw new Fault('usage', `there is no certificate that can be read in ${place}`, { info: { file }, hint: 'give certificates of authorities as PEM: --ca-file, AWS_CA_BUNDLE or ca_bundle of the profile', cause })
  }
  return text
}

function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

function endpointUrl(endpoint: string): URL {
  const text = endpoint.includes('://') ? endpoint : `http://${endpoint}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.username !== '' || url.password !== '')) {
    throw new Fault('usage', `the endpoint at ${url.host} has a user or password in it`, { info: { key: 'endpoint' }, hint: 'S3 has no use for them: give keys as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and the endpoint without' })
  }
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') return url
  // What stands before an "@" may be a password.
  const shown = endpoint.replace(/^([a-z0-9+.-]*:\/\/)?.*@/is, '$1…@')
  throw new Fault('usage', `endpoint ${JSON.stringify(shown)} is not an http or https address`, { info: { key: 'endpoint' }, hint: 'write it like http://127.0.0.1:9000 or https://s3.example.org' })
}

function readPem(file: string, what: string, place = file): string {
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch (cause) {
    throw new Fault('usage', `cannot read the ${what} in ${place}`, { info: { file }, hint: 'give a PEM file that this user can read', cause })
  }
  if (!text.includes('-----BEGIN ')) throw new Fault('usage', `there is no ${what} in ${place}`, { info: { file }, hint: 'give a PEM file, with lines like -----BEGIN CERTIFICATE-----' })
  return text
}
