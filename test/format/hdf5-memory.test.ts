// Small objects that say they are large. Fuzzing found some that took 65 to 83 MiB: rows that nothing is stored of, and rows that
// the library holds beside its chunks and never gives back. Each is refused beyond a bound, before memory is taken, and below it
// stays within what fuzzing allows.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import zlib from 'node:zlib'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { hdf5 } from '../../src/format/hdf5.ts'
import { hdf5Library } from '../../src/format/hdf5-library.ts'
import type { SampleBlock } from '../../src/format/format.ts'
import { isFault } from '../../src/util/fault.ts'
import { MersenneTwister } from '../../src/util/random.ts'
import { MiB } from '../../src/util/units.ts'
import { seals } from '../fuzz/seals.ts'
import { fixture } from '../support/root.ts'
import { encoded, plain, sampleBlock } from './sample-blocks.ts'

const layout = { numDsetPerRecord: 1, chunkDims: [], maxShape: [], dropsUnitAxis: false }

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 8 * i)
  return bytes
}

/** The object with something in its metadata exchanged, and its checksums made right again. */
function lying(original: Buffer, lies: readonly (readonly [truth: Buffer, lie: Buffer])[]): Buffer {
  const bytes = Buffer.from(original)
  for (const [truth, lie] of lies) {
    const at = original.indexOf(truth)
    assert.ok(at >= 0 && truth.length === lie.length)
    lie.copy(bytes, at)
  }
  seals.hdf5!(bytes, original)
  return bytes
}

/** Samples of which nothing is stored: [1, rows, 1 Mi] of uint8. */
async function unwritten(rows: number): Promise<Buffer> {
  const original = await encoded(hdf5, sampleBlock([64, 65], 'uint8', 1))
  const shape = [1, rows, MiB]
  return lying(original, [
    [words([1, 64, 65, 1, 64, 65]), words([...shape, ...shape])],
    [Buffer.concat([Buffer.of(4, 1), words([2048, 64 * 65])]), Buffer.concat([Buffer.of(4, 1), words([-1, rows * MiB])])],
  ])
}

/** Axes of a chunk as the layout has them. */
function chunkOf(axes: readonly number[]): Buffer {
  return Buffer.from([...axes, 1].flatMap((axis) => [axis & 0xff, (axis >> 8) & 0xff, axis >> 16]))
}

/** A chunk of [1, rows, 1 Mi] whose stored 700 KB could become as much, and become 4 KiB. */
async function inflated(rows: number): Promise<Buffer> {
  const random = new MersenneTwister(1), truth = [1, 10, 70_000], lie = [1, rows, MiB]
  const noise = Uint8Array.from({ length: 700_000 }, () => random.interval(255))
  const block: SampleBlock = { ...sampleBlock([10, 70_000], 'uint8', 1), fill(_, offset, into) { into.set(noise.subarray(offset, offset + into.length)) } }
  const original = await encoded(hdf5, block, { ...plain, compression: 'gzip', hdf5: { ...layout, chunkDims: truth } })
  const bytes = lying(original, [[words([...truth, ...truth]), words([...lie, ...lie])], [chunkOf(truth), chunkOf(lie)]])
  zlib.deflateSync(Buffer.alloc(4096)).copy(bytes, 2048)
  return bytes
}

/** Samples of [rows, 11] float32 in chunks that only the library finds. */
async function libraryRows(rows: number): Promise<Buffer> {
  return lying(readFileSync(fixture('hdf5', 'chunk-btree2.hdf5')), [[words([7, 9, 11]), words([7, rows, 11])]])
}

/** Bytes of buffers that reading sample 0 leaves behind, at most: whatever was allocated in between and is garbage counts too. */
async function taken(bytes: Buffer): Promise<{ readonly grown: number; readonly error: unknown; readonly length: number }> {
  await hdf5Library()
  globalThis.gc?.()
  const before = process.memoryUsage().external
  let error: unknown
  let length = 0
  try {
    const { shape } = await (await hdf5.open(bytesSource('object', bytes), { numSamples: 1 })).readSample(0)
    length = shape.reduce((product, axis) => product * axis, 1)
  } catch (thrown) {
    error = thrown
  }
  return { grown: process.memoryUsage().external - before, error, length }
}

for (const [title, make, size] of [
  ['33 MiB of which nothing is stored', unwritten, 33],
  ['80 MiB of which nothing is stored', unwritten, 80],
  ['1 GiB of which nothing is stored', unwritten, 1024],
  ['a row of 13 MiB that only the library reads', libraryRows, Math.ceil(13 * MiB / 44)],
  ['a row of 64 MiB that only the library reads', libraryRows, Math.ceil(64 * MiB / 44)],
] as const) {
  test(`${title}: refused, and no memory taken`, async () => {
    const { error, grown } = await taken(await make(size))
    assert.ok(isFault(error, 'format') && error.info.reason === 'refused', String(error))
    assert.ok(grown < 2 * MiB, `${grown} bytes`)
  })
}

for (const size of [31, 60]) {
  test(`a chunk of ${size} MiB that inflates to 4 KiB: damaged, within 64 MiB and four times the object`, async () => {
    const bytes = await inflated(size)
    const { error, grown } = await taken(bytes)
    assert.ok(isFault(error, 'format') && error.info.reason === 'damaged' && error.message.includes('4096'), String(error))
    assert.ok(grown < 64 * MiB + 4 * bytes.length, `${grown} bytes`)
  })
}

test('31 MiB of which nothing is stored: read, within 64 MiB and four times the object', async () => {
  const bytes = await unwritten(31)
  const { error, grown, length } = await taken(bytes)
  assert.equal(error, undefined)
  assert.equal(length, 31 * MiB)
  assert.ok(grown < 64 * MiB + 4 * bytes.length, `${grown} bytes`)
})

for (const size of [1, 11.9]) {
  test(`a row of ${size} MiB that only the library reads: within 64 MiB and four times the object, whether it is read or not`, async () => {
    const bytes = await libraryRows(Math.floor(size * MiB / 44))
    const { error, grown, length } = await taken(bytes)
    assert.ok(error === undefined ? length === 11 * Math.floor(size * MiB / 44) : isFault(error, 'format'), String(error))
    assert.ok(grown < 64 * MiB + 4 * bytes.length, `${grown} bytes`)
  })
}
