// Who answers when listings are measured: a bucket of many keys that are made up as they are asked for, and no objects.

import { forkKeyServer } from '../support/key-server.ts'
import { s3Spec } from './served.ts'
import type { S3Spec } from '../../src/storage/index.ts'

export interface KeyServer {
  readonly spec: S3Spec
  readonly prefix: string
  close(): Promise<void>
}

export interface KeyPlan {
  readonly numFiles: number
  /** 0: flat. */
  readonly numSubfolders: number
}

export async function startKeyServer({ numFiles, numSubfolders }: KeyPlan): Promise<KeyServer> {
  const prefix = 'data/set'
  const server = await forkKeyServer({ prefix, numFilesTrain: numFiles, numSubfoldersTrain: numSubfolders })
  return { spec: s3Spec({ endpoint: server.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }), prefix, close: () => server.close() }
}
