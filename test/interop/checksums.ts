// Each --checksum, of one PUT and of an upload in parts: taken by the server, held against what is read, and told again when the SDK asks.

import assert from 'node:assert/strict'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { openStore } from '../../src/storage/index.ts'
import { checkCounts, createReadChecks } from '../../src/storage/s3/read-checksum.ts'
import type { UploadChecksum } from '../../src/storage/spec.ts'
import { compositeChecksum, createDigest, isLinear, type UploadAlgorithm } from '../../src/util/checksum.ts'
import { bytesOf } from '../storage/conformance.ts'
import { partSize } from './bucket.ts'
import type { SuiteContext } from './test-names.ts'

const algorithms: readonly (readonly [UploadChecksum, UploadAlgorithm])[] = [['crc32', 'CRC32'], ['crc32c', 'CRC32C'], ['crc64nvme', 'CRC64NVME'], ['sha256', 'SHA256']]

function base64Of(bytes: Uint8Array, algorithm: UploadAlgorithm): string {
  const digest = createDigest(algorithm)
  digest.update(bytes)
  return digest.base64()
}

/** The checksum of the checksums of parts of `partSize`. */
function compositeOf(content: Uint8Array, algorithm: UploadAlgorithm): string {
  const parts: { value: string; size: number }[] = []
  for (let at = 0; at < content.length; at += partSize) {
    const part = content.subarray(at, at + partSize)
    parts.push({ value: base64Of(part, algorithm), size: part.length })
  }
  return compositeChecksum(algorithm, parts).value
}

export function keepsChecksums({ transport, test, bucket }: SuiteContext): void {
  for (const [checksum, algorithm] of algorithms) {
    for (const [kind, size] of [['one PUT', 100_003], ['an upload in parts', 2 * partSize + 777]] as const) {
      test(`--checksum ${checksum} of ${kind}`, async () => {
        const { client, name } = bucket()
        const key = `checksums/${checksum}/${size}`
        const content = bytesOf(size, 11)
        const readChecks = createReadChecks()
        const store = await openStore(bucket().spec(transport, { checksum, readChecks }))
        try {
          await store.write(key, content)
          const into = new Uint8Array(size)
          await store.read(key, { offset: 0, length: size }, into, { whole: true })
          assert.ok(Buffer.from(into).equals(content))
          assert.deepEqual(checkCounts(readChecks), { checked: 1, unchecked: 0 })
        } finally {
          await store.close()
        }
        const head = await client.send(new HeadObjectCommand({ Bucket: name, Key: key, ChecksumMode: 'ENABLED' }))
        assert.equal(head[`Checksum${algorithm}`], isLinear(algorithm) || size <= partSize ? base64Of(content, algorithm) : compositeOf(content, algorithm))
      })
    }
  }
}
