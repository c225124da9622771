// How the AWS SDK connects: as our own transports do.

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { trustOf } from './s3/address.ts'
import type { S3Spec } from './spec.ts'

interface ConnectionSettings {
  readonly connectionTimeout: number
  readonly requestTimeout: number
  readonly throwOnRequestTimeout: boolean
  readonly socketTimeout: number
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
}

/** The options of its request handler. */
export function connectionSettings(spec: S3Spec): ConnectionSettings {
  const { timeouts, maxConnections } = spec
  const agent = { keepAlive: true, ...(maxConnections === undefined ? { maxSockets: Infinity } : { maxSockets: maxConnections }) }
  return {
    connectionTimeout: timeouts.connect, requestTimeout: timeouts.firstByte, throwOnRequestTimeout: true, socketTimeout: timeouts.idle,
    // As options only, they would not hold for requests that expect "100 Continue": those get an agent of the SDK's.
    httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent({ ...agent, ...trustOf(spec) }),
  }
}
