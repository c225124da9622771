import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import zlib from 'node:zlib'

import type { Memo } from '../../src/format/format.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { tfrecord } from '../../src/format/tfrecord.ts'
import { frameOffsets } from '../../src/format/tfrecord-frames.ts'
import { indexKey, indexText, parseIndex } from '../../src/format/tfrecord-index.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'
import { companionsOf, encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

const key = 'data/train/a.tfrecord'
const index = 'data/index/train/a.tfrecord.idx'

/** Frames of several lengths: what several files hold, one after the other. */
async function variousFrames(sides: readonly number[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(sides.map(async (side) => encoded(tfrecord, sampleBlock([side], 'uint8', 1)))))
}

function memory(): Memo & { value: unknown; bytes: number } {
  return {
    value: undefined, bytes: 0,
    get() { return this.value },
    set(value, bytes) { Object.assign(this, { value, bytes }) },
  }
}

async function readLengths(source: Parameters<typeof tfrecord.open>[0], indexes: readonly number[], hint: { numSamples: number; memo?: Memo }): Promise<number[]> {
  const reader = await tfrecord.open(source, hint)
  const lengths: number[] = []
  for (const at of indexes) lengths.push((await reader.readSample(at)).shape[0]!)
  return lengths
}

for (const [length, frame] of [[0, 48], [4096, 4150], [65_536, 65_596], [114_244, 114_304], [2_898_464, 2_898_530], [9_000_000, 9_000_066]] as const) {
  test(`a sample of ${length} bytes is a frame of ${frame}`, async () => {
    const block = sampleBlock([length], 'uint8', 2)
    const bytes = await encoded(tfrecord, block)
    assert.equal(bytes.length, 2 * frame)
    assert.equal(tfrecord.encodedSize(block, plain), 2 * frame)
    assert.deepEqual([...frameOffsets('k', bytes)], [0, frame, 2 * frame])
  })
}

test('the index beside a file is the one that DLIO writes', () => {
  const [[name, bytes]] = [...companionsOf(tfrecord, 'data/train/img_0_of_5.tfrecord', sampleBlock([64, 64], 'uint8', 3))] as [[string, Uint8Array]]
  assert.equal(name, 'data/index/train/img_0_of_5.tfrecord.idx')
  assert.deepEqual(Buffer.from(bytes), readFileSync(fixture('dlio', 'tfrecord', name)))
})

for (const [data, expected] of [
  ['a.tfrecord', undefined],
  ['data/a.tfrecord', undefined],
  ['train/a.tfrecord', 'index/train/a.tfrecord.idx'],
  ['x/valid/a.tfrecord', 'x/index/valid/a.tfrecord.idx'],
  ['x/train/07/a.tfrecord', 'x/index/train/a.tfrecord.idx'],
  ['validation/train/a.tfrecord', 'validation/index/train/a.tfrecord.idx'],
] as const) {
  test(`the index of ${data} is ${expected ?? 'nowhere'}`, () => { assert.equal(indexKey(data), expected) })
}

for (const [text, offsets] of [
  ['', [0]],
  ['0 5\n', [0, 5]],
  ['0 5\n5 7\n', [0, 5, 12]],
  ['0 5\r\n5 7', [0, 5, 12]],
] as const) {
  test(`the index ${JSON.stringify(text)} lists ${offsets.length - 1} records`, () => {
    assert.deepEqual([...parseIndex('i', text, offsets.at(-1)!)], offsets)
  })
}

for (const text of ['', 'x', '0 5', '5 5\n', '0 5\n6 6\n', '0 13\n', '0 12\n12 0\n', '0 5\n5 8\n', '0 -5\n', '0 1e1\n', '00000000000000000 12']) {
  test(`the index ${JSON.stringify(text)} does not fit a file of 12 bytes`, () => {
    assert.throws(() => parseIndex('i', text, 12), (error) => isFault(error, 'format') && error.info.key === 'i')
  })
}

test('frames that are alike are read by ranges, and nothing else is', async () => {
  const bytes = await encoded(tfrecord, sampleBlock([100], 'uint8', 10))
  const source = countingSource(key, bytes, new Map([[index, Buffer.from('not looked at')]]))
  const reader = await tfrecord.open(source, { numSamples: 10 })
  await reader.prepare?.([9, 3, 4])
  const frame = bytes.length / 10
  assert.deepEqual(source.ranges, [{ offset: 3 * frame, length: 7 * frame }], 'gaps below a request\'s own headers are read along')
  await reader.readSample(9)
  assert.equal(source.ranges.length, 1)
})

test('neighbours are one range, others their own', async () => {
  const bytes = await encoded(tfrecord, sampleBlock([5000], 'uint8', 10))
  const frame = bytes.length / 10
  const source = countingSource(key, bytes)
  await (await tfrecord.open(source, { numSamples: 10 })).prepare?.([9, 4, 3, 9])
  assert.deepEqual(source.ranges, [{ offset: 3 * frame, length: 2 * frame }, { offset: 9 * frame, length: frame }])
})

for (const [name, numSamples] of [['the count is not known', 0], ['the count is another', 3], ['frames only look alike', 4]] as const) {
  test(`${name}: the index file tells where frames are, once`, async () => {
    const bytes = await variousFrames([10, 30, 20, 20])
    assert.equal(bytes.length % 4, 0)
    const source = countingSource(key, bytes, new Map([[index, Buffer.from(indexText(frameOffsets(key, bytes)))]]))
    const memo = memory()
    assert.deepEqual(await readLengths(source, [3, 0, 1, 2], { numSamples, memo }), [20, 10, 30, 20])
    const before = source.bytesRead
    assert.deepEqual(await readLengths(source, [1], { numSamples, memo }), [30])
    assert.equal(source.bytesRead - before, frameOffsets(key, bytes)[2]! - frameOffsets(key, bytes)[1]!)
  })
}

test('without an index the heads are scanned, and remembered', async () => {
  const bytes = await variousFrames([70_000, 80_000, 90_000])
  const source = countingSource(key, bytes)
  const memo = memory()
  assert.deepEqual(await readLengths(source, [], { numSamples: 0, memo }), [])
  assert.deepEqual(source.ranges.map(({ length }) => length), [12, 12, 12])
  assert.equal(memo.bytes, 32)
  assert.deepEqual(await readLengths(source, [2], { numSamples: 0, memo }), [90_000])
  assert.equal(source.bytesRead, 36 + 90_060)
})

test('the heads of many small records are scanned in windows', async () => {
  const bytes = await variousFrames(Array.from({ length: 3000 }, (_, i) => 100 + (i % 7)))
  const source = countingSource(key, bytes)
  assert.deepEqual(await readLengths(source, [2999], { numSamples: 0 }), [100 + (2999 % 7)])
  assert.ok(source.ranges.length <= 2 + Math.ceil(bytes.length / 2 ** 18) + 1, `${source.ranges.length} reads`)
})

for (const [name, listed] of [
  ['of other lengths', [10, 50, 20]],
  ['of another file', [1, 2]],
] as const) {
  test(`an index ${name} is a Fault that names it`, async () => {
    const bytes = await variousFrames([10, 30, 20])
    const other = Buffer.from(indexText(frameOffsets(key, await variousFrames(listed))))
    const source = countingSource(key, bytes, new Map([[index, other]]))
    await assert.rejects(readLengths(source, [0], { numSamples: 0 }), (error) => isFault(error, 'format') && error.info.key === index)
    await assert.rejects(tfrecord.inspect(source, { numSamples: 0 }), (error) => isFault(error, 'format') && error.info.key === index)
  })
}

test('an index that fits the size but not the records is a Fault at the record', async () => {
  const bytes = await variousFrames([10, 30, 20])
  const other = Buffer.from(indexText(frameOffsets(key, await variousFrames([30, 10, 20]))))
  const source = countingSource(key, bytes, new Map([[index, other]]))
  await assert.rejects(readLengths(source, [0], { numSamples: 0 }), (error) => isFault(error, 'format') && error.info.offset === 0)
  await assert.rejects(tfrecord.inspect(source, { numSamples: 0 }), (error) => isFault(error, 'format') && error.info.key === index)
})

for (const [name, compress] of [['gzip', zlib.gzipSync], ['zlib', zlib.deflateSync]] as const) {
  test(`a file compressed by ${name} has no ranges: it is read whole, in any mode`, async () => {
    const block = sampleBlock([300], 'uint8', 4)
    const bytes = compress(await encoded(tfrecord, block))
    for (const [whole, numSamples] of [[true, 4], [false, 4], [false, 0], [false, 1]] as const) {
      const reader = await tfrecord.open({ ...countingSource(key, bytes), whole }, { numSamples })
      assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(0))), Buffer.from(sampleBytes(block, 0)))
      assert.equal(reader.numSamples, 4)
    }
  })
}

test('the image is a view of the bytes that were read', async () => {
  const bytes = await encoded(tfrecord, sampleBlock([300], 'uint8', 1))
  const reader = await tfrecord.open({ key, size: bytes.length, whole: true, read: async (offset, length) => bytes.subarray(offset, offset + length) }, { numSamples: 1 })
  assert.equal((await reader.readSample(0)).bytes.buffer, bytes.buffer)
})
