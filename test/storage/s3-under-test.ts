// Specs for the built-in server.

import type { Credentials, S3Spec } from '../../src/storage/index.ts'
import { MiB } from '../../src/util/units.ts'

export interface ServedAt { readonly endpoint: string; readonly region: string; readonly credentials: Credentials }

export function specFor({ endpoint, region, credentials }: ServedAt, more: Partial<S3Spec> = {}): S3Spec {
  return {
    kind: 's3', transport: 'direct', bucket: 'test-bucket', endpoint, region, addressing: 'auto', credentials, maxAttempts: 1, partSize: 5 * MiB,
    timeouts: { connect: 5000, firstByte: 20_000, idle: 20_000 }, ...more,
  }
}
