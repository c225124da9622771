// The built-in S3 server for the length of one run: a thread of its own, a free loopback port, fresh random credentials.

import { startServerThread } from '../server/thread.ts'
import type { Credentials } from '../storage/index.ts'

export interface Embedded {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly credentials: Credentials
  /** CPU of the server's thread so far; undefined where the platform cannot tell. */
  cpuSeconds(): Promise<number | undefined>
  close(): Promise<void>
}

export const embeddedBucket = 'dlio-s3'

/** Objects are in memory, or below `directory` when one is given; then they are there again next time. */
export async function startEmbedded(directory: string | undefined): Promise<Embedded> {
  const server = await startServerThread({ buckets: [embeddedBucket], ...(directory === undefined ? {} : { directory }) })
  return {
    endpoint: server.endpoint,
    region: server.region,
    bucket: embeddedBucket,
    credentials: server.credentials,
    cpuSeconds: async () => server.cpuSeconds?.(),
    close: () => server.close(),
  }
}
