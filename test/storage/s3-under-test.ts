// Specs for the built-in server, and stores on it as the conformance suite wants them.

import type { RunningServer } from '../../src/server/server.ts'
import { openStore, type Credentials, type S3Spec } from '../../src/storage/index.ts'
import { MiB } from '../../src/util/units.ts'
import type { StoreUnderTest } from './conformance.ts'

export interface ServedAt { readonly endpoint: string; readonly region: string; readonly credentials: Credentials }

export function specFor({ endpoint, region, credentials }: ServedAt, more: Partial<S3Spec> = {}): S3Spec {
  return {
    kind: 's3', transport: 'direct', bucket: 'test-bucket', endpoint, region, addressing: 'auto', credentials, maxAttempts: 1, partSize: 5 * MiB,
    timeouts: { connect: 5000, firstByte: 20_000, idle: 20_000 }, ...more,
  }
}

/** The store of `spec` on `server`, which ends with it. No bucket is named `absentBucket`. */
export async function storeOn(server: RunningServer, spec: S3Spec, absentBucket: string): Promise<StoreUnderTest> {
  const store = await openStore(spec)
  const absent = await openStore({ ...spec, bucket: absentBucket })
  return {
    store, absent,
    leftovers: async () => (await server.stats()).openUploads,
    close: async () => {
      await store.close()
      await absent.close()
      await server.close()
    },
  }
}
