// The S3 endpoint that the suite is pointed at, from the environment.

import { randomBytes } from 'node:crypto'
import type { Credentials, S3Spec } from '../../src/storage/index.ts'

export type TransportName = S3Spec['transport']

export const allTransports: readonly TransportName[] = ['direct', 'undici', 'sdk']

export interface Endpoint {
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  /** Of the authority that has signed its certificate. */
  readonly caFile?: string
  /** Buckets are in the host name. Absent: in the path. */
  readonly isVirtual?: boolean
}

/** What tests are called after, whose differences hold, and through what they talk. */
export interface Subject {
  readonly name: string
  readonly transports: readonly TransportName[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** Undefined where no endpoint is named. @throws for one without its keys */
export function endpointIn(env: Environment): Endpoint | undefined {
  const endpoint = env['DLIO_S3_TEST_ENDPOINT']
  if (!endpoint) return undefined
  const accessKeyId = env['DLIO_S3_TEST_ACCESS_KEY'], secretAccessKey = env['DLIO_S3_TEST_SECRET_KEY'], sessionToken = env['DLIO_S3_TEST_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey) throw new Error('DLIO_S3_TEST_ENDPOINT needs DLIO_S3_TEST_ACCESS_KEY and DLIO_S3_TEST_SECRET_KEY beside it')
  const caFile = env['DLIO_S3_TEST_CA_FILE'], addressing = env['DLIO_S3_TEST_ADDRESSING'] || 'path'
  if (addressing !== 'path' && addressing !== 'virtual') throw new Error('DLIO_S3_TEST_ADDRESSING is path or virtual')
  return {
    endpoint, region: env['DLIO_S3_TEST_REGION'] || 'us-east-1', credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    ...(caFile ? { caFile } : {}), ...(addressing === 'virtual' ? { isVirtual: true } : {}),
  }
}

export function environmentOf({ endpoint, region, credentials, caFile, isVirtual = false }: Endpoint): Record<string, string> {
  return {
    DLIO_S3_TEST_ENDPOINT: endpoint, DLIO_S3_TEST_REGION: region, DLIO_S3_TEST_ACCESS_KEY: credentials.accessKeyId, DLIO_S3_TEST_SECRET_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { DLIO_S3_TEST_SESSION_TOKEN: credentials.sessionToken }),
    ...(caFile === undefined ? {} : { DLIO_S3_TEST_CA_FILE: caFile }), ...(isVirtual ? { DLIO_S3_TEST_ADDRESSING: 'virtual' } : {}),
  }
}

/** DLIO_S3_TEST_SERVER is the name, DLIO_S3_TEST_TRANSPORT the one transport. */
export function subjectIn(env: Environment): Subject {
  const asked = env['DLIO_S3_TEST_TRANSPORT']
  const transports = asked ? allTransports.filter((transport) => transport === asked) : allTransports
  if (transports.length === 0) throw new Error(`DLIO_S3_TEST_TRANSPORT is one of ${allTransports.join(', ')}`)
  return { name: env['DLIO_S3_TEST_SERVER'] || 'endpoint', transports }
}

/** Keys for a server that is about to be started. */
export function freshCredentials(): Credentials {
  return { accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`, secretAccessKey: randomBytes(20).toString('hex') }
}
