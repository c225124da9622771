// A server that ends with its test, and an SDK client for it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { startServer, type RunningServer, type ServerOptions } from '../../src/server/server.ts'

/** Has a bucket "data". */
export async function runServer(t: TestContext, options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startServer({ buckets: ['data'], ...options })
  t.after(() => server.close())
  return server
}

/** Path style, one attempt, everything else as it comes. */
export function sdkClient(t: TestContext, server: RunningServer, config: S3ClientConfig = {}): S3Client {
  const client = new S3Client({
    endpoint: server.endpoint, region: server.region, credentials: server.credentials, forcePathStyle: true, maxAttempts: 1, ...config,
  })
  t.after(() => { client.destroy() })
  return client
}

/** The `name` of an SDK error is S3's code. */
export function withCode(code: string, status?: number): (error: Error & { $metadata?: { httpStatusCode?: number } }) => boolean {
  return (error) => {
    if (error.name !== code) throw error
    if (status !== undefined && error.$metadata?.httpStatusCode !== status) throw error
    return true
  }
}

/** Is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dlio-s3-server-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
