// Reads held against the checksums that a store tells of whole objects.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../../../src/server/server.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { checkCounts, createReadChecks } from '../../../src/storage/s3/read-checksum.ts'
import { checksumAlgorithms, createDigest, headerOf } from '../../../src/util/checksum.ts'
import { isFault } from '../../../src/util/fault.ts'
import { MiB } from '../../../src/util/units.ts'
import { bytesOf } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'
import { startRawServer } from './raw-server.ts'

const content = 'hello'
const sums = Object.fromEntries(checksumAlgorithms.map((algorithm) => {
  const digest = createDigest(algorithm)
  digest.update(Buffer.from(content))
  return [algorithm, digest.base64()]
}))
const whole = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: "e"\r\n'
const rangeOf = (total: number): string => `HTTP/1.1 206 Partial Content\r\ncontent-length: 5\r\ncontent-range: bytes 0-4/${total}\r\netag: "e"\r\n`

/** What became of one read of five bytes: 'checked', 'unchecked', or the reason of its Fault. */
async function outcomeOf(transport: S3Spec['transport'], answer: string, isWhole: boolean): Promise<string> {
  const server = await startRawServer(({ socket }) => { socket.write(`${answer}\r\n${content}`) })
  const readChecks = createReadChecks()
  const store = await openStore(server.spec({ transport, readChecks }))
  try {
    await store.read('k', { offset: 0, length: 5 }, new Uint8Array(5), { whole: isWhole })
    const { checked, unchecked } = checkCounts(readChecks)
    assert.equal(checked + unchecked, 1)
    return checked === 1 ? 'checked' : 'unchecked'
  } catch (error) {
    if (isFault(error, 'storage')) return error.info.reason
    throw error
  } finally {
    const { head } = server.requests[0]!
    assert.match(head, /^x-amz-checksum-mode: ENABLED$/im)
    assert.match(head, /SignedHeaders=[^,]*x-amz-checksum-mode/)
    assert.equal(/^range: /im.test(head), !isWhole)
    await store.close()
    await server.close()
  }
}

const rows: [name: string, answer: string, isWhole: boolean, outcome: string][] = [
  ['no checksum', whole, true, 'unchecked'],
  ...Object.entries(sums).map(([algorithm, value]): [string, string, boolean, string] => [algorithm, `${whole}${headerOf(algorithm as 'CRC32')}: ${value}\r\nx-amz-checksum-type: FULL_OBJECT\r\n`, true, 'checked']),
  ...Object.entries(sums).map(([algorithm, value]): [string, string, boolean, string] => [`${algorithm} of other bytes`, `${whole}${headerOf(algorithm as 'CRC32')}: ${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}\r\n`, true, 'corrupt']),
  ['a composite one, by its end', `${whole}x-amz-checksum-crc32: AAAAAA==-3\r\n`, true, 'unchecked'],
  ['a composite one, by its type', `${whole}x-amz-checksum-sha256: ${sums['CRC32']}\r\nx-amz-checksum-type: COMPOSITE\r\n`, true, 'unchecked'],
  ['a range that is the whole object', `${rangeOf(5)}x-amz-checksum-crc32: ${sums['CRC32']}\r\n`, false, 'checked'],
  ['a range of more', `${rangeOf(9)}x-amz-checksum-crc32: ${sums['CRC32']}\r\n`, false, 'unchecked'],
]
for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(transport, () => {
    for (const [name, answer, isWhole, outcome] of rows) test(name, async () => { assert.equal(await outcomeOf(transport, answer, isWhole), outcome) })
    test('what was written with a checksum, at once and in parts, is checked', async () => {
      const server = await startServer({ buckets: ['test-bucket'] })
      const readChecks = createReadChecks()
      for (const checksum of ['none', 'crc32', 'crc32c', 'crc64nvme'] as const) {
        const store = await openStore(specFor(server, { transport, checksum, readChecks }))
        for (const size of [0, 1000, 11 * MiB]) {
          const into = new Uint8Array(size)
          await store.write('key', bytesOf(size))
          await store.read('key', { offset: 0, length: size }, into, { whole: true })
          assert.ok(Buffer.from(into).equals(bytesOf(size)))
        }
        await store.close()
      }
      await server.close()
      const { checked, unchecked } = checkCounts(readChecks)
      assert.equal(checked + unchecked, 8)
      assert.ok(checked >= 6, `${checked}`)
    })
  })
}
