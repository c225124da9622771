// How the AWS SDK connects: as our own transports do.

import dns from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { createSecureContext, type ConnectionOptions } from 'node:tls'
import { addressOf, hostOf, trustOf } from './s3/address.ts'
import { currentKeys, type SdkKeys } from './sdk-credentials.ts'
import type { S3Spec } from './spec.ts'

interface RequestHandlerSettings {
  readonly connectionTimeout: number
  readonly requestTimeout: number
  readonly throwOnRequestTimeout: boolean
  readonly socketTimeout: number
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
}

/** Of its S3 client, all but the region. */
export interface ClientSettings {
  readonly maxAttempts: number
  readonly requestChecksumCalculation: 'WHEN_REQUIRED'
  readonly responseChecksumValidation: 'WHEN_REQUIRED'
  readonly forcePathStyle: boolean
  readonly requestHandler: RequestHandlerSettings
  readonly endpoint?: string
  readonly credentials: SdkKeys
  readonly signer?: { readonly sign: <T>(request: T) => Promise<T> }
}

/** `ip`: the one of the endpoint's addresses to connect to. Reads the files of certificates. @throws {Fault} 'usage' */
export function clientSettings(spec: S3Spec, ip: string | undefined): ClientSettings {
  const { credentials, renewed, endpoint } = spec
  return {
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
    forcePathStyle: addressOf(spec).basePath.endsWith(`/${spec.bucket}`),
    requestHandler: requestHandlerSettings(spec, ip),
    ...(endpoint === undefined ? {} : { endpoint: endpoint.includes('://') ? endpoint : `http://${endpoint}` }),
    ...(credentials ? { credentials: currentKeys(credentials, renewed) } : { credentials: { accessKeyId: '', secretAccessKey: '' }, signer: { sign: async (request) => request } }),
  }
}

function requestHandlerSettings(spec: S3Spec, ip: string | undefined): RequestHandlerSettings {
  const { timeouts, maxConnections } = spec
  const agent = { keepAlive: true, lookup: lookupFor(ip), ...(maxConnections === undefined ? { maxSockets: Infinity } : { maxSockets: maxConnections }) }
  return {
    connectionTimeout: timeouts.connect, requestTimeout: timeouts.firstByte, throwOnRequestTimeout: true, socketTimeout: timeouts.idle,
    // As options only, they would not hold for requests that expect "100 Continue": those get an agent of the SDK's.
    httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent({ ...agent, ...trusting(spec) }),
  }
}

/** One context for all connections: reading 150 certificates for each of them takes longer than the rest of it. */
function trusting(spec: S3Spec): Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'> {
  const { ca, cert, key, ...options } = trustOf(spec)
  return { ...options, ...(ca || cert ? { secureContext: createSecureContext({ ca, cert, key }) } : {}) }
}

/** Names of this machine are found where the resolver does not know them; a name whose address was chosen has only that one. */
function lookupFor(ip: string | undefined): LookupFunction {
  return (name, options, done) => { dns.lookup(ip ?? hostOf(name), options, done) }
}
