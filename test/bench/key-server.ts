// Who answers when listings are measured: a bucket of many keys, and no objects.

import { s3Spec } from './served.ts'
import { startListServer, type ListedObject } from './list-server.ts'
import type { S3Spec } from '../../src/storage/index.ts'

export interface KeyServer {
  readonly spec: S3Spec
  readonly prefix: string
  readonly numFiles: number
  close(): Promise<void>
}

const numFiles = 200_000

export async function startKeyServer(bucket: string): Promise<KeyServer> {
  const prefix = 'data/set'
  const server = await startListServer(bucket)
  const width = String(numFiles).length
  server.show(Array.from({ length: numFiles }, (_, i): ListedObject => ({
    key: `${prefix}/train/img_${String(i).padStart(width, '0')}_of_${numFiles}.npz`, size: 131_330 + i % 7, etag: i.toString(16).padStart(32, '0'),
  })))
  return { spec: s3Spec({ endpoint: server.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }), prefix, numFiles, close: () => server.close() }
}
