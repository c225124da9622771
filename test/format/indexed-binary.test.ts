import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import type { Memo } from '../../src/format/format.ts'
import { indexedBinary } from '../../src/format/indexed-binary.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { countingSource, type CountingSource } from './counting-source.ts'
import { companionsOf, encoded, sampleBlock } from './sample-blocks.ts'

const key = 'data/train/a.indexed_binary'

function words(values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * i)
  return bytes
}

function object(size: number, offsets: Uint8Array | undefined, sizes: Uint8Array | undefined): CountingSource {
  const bytes = Uint8Array.from({ length: size }, (_, i) => i)
  return countingSource(key, bytes, new Map([...(offsets ? [[`${key}.off.idx`, offsets] as const] : []), ...(sizes ? [[`${key}.sz.idx`, sizes] as const] : [])]))
}

test('what stands beside a file is what DLIO writes', () => {
  for (const [name, bytes] of companionsOf(indexedBinary, 'data/train/img_0_of_5.indexed_binary', sampleBlock([45, 45], 'uint8', 4))) {
    assert.deepEqual(Buffer.from(bytes), readFileSync(fixture('dlio', 'indexed_binary', name)))
  }
})

test('offsets go on beyond 4 GiB', () => {
  const companions = companionsOf(indexedBinary, 'k', sampleBlock([2 ** 31 - 1], 'uint16', 3))
  assert.deepEqual(Buffer.from(companions.get('k.off.idx')!), words([0, 2 ** 32 - 2, 2 ** 33 - 4]))
})

test('a file larger than a piece is written whole', async () => {
  const block = sampleBlock([1000, 1000], 'uint8', 5)
  assert.equal((await encoded(indexedBinary, block)).length, 5_000_000)
})

test('samples are exact ranges of the sizes and places that the index files give', async () => {
  const source = object(4000, words([3000, 0, 7, 7]), words([10, 5, 0, 3]))
  const reader = await indexedBinary.open(source, { numSamples: 4 })
  assert.equal(reader.numSamples, 4)
  await reader.prepare?.([0, 3, 2])
  assert.deepEqual(source.ranges, [{ offset: 7, length: 3 }, { offset: 3000, length: 10 }])
  assert.deepEqual([...(await reader.readSample(3)).bytes], [7, 8, 9])
  assert.deepEqual((await reader.readSample(2)).shape, [0])
  assert.equal(source.ranges.length, 2)
})

test('offsets that begin anew, as DLIO writes them beyond its buffer, are taken as they are', async () => {
  const reader = await indexedBinary.open(object(12, words([0, 3, 0, 3]), words([3, 3, 3, 3])), { numSamples: 4 })
  assert.deepEqual([...(await reader.readSample(3)).bytes], [3, 4, 5])
})

test('the index files are read once', async () => {
  let asked = 0
  let kept: unknown
  const memo: Memo = { get: () => kept, set: (value) => { kept = value } }
  const source = object(10, words([0, 5]), words([5, 5]))
  const counted = { ...source, beside: async (other: string) => { asked++; return source.beside!(other) } }
  for (let i = 0; i < 3; i++) assert.deepEqual([...(await (await indexedBinary.open(counted, { numSamples: 2, memo })).readSample(1)).bytes], [5, 6, 7, 8, 9])
  assert.equal(asked, 2)
})

for (const [name, numSamples, offsets, sizes, faultKey] of [
  ['no offsets', 1, undefined, words([3]), key],
  ['no sizes', 1, words([3]), undefined, key],
  ['fewer offsets than samples', 2, words([0]), words([3, 3]), `${key}.off.idx`],
  ['fewer sizes than samples', 2, words([0, 3]), words([3]), `${key}.sz.idx`],
  ['half an offset', 0, Buffer.alloc(12), words([3]), `${key}.off.idx`],
  ['another number of sizes', 0, words([0, 3]), words([3]), `${key}.sz.idx`],
  ['an offset behind the end', 1, words([11]), words([0]), key],
  ['a size beyond the end', 1, words([5]), words([6]), key],
  ['an impossible offset', 1, words([2n ** 64n - 1n]), words([3]), `${key}.off.idx`],
] as const) {
  test(`${name}: a Fault of ${faultKey}`, async () => {
    const source = object(10, offsets, sizes)
    await assert.rejects(indexedBinary.open(source, { numSamples }), (error) => isFault(error, 'format') && error.info.key === faultKey)
    await assert.rejects(indexedBinary.inspect(source, { numSamples }), (error) => isFault(error, 'format') && error.info.key === faultKey)
  })
}

test('inspect shows samples that are alike as one array, others as bytes, and both index files', async () => {
  for (const [file, shape, numSamples] of [['alike', [5, 40], 5], ['various', [318], 4]] as const) {
    const read = (ending: string): Buffer => readFileSync(fixture('indexed_binary', `${file}.indexed_binary${ending}`))
    const source = countingSource('k', read(''), new Map([['k.off.idx', read('.off.idx')], ['k.sz.idx', read('.sz.idx')]]))
    const { arrays, ...rest } = await indexedBinary.inspect(source, { numSamples: 0 })
    assert.equal(rest.numSamples, numSamples)
    assert.deepEqual(arrays.map((array) => [array.name, array.dtype, array.shape]), [['data', 'uint8', shape], ['offsets', 'uint64', [numSamples]], ['sizes', 'uint64', [numSamples]]])
  }
})
