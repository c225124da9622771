import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { npy } from '../../src/format/npy.ts'
import { npyHeader } from '../../src/format/npy-write.ts'
import { npz } from '../../src/format/npz.ts'
import type { SampleBlock } from '../../src/format/format.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { localHeader, zipDirectory, type WrittenMember } from '../../src/format/zip-write.ts'
import { isFault } from '../../src/util/fault.ts'
import { GiB, MiB } from '../../src/util/units.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

/** uint8 0 to 5 in a sample of shape (2, 3). */
const counting: SampleBlock = {
  fileIndex: 0, numSamples: 1, shape: [2, 3], dtype: 'uint8',
  fill(_index, offset, into) { for (let i = 0; i < into.length; i++) into[i] = offset + i },
}

// Written by NumPy 2.4 on Python 3.11 for x = that array with a last axis of 1, y = int64 zeros.
const npyOfNumpy = '934e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c20332c2031292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a000102030405'
const labelsOfNumpy = '934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028312c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000000000000000'
const npzOfNumpy = [
  '504b03042d000000000000002100544789ddffffffffffffffff05001400782e6e70790100100086000000000000008600000000000000', npyOfNumpy,
  '504b03042d000000000000002100a09abe92ffffffffffffffff05001400792e6e70790100100088000000000000008800000000000000', labelsOfNumpy,
  '504b01022d032d000000000000002100544789dd8600000086000000050000000000000000000000800100000000782e6e7079',
  '504b01022d032d000000000000002100a09abe9288000000880000000500000000000000000000008001bd000000792e6e7079',
  '504b05060000000002000200660000007c0100000000',
].join('')

test('npy is what NumPy writes, byte for byte', async () => {
  assert.equal((await encoded(npy, counting)).toString('hex'), npyOfNumpy)
})

test('npz is what NumPy writes, byte for byte', async () => {
  assert.equal((await encoded(npz, counting)).toString('hex'), npzOfNumpy)
})

for (const [descr, shape, length] of [
  ['<f8', [], 128],
  ['|b1', [0], 128],
  ['|u1', [5], 128],
  ['<f4', [123_456_789, 2], 128],
  ['<c16', [1, 2, 3, 4, 5, 6], 128],
  ['<i8', [1_000_000, 1000, 100_000, 10_000, 100], 128],
  // 117 characters and the line end fit exactly: NumPy pads by a whole 64.
  ['<i8', Array.from<number>({ length: 18 }).fill(1), 192],
] as const) {
  test(`the header of ${descr} (${shape.join(', ')}) is ${length} bytes`, () => { assert.equal(npyHeader(descr, shape).length, length) })
}

for (const [shape, dtype, numSamples] of [[[2, 3], 'uint8', 1], [[64, 64], 'uint8', 7], [[32, 32], 'float32', 16], [[2500], 'float64', 1]] as const) {
  test(`size of ${numSamples} × ${dtype}[${shape.join(',')}] is 234 + (128 + x) + (128 + 8 n)`, () => {
    const itemSize = { uint8: 1, float32: 4, float64: 8 }[dtype]
    const bytes = shape.reduce((product, length) => product * length, itemSize * numSamples)
    assert.equal(npz.encodedSize(sampleBlock(shape, dtype, numSamples), plain), 234 + 128 + bytes + 128 + 8 * numSamples)
  })
}

function member(name: string, bytes: number): WrittenMember {
  return { name, method: 0, crc: 0x12345678, size: bytes, compressedSize: bytes }
}

// Written by Python 3.11's zipfile for members of these sizes whose CRC-32 is 0x12345678.
for (const [size, directory] of [
  [2 ** 31 - 300, '504b01022d032d00000000000000210078563412d4feff7fd4feff7f050000000000000000000000800100000000782e6e7079504b01022d032d00000000000000210078563412980000009800000005000000000000000000000080010bffff7f792e6e7079504b0506000000000200020066000000daffff7f0000'],
  [2 ** 31 - 1, '504b01022d032d00000000000000210078563412ffffff7fffffff7f050000000000000000000000800100000000782e6e7079504b01022d032d00000000000000210078563412980000009800000005000c0000000000000000008001ffffffff792e6e7079010008003600008000000000504b06062c000000000000002d002d0000000000000000000200000000000000020000000000000072000000000000000501008000000000504b060700000000770100800000000001000000504b0506000000000200020072000000050100800000'],
  [3 * GiB, '504b01022d032d00000000000000210078563412ffffffffffffffff050014000000000000000000800100000000782e6e707901001000000000c000000000000000c000000000504b01022d032d00000000000000210078563412980000009800000005000c0000000000000000008001ffffffff792e6e707901000800370000c000000000504b06062c000000000000002d002d000000000000000000020000000000000002000000000000008600000000000000060100c000000000504b0607000000008c0100c00000000001000000504b0506000000000200020086000000060100c00000'],
  [5 * GiB, '504b01022d032d00000000000000210078563412ffffffffffffffff050014000000000000000000800100000000782e6e70790100100000000040010000000000004001000000504b01022d032d00000000000000210078563412980000009800000005000c0000000000000000008001ffffffff792e6e7079010008003700004001000000504b06062c000000000000002d002d0000000000000000000200000000000000020000000000000086000000000000000601004001000000504b0607000000008c0100400100000001000000504b0506000000000200020086000000ffffffff0000'],
] as const) {
  test(`the directory after a member of ${size} bytes is Python's`, () => {
    assert.equal(Buffer.from(zipDirectory([member('x.npy', size), member('y.npy', 152)])).toString('hex'), directory)
  })
  test(`the local header of a member of ${size} bytes holds it in 64 bits`, () => {
    const header = Buffer.from(localHeader(member('x.npy', size)))
    assert.equal(header.readBigUInt64LE(39), BigInt(size))
    assert.equal(header.readBigUInt64LE(47), BigInt(size))
  })
}

test('encodedSize of 5 GiB is known without making a byte', () => {
  const block: SampleBlock = { fileIndex: 0, numSamples: 1, shape: [5 * 1024, 1024, 1024], dtype: 'uint8', fill: () => { assert.fail('content was asked for') } }
  assert.equal(npz.encodedSize(block, plain), 5 * GiB + 234 + 128 + 136 + 20 + 12 + 76)
})

/** Too large for one piece. Content by whole words, so that the test is quick. */
function largeBlock(numSamples: number): SampleBlock {
  return {
    fileIndex: 0, numSamples, shape: [66, 1024, 1024 / numSamples], dtype: 'uint8',
    fill(index, offset, into) { into.fill(((offset / 65_536) & 0x7f) + index) },
  }
}

for (const [numSamples, compression] of [[1, 'none'], [2, 'none'], [1, 'zip']] as const) {
  test(`66 MiB in ${numSamples} samples, compression ${compression}: written in pieces, read back`, async () => {
    const block = largeBlock(numSamples)
    const options = { compression, compressionLevel: 1 }
    let largest = 0
    const pieces: Uint8Array[] = []
    for await (const piece of npz.encode(block, options)) {
      largest = Math.max(largest, piece.length)
      pieces.push(Uint8Array.from(piece))
    }
    assert.ok(largest <= 4 * MiB, `a piece of ${largest} bytes`)
    const bytes = Buffer.concat(pieces)
    if (compression === 'none') assert.equal(bytes.length, npz.encodedSize(block, options))
    const reader = await npz.open(bytesSource('large', bytes), { numSamples })
    const sample = packedBytes(await reader.readSample(numSamples - 1))
    assert.equal(sample.length, 66 * MiB / numSamples)
    assert.equal(sample[0], numSamples - 1)
  })
}

for (const [numSamples, shape, dtype] of [[1, [700, 1001], 'uint8'], [3, [701, 333], 'uint8'], [2, [99, 1000], 'complex128'], [100_000, [7], 'int8']] as const) {
  test(`${numSamples} × ${dtype}[${shape.join(',')}], more than is summed at a time, is whole`, async () => {
    const block = sampleBlock(shape, dtype, numSamples)
    const reader = await npz.open(bytesSource('k', await encoded(npz, block)), { numSamples })
    for (const index of [0, numSamples - 1]) assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(block, index)))
  })
}

test('files of other shapes in between change nothing', async () => {
  const blocks = [sampleBlock([4, 5], 'uint8', 1), sampleBlock([5, 4], 'uint8', 1), sampleBlock([4, 5], 'int8', 1), sampleBlock([4, 5], 'uint8', 2), sampleBlock([4, 5, 1], 'uint8', 1)]
  const first: Buffer[] = []
  for (const block of blocks) first.push(await encoded(npz, block))
  assert.equal(new Set(first.map((bytes) => bytes.toString('hex'))).size, blocks.length)
  for (const i of [4, 2, 0, 3, 1, 1]) assert.deepEqual(await encoded(npz, blocks[i]!), first[i])
})

test('memory of another length than announced is a bug', () => {
  assert.throws(() => { npz.encodeInto!(counting, plain, new Uint8Array(npz.encodedSize(counting, plain)! - 1)) }, RangeError)
})

for (const level of [-1, 10, 1.5, Number.NaN]) {
  test(`compression level ${level} is a usage Fault`, async () => {
    await assert.rejects(encoded(npz, counting, { compression: 'zip', compressionLevel: level }), (error) => isFault(error, 'usage') && error.info.key === 'dataset.compression_level')
  })
}

test('a deflated archive is smaller, and says method 8 without a data descriptor', async () => {
  const zeros: SampleBlock = { fileIndex: 0, numSamples: 1, shape: [256, 256], dtype: 'uint8', fill(_index, _offset, into) { into.fill(0) } }
  const bytes = await encoded(npz, zeros, { compression: 'zip', compressionLevel: 4 })
  assert.ok(bytes.length < 1000)
  assert.equal(bytes.readUInt16LE(6), 0)
  assert.equal(bytes.readUInt16LE(8), 8)
})
