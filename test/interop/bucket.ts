// A bucket of the suite's own: a name nobody else has, and its removal with all that is in it. No other bucket is touched.

import { randomBytes } from 'node:crypto'
import dns from 'node:dns'
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import {
  AbortMultipartUploadCommand, DeleteBucketCommand, DeleteObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client,
  type MultipartUpload,
} from '@aws-sdk/client-s3'
import type { S3Spec } from '../../src/storage/index.ts'
import { MiB } from '../../src/util/units.ts'
import type { Endpoint } from './endpoint.ts'

/** Bytes: the least that S3 takes. */
export const partSize: number = 5 * MiB

/** Where uploads are looked for besides the whole bucket: MinIO lists them for exact keys only. */
const uploadedKeys = ['writing/kept', 'writing/wrong', 'writing/stream', 'writing/unknown', 'abort/never', 'abort/hanging', 'abort/stopped', 'parts/object', 'parts/stopped']

/** Few resolvers know the names below "localhost". */
const lookupLocal: LookupFunction = (name, options, done) => { dns.lookup(name.endsWith('.localhost') ? 'localhost' : name, options, done) }

/** The SDK's client, path style, one attempt, without checksums that were not asked for. */
export function sdkClient({ endpoint, region, credentials, caFile }: Endpoint): S3Client {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const agent = { keepAlive: true, lookup: lookupLocal }
  const requestHandler = { httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent({ ...agent, ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) }) }
  return new S3Client({ endpoint, region, credentials, requestHandler, forcePathStyle: true, maxAttempts: 1, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' })
}

export class OwnBucket {
  readonly name: string = `dlio-s3-interop-${randomBytes(6).toString('hex')}`
  /** To look at what a store did with eyes that are not ours. */
  readonly client: S3Client
  readonly endpoint: Endpoint

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
    this.client = sdkClient(endpoint)
  }

  spec(transport: S3Spec['transport'], more: Partial<S3Spec> = {}): S3Spec {
    const { endpoint, region, credentials, caFile, isVirtual = false } = this.endpoint
    return {
      kind: 's3', transport, bucket: this.name, endpoint, region, credentials, addressing: isVirtual ? 'virtual' : 'path', maxAttempts: 1, partSize, ...(caFile === undefined ? {} : { caFile }),
      timeouts: { connect: 10_000, firstByte: 60_000, idle: 60_000 }, ...more,
    }
  }

  /** Uploads that were begun and neither completed nor aborted. */
  async leftovers(): Promise<number> {
    return (await this.#uploads()).size
  }

  /** Everything in it, and itself. */
  async remove(): Promise<void> {
    try {
      for (const { Key, UploadId } of (await this.#uploads()).values()) await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId }))
      // One by one: a key that some XML cannot hold is removed too.
      for (let last: string | undefined; ;) {
        const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.name }))
        if (Contents.length === 0) break
        if (Contents[0]!.Key === last) throw new Error(`${JSON.stringify(last)} is still in ${this.name} after it was deleted`)
        last = Contents[0]!.Key
        for (const { Key = '' } of Contents) await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key }))
      }
      await this.client.send(new DeleteBucketCommand({ Bucket: this.name }))
    } finally {
      this.client.destroy()
    }
  }

  async #uploads(): Promise<Map<string, MultipartUpload>> {
    const found = new Map<string, MultipartUpload>()
    for (const Prefix of ['', ...uploadedKeys]) {
      const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name, Prefix }))
      for (const upload of Uploads) found.set(upload.UploadId ?? '', upload)
    }
    return found
  }
}

