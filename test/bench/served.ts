// Where a case's objects are: one store to read from, however its objects come there.

import { readdir, rm, stat } from 'node:fs/promises'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { defaultPartSize, defaultTimeouts, type Credentials, type S3Spec, type StoreSpec } from '../../src/storage/index.ts'
import { bucket, type BuiltInAddress } from './built-in-server.ts'
import { startServerProcess } from './child.ts'
import { startListServer, type ListedObject } from './list-server.ts'
import { startNginx } from './nginx.ts'
import type { Tool } from './tools.ts'

export interface Served {
  readonly kind: 'nginx' | 'built-in'
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  readonly spec: S3Spec
  /** Where to write objects that are then read. */
  readonly writeSpec: StoreSpec
  /** A target that `dlio-s3 run --generate` writes to. */
  writeUri(prefix: string): string
  /** Lets listings know what was written. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export function s3Spec({ endpoint, region, credentials }: Pick<Served, 'endpoint' | 'region' | 'credentials'>): S3Spec {
  return { kind: 's3', transport: 'direct', bucket, endpoint, region, credentials, addressing: 'path', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts }
}

/** The built-in server in a process of its own, objects in memory. */
export async function serveBuiltIn(): Promise<Served> {
  const server = await startServerProcess<BuiltInAddress>('built-in-server')
  const { ready } = server
  const spec = s3Spec(ready)
  return { kind: 'built-in', ...ready, spec, writeSpec: spec, writeUri: (prefix) => `s3://${bucket}/${prefix}`, refresh: async () => {}, close: () => server.close() }
}

/** nginx over files below `folder`. Signatures are sent to it, and not looked at. */
export async function serveByNginx({ file }: Tool, folder: string): Promise<Served> {
  const root = path.join(folder, 'objects')
  const place = path.join(root, bucket)
  mkdirSync(place, { recursive: true })
  const lister = await startListServer(bucket)
  const nginx = await startNginx({ program: file, folder: path.join(folder, 'nginx'), root, bucket, listEndpoint: lister.endpoint }).catch(async (error: unknown) => {
    await lister.close()
    throw error
  })
  const address = { endpoint: nginx.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } }
  return {
    kind: 'nginx', ...address, spec: s3Spec(address), writeSpec: { kind: 'file', root: place },
    writeUri: (prefix) => pathToFileURL(path.join(place, prefix)).href,
    async refresh() { lister.show(await objectsBelow(place)) },
    async close() {
      await nginx.close()
      await lister.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** With the ETag that nginx gives a file, so that reads which insist on it pass. */
async function objectsBelow(folder: string): Promise<ListedObject[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return await Promise.all(files.map(async (file) => {
    const { size, mtimeMs } = await stat(file)
    const etag = `${Math.floor(mtimeMs / 1000).toString(16)}-${size.toString(16)}`
    return { key: path.relative(folder, file).split(path.sep).join('/'), size, etag }
  }))
}
