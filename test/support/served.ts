// The built-in server as a store for child processes, for all tests of one file.

import { after } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { defaultPartSize, defaultTimeouts, openStore, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'

export interface Served {
  readonly server: RunningServer
  /** What a child finds it by. */
  readonly env: Record<string, string>
  /** Of the first bucket, without retries. */
  readonly spec: S3Spec
  readonly withStore: <T>(use: (store: ObjectStore) => Promise<T>) => Promise<T>
  /** Requests of an operation so far. */
  readonly requestsOf: (operation: string) => Promise<number>
}

/** Started at once, closed after the tests of the file that asks for it. */
export async function serve(bucket: string, ...more: readonly string[]): Promise<Served> {
  const server = await startServer({ buckets: [bucket, ...more] })
  after(() => server.close())
  const { endpoint, region, credentials } = server
  const spec: S3Spec = { kind: 's3', transport: 'direct', bucket, endpoint, region, credentials, addressing: 'path', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts }
  return {
    server, spec,
    env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_ENDPOINT_URL_S3: endpoint },
    withStore: async (use) => {
      const store = await openStore(spec)
      try {
        return await use(store)
      } finally {
        await store.close()
      }
    },
    requestsOf: async (operation) => (await server.stats()).requests[operation] ?? 0,
  }
}
