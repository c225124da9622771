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

export interface EmbeddedOptions {
  /** Where objects are kept, to be there again next time; in memory without one. */
  readonly directory?: string | undefined
  /** What is to go wrong, in the words of `serve --faults`. */
  readonly faults?: readonly string[] | undefined
}

/** @throws {Fault} 'usage' when `faults` cannot be read, 'storage' when the folder cannot be used */
export async function startEmbedded({ directory, faults = [] }: EmbeddedOptions = {}): Promise<Embedded> {
  const server = await startServerThread({ buckets: [embeddedBucket], ...(directory === undefined ? {} : { directory }), ...(faults.length === 0 ? {} : { faults: faults.join(',') }) })
  return {
    endpoint: server.endpoint,
    region: server.region,
    bucket: embeddedBucket,
    credentials: server.credentials,
    cpuSeconds: async () => server.cpuSeconds?.(),
    close: () => server.close(),
  }
}
