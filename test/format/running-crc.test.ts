// Checksums that are taken along while bytes come: what a reader says never depends on how they came.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ByteSource, Follow } from '../../src/format/format.ts'
import { npz } from '../../src/format/npz.ts'
import { followedLength, RunningCrc } from '../../src/format/running-crc.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { crc32 } from '../../src/util/crc.ts'
import { isFault } from '../../src/util/fault.ts'
import { encoded, sampleBlock, sampleBytes } from './sample-blocks.ts'

const text = Buffer.from('0123456789abcdefghij')
for (const [name, filled] of [
  ['not followed', []], ['announced only', [0]], ['up to its begin', [0, 3]], ['into it', [0, 7]], ['byte by byte', [...text.keys(), 20]],
  ['whole at once', [20]], ['up to its end', [0, 5, 12]], ['told twice', [0, 7, 7, 20, 20]], ['begun again', [0, 9, 0, 6, 20]],
] as const) {
  test(`bytes 3 to 12: ${name}`, () => {
    const running = new RunningCrc(crc32, 3, 12)
    for (const count of filled) running.follow(text, count)
    assert.equal(running.of(text), crc32(text.subarray(3, 12)))
  })
}

test('what was written over since it began again is looked at again', () => {
  const bytes = Buffer.from(text), running = new RunningCrc(crc32, 0, 20)
  running.follow(bytes, 20)
  bytes[0] = 0xff
  running.follow(bytes, 0)
  assert.equal(running.of(bytes), crc32(bytes))
})

/** Attempts of a store: what came, and how much of it at a time. What came last is what there is. */
interface Attempt { readonly bytes: Uint8Array; readonly filled: readonly number[] }

function sourceOf(attempts: readonly Attempt[]): ByteSource {
  const into = Buffer.alloc(attempts[0]!.bytes.length)
  const read = async (offset: number, length: number, follow?: Follow): Promise<Uint8Array> => {
    for (const { bytes, filled } of attempts) {
      follow?.(into, 0)
      for (const count of filled) {
        into.set(bytes.subarray(0, count))
        follow?.(into, count)
      }
      into.set(bytes)
    }
    return into.subarray(offset, offset + length)
  }
  let fetched: Promise<Uint8Array> | undefined
  return { key: 'k', size: into.length, whole: true, read: async (offset, length, follow) => (await (fetched ??= read(0, into.length, follow))).subarray(offset, offset + length) }
}

async function firstSample(attempts: readonly Attempt[]): Promise<Buffer | string> {
  try {
    const reader = await npz.open(sourceOf(attempts), { numSamples: 1 })
    return Buffer.from(packedBytes(await reader.readSample(0)))
  } catch (error) {
    if (!isFault(error, 'format')) throw error
    return error.message
  }
}

describe(`NPZ of ${followedLength} bytes and more`, () => {
  const block = sampleBlock([1024, 1100], 'uint8', 1)
  const content = Buffer.from(sampleBytes(block, 0))
  const good = encoded(npz, block)
  const bad = good.then((bytes) => {
    const copy = Buffer.from(bytes)
    copy[700_000]! ^= 1
    return copy
  })
  const steps = async (): Promise<number[]> => [1, 11, 12, 200, 300_000, 800_000, (await good).length]
  /** An object that is alike was read before. */
  const warm = async (): Promise<void> => { assert.deepEqual(await firstSample([{ bytes: await good, filled: [] }]), content) }

  for (const [name, upTo] of [['not at all', 0], ['not to its end', 5], ['as it comes', 7]] as const) {
    test(`followed ${name}`, async () => {
      await warm()
      const filled = (await steps()).slice(0, upTo)
      assert.deepEqual(await firstSample([{ bytes: await good, filled }]), content)
      assert.match(String(await firstSample([{ bytes: await bad, filled }])), /CRC-32/)
    })
  }
  test('of two attempts the second counts, whatever the first one brought', async () => {
    await warm()
    const filled = await steps()
    for (const first of [filled, filled.slice(0, 6)]) {
      assert.deepEqual(await firstSample([{ bytes: await bad, filled: first }, { bytes: await good, filled }]), content)
      assert.match(String(await firstSample([{ bytes: await good, filled: first }, { bytes: await bad, filled }])), /CRC-32/)
      assert.match(String(await firstSample([{ bytes: await good, filled: first }, { bytes: await bad, filled: [] }])), /CRC-32/)
    }
  })
  test('several samples are each their own', async () => {
    const several = sampleBlock([512, 1100], 'uint8', 3)
    const reader = await npz.open(sourceOf([{ bytes: await encoded(npz, several), filled: await steps() }]), { numSamples: 3 })
    for (let index = 0; index < 3; index++) assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(several, index)))
  })
})
