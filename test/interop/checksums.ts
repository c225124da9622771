// Each --checksum, of one PUT and of an upload in parts: taken by the server, and told again by it when the SDK asks.

import assert from 'node:assert/strict'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { openStore } from '../../src/storage/index.ts'
import type { UploadChecksum } from '../../src/storage/spec.ts'
import { createDigest, type LinearAlgorithm } from '../../src/util/checksum.ts'
import { bytesOf, readAll } from '../storage/conformance.ts'
import { partSize } from './bucket.ts'
import type { SuiteContext } from './test-names.ts'

const algorithms: readonly (readonly [UploadChecksum, LinearAlgorithm])[] = [['crc32', 'CRC32'], ['crc32c', 'CRC32C'], ['crc64nvme', 'CRC64NVME']]

function base64Of(bytes: Uint8Array, algorithm: LinearAlgorithm): string {
  const digest = createDigest(algorithm)
  digest.update(bytes)
  return digest.base64()
}

export function keepsChecksums({ transport, test, bucket }: SuiteContext): void {
  for (const [checksum, algorithm] of algorithms) {
    for (const [kind, size] of [['one PUT', 100_003], ['an upload in parts', 2 * partSize + 777]] as const) {
      test(`--checksum ${checksum} of ${kind}`, async () => {
        const { client, name } = bucket()
        const key = `checksums/${checksum}/${size}`
        const content = bytesOf(size, 11)
        const store = await openStore(bucket().spec(transport, { checksum }))
        try {
          await store.write(key, content)
          assert.ok(Buffer.from(await readAll(store, key, size)).equals(content))
        } finally {
          await store.close()
        }
        const head = await client.send(new HeadObjectCommand({ Bucket: name, Key: key, ChecksumMode: 'ENABLED' }))
        assert.equal(head[`Checksum${algorithm}`], base64Of(content, algorithm))
      })
    }
  }
}
