// One object or prefix named on a command line or by a library call: s3://bucket/key, file:///path, or a local path.

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StoreSpec } from '../storage/index.ts'
import { Fault } from '../util/fault.ts'
import type { S3Flags } from './run-flags.ts'
import { resolveS3 } from './s3-spec.ts'

export interface Located {
  readonly spec: StoreSpec
  /** Key or prefix inside the store. */
  readonly key: string
}

/** @throws {Fault} 'usage' when it names no object, 'credentials' when S3 needs some. `uri` of a prefix or folder may end in nothing. */
export async function locate(uri: string, flags: S3Flags): Promise<Located> {
  const s3 = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri)
  if (s3) return { spec: (await resolveS3(s3[1]!, flags)).spec, key: s3[2]! }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(uri) && !uri.startsWith('file://')) {
    throw new Fault('usage', `${uri} is not a kind of address this program reads`, { info: {}, hint: 'give s3://bucket/key, file:///path or a local path' })
  }
  const file = path.resolve(uri.startsWith('file://') ? fileURLToPath(uri) : uri)
  return { spec: { kind: 'file', root: path.dirname(file) }, key: path.basename(file) }
}
