import assert from 'node:assert/strict'
import { test } from 'node:test'

import { npz } from '../../src/format/npz.ts'
import { bytesSource } from '../../src/format/bytes-source.ts'
import { headValues } from '../../src/format/tensor-values.ts'
import { isFault, type FaultInfo } from '../../src/util/fault.ts'
import { KiB, MiB } from '../../src/util/units.ts'
import { countingSource } from './counting-source.ts'
import { encoded, sampleBlock } from './sample-blocks.ts'

/** 2 × 3 uint8, one sample: x.npy at 0 to 189, y.npy at 189 to 380, directory of 2 × 51 at 380, end record at 482. */
async function archive(): Promise<Buffer> {
  return encoded(npz, sampleBlock([2, 3], 'uint8', 1))
}
const directoryAt = 380
const endAt = 482

async function firstValue(bytes: Uint8Array): Promise<unknown> {
  const reader = await npz.open(bytesSource('object', bytes), { numSamples: 1 })
  return headValues(await reader.readSample(0), 1)[0]
}

function isDamage(reason: FaultInfo['format']['reason'], text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isFault(error, 'format'), String(error))
    assert.equal(error.info.reason, reason)
    assert.match(error.message, text)
    return true
  }
}

type Edit = (bytes: Buffer) => Uint8Array

function u16(at: number, value: number): Edit { return (bytes) => { bytes.writeUInt16LE(value, at); return bytes } }
function u32(at: number, value: number): Edit { return (bytes) => { bytes.writeUInt32LE(value, at); return bytes } }
function both(first: Edit, second: Edit): Edit { return (bytes) => second(Buffer.from(first(bytes))) }

for (const [what, edit, reason, text] of [
  ['an empty object', () => new Uint8Array(0), 'damaged', /is no ZIP archive: its 0 bytes/],
  ['21 bytes', (bytes) => bytes.subarray(-21), 'damaged', /is no ZIP archive/],
  ['no end record', (bytes) => bytes.subarray(0, endAt), 'damaged', /is no ZIP archive/],
  ['a part of a split archive', u16(endAt + 4, 1), 'unsupported', /split over several files/],
  ['a directory longer than the object', u32(endAt + 12, 0x7fffffff), 'damaged', /damaged ZIP end record at 482/],
  ['a directory that begins behind itself', u32(endAt + 16, directoryAt + 1), 'damaged', /damaged ZIP end record/],
  ['a directory that is cut', u32(endAt + 12, 101), 'damaged', /no ZIP directory entry/],
  ['an encrypted member', u16(directoryAt + 8, 1), 'unsupported', /encrypted member "x.npy"/],
  ['strong encryption', u16(directoryAt + 8, 0x41), 'unsupported', /encrypted/],
  ['a masked directory', u16(directoryAt + 8, 0x2000), 'unsupported', /encrypted/],
  ['patch data', u16(directoryAt + 8, 0x20), 'unsupported', /patch data/],
  ['LZMA', u16(directoryAt + 10, 14), 'unsupported', /compression method 14 \(lzma\)/],
  ['Zstandard', u16(directoryAt + 10, 93), 'unsupported', /compression method 93 \(zstd\)/],
  ['a method nobody knows', u16(directoryAt + 10, 4711), 'unsupported', /compression method 4711 \(unknown\)/],
  ['a method that the local header denies', u16(8, 8), 'damaged', /another member at 0 than "x.npy"/],
  ['a name that the local header denies', (bytes) => { bytes.write('z', 30); return bytes }, 'damaged', /another member at 0/],
  ['stored and yet smaller', u32(directoryAt + 20, 100), 'damaged', /stored member "x.npy" of 134 bytes in 100/],
  ['a member that reaches into the next', both(u32(directoryAt + 20, 160), u32(directoryAt + 24, 160)), 'damaged', /beyond the 189 where what follows begins/],
  ['a member that reaches into the next by its local header', u16(28, 60), 'damaged', /ends inside a structure/],
  ['two members in one place', u32(directoryAt + 51 + 42, 0), 'damaged', /beyond the 0 where/],
  ['another CRC-32', u32(directoryAt + 16, 1), 'damaged', /CRC-32 is [0-9a-f]{8}, not 00000001/],
  ['64-bit sizes without their field', u32(directoryAt + 24, 0xffffffff), 'damaged', /without the ZIP64 sizes/],
  ['a locator without a ZIP64 end record', (bytes) => {
    const locator = Buffer.alloc(20)
    locator.writeUInt32LE(0x07064b50)
    return Buffer.concat([bytes.subarray(0, endAt), locator, bytes.subarray(endAt)])
  }, 'damaged', /no ZIP64 end record/],
  ['a deflated member of 5 bytes that claims 4 GB', both(both(u16(directoryAt + 10, 8), u16(8, 8)), u32(directoryAt + 24, 0xfffffffe)), 'damaged', /134 bytes cannot become 4294967294/],
] as const satisfies readonly (readonly [string, Edit, FaultInfo['format']['reason'], RegExp])[]) {
  test(`${what}: ${reason}`, async () => {
    await assert.rejects(firstValue(edit(await archive())), isDamage(reason, text))
  })
}

for (const [what, edit] of [
  ['as it is', (bytes) => bytes],
  ['behind 1 byte', (bytes) => Buffer.concat([Buffer.alloc(1, 0x50), bytes])],
  ['behind 100 000 bytes', (bytes) => Buffer.concat([Buffer.alloc(100_000, 0x50), bytes])],
  ['before 5 stray bytes', (bytes) => Buffer.concat([bytes, Buffer.from('stray')])],
  ['before 60 000 stray bytes', (bytes) => Buffer.concat([bytes, Buffer.alloc(60_000, 0x4b)])],
  ['with a comment of 1 byte', (bytes) => Buffer.concat([Buffer.from(u16(endAt + 20, 1)(bytes)), Buffer.from('c')])],
  ['with a comment of 65 535 bytes', (bytes) => Buffer.concat([Buffer.from(u16(endAt + 20, 65_535)(bytes)), Buffer.alloc(65_535, 0x50)])],
  ['with a comment that looks like an end record', (bytes) => {
    const comment = Buffer.concat([bytes.subarray(endAt), Buffer.from('more')])
    return Buffer.concat([Buffer.from(u16(endAt + 20, comment.length)(bytes)), comment])
  }],
] as const satisfies readonly (readonly [string, Edit])[]) {
  test(`an archive ${what} is read`, async () => {
    assert.equal(await firstValue(edit(await archive())), 7)
  })
}

test('ZIP64 end record and sizes are read', async () => {
  const bytes = await archive()
  const zip64 = Buffer.alloc(56 + 20)
  zip64.writeUInt32LE(0x06064b50, 0)
  zip64.writeBigUInt64LE(44n, 4)
  zip64.writeBigUInt64LE(2n, 24)
  zip64.writeBigUInt64LE(2n, 32)
  const field = Buffer.alloc(4 + 16)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(16, 2)
  field.writeBigUInt64LE(134n, 4)
  field.writeBigUInt64LE(134n, 12)
  const first = Buffer.from(bytes.subarray(directoryAt, directoryAt + 51))
  first.writeUInt32LE(0xffffffff, 20)
  first.writeUInt32LE(0xffffffff, 24)
  first.writeUInt16LE(20, 30)
  const directory = Buffer.concat([first, field, bytes.subarray(directoryAt + 51, endAt)])
  zip64.writeBigUInt64LE(BigInt(directory.length), 40)
  zip64.writeBigUInt64LE(BigInt(directoryAt), 48)
  zip64.writeUInt32LE(0x07064b50, 56)
  zip64.writeBigUInt64LE(BigInt(directoryAt + directory.length), 64)
  const end = Buffer.from(bytes.subarray(endAt))
  end.fill(0xff, 8, 20)
  assert.equal(await firstValue(Buffer.concat([bytes.subarray(0, directoryAt), directory, zip64, end])), 7)
  zip64.writeBigUInt64LE(2n ** 60n, 40)
  await assert.rejects(firstValue(Buffer.concat([bytes.subarray(0, directoryAt), directory, zip64, end])), isDamage('damaged', /impossible size/))
})

test('a large object is read in two ranges: tail and member', async () => {
  const bytes = await encoded(npz, sampleBlock([1024, 1024], 'uint8', 1))
  const source = countingSource('large', bytes)
  const reader = await npz.open(source, { numSamples: 1 })
  await reader.readSample(0)
  assert.deepEqual(source.ranges, [
    { offset: bytes.length - 64 * KiB, length: 64 * KiB },
    { offset: 0, length: 30 + 5 + 20 + 128 + MiB },
  ])
})

test('a small object is read in one range', async () => {
  const bytes = await encoded(npz, sampleBlock([100, 100], 'uint8', 1))
  const source = countingSource('small', bytes)
  await (await npz.open(source, { numSamples: 1 })).readSample(0)
  assert.deepEqual(source.ranges, [{ offset: 0, length: bytes.length }])
})

test('stored samples are views of the bytes that were read', async () => {
  const bytes = await archive()
  const sample = await (await npz.open(bytesSource('object', bytes), { numSamples: 1 })).readSample(0)
  assert.equal(sample.bytes.buffer, bytes.buffer)
  assert.deepEqual(sample.strides, [3, 1])
})
