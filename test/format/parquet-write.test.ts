// Columns of DLIO's fork, as we write them.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { EncodeOptions, ParquetLayout } from '../../src/format/format.ts'
import { parseFooter, readFooterBytes } from '../../src/format/parquet-footer.ts'
import { parquet } from '../../src/format/parquet.ts'
import { packedBytes, valuesBetween } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

/** A usage Fault about that key. */
const isAbout = (key: string) => (error: unknown): boolean => isFault(error, 'usage') && error.info.key === key

const columns = [
  ['a', 'float32', 1, 4], ['b', 'uint8', 5, 5], ['s', 'string', 1, 4], ['bin', 'binary', 7, 7], ['t', 'bool', 1, 1], ['l', 'list', 3, 12], ['h', 'float16', 2, 4], ['i8', 'int8', 1, 1],
  ['u16', 'uint16', 3, 6], ['i16', 'int16', 1, 2], ['i64', 'int64', 2, 16], ['u64', 'uint64', 1, 8], ['u32', 'uint32', 1, 4], ['i32', 'int32', 4, 16], ['f64', 'float64', 1, 8], ['what', 'nonsense', 2, 8],
] as const
const rowBytes = columns.reduce((sum, [, , , bytes]) => sum + bytes, 0)

function layout(names: readonly string[], more: Partial<ParquetLayout> = {}): EncodeOptions {
  const some = columns.filter(([name]) => names.length === 0 || names.includes(name))
  return { ...plain, parquet: { columns: some.map(([name, dtype, size]) => ({ name, dtype, size })), rowGroupSize: 1024, generationBatchSize: 0, ...more } }
}

test('columns have the types and sizes that were asked for, and content that differs from row to row', async () => {
  const block = sampleBlock([rowBytes], 'uint8', 9)
  const bytes = await encoded(parquet, block, layout([]))
  assert.equal(parquet.encodedSize(block, layout([])), undefined, 'strings have no known length')
  const { numSamples, arrays } = await parquet.inspect(bytesSource('k', bytes), { numSamples: 1 })
  assert.equal(numSamples, 9)
  assert.deepEqual(arrays.map(({ name, dtype, shape }) => [name, dtype, ...shape]), [
    ['a', 'float32', 9], ['b', 'uint8', 9, 5], ['s', 'object', 9], ['bin', 'object', 9], ['t', 'bool', 9], ['l', 'float32', 9, 3], ['h', 'float16', 9, 2], ['i8', 'int8', 9],
    ['u16', 'uint16', 9, 3], ['i16', 'int16', 9], ['i64', 'int64', 9, 2], ['u64', 'uint64', 9], ['u32', 'uint32', 9], ['i32', 'int32', 9, 4], ['f64', 'float64', 9], ['what', 'float32', 9, 2],
  ])
  let offset = 0
  for (const [index, { tensor, dtype }] of arrays.entries()) {
    const length = columns[index]![3]
    if (tensor && dtype.startsWith('float')) for (const value of valuesBetween(tensor, 0, 9)) assert.ok(Number(value) >= 1 && Number(value) < 2, `${columns[index]![0]}: ${String(value)}`)
    else if (tensor && dtype !== 'bool') assert.deepEqual(Buffer.from(packedBytes(tensor).subarray(0, length)), Buffer.from(sampleBytes(block, 0).subarray(offset, offset + length)))
    offset += length
  }
})

for (const [numRows, rowGroupSize, generationBatchSize, groups] of [
  [0, 4, 0, []], [1, 4, 0, [1]], [10, 4, 0, [4, 4, 2]], [8, 4, 0, [4, 4]], [10, 4, 3, [3, 3, 3, 1]], [10, 4, 6, [4, 2, 4]], [10, 1024, 0, [10]], [5, 1, 0, [1, 1, 1, 1, 1]],
] as const) {
  test(`${numRows} rows in groups of ${rowGroupSize}, written ${generationBatchSize} at a time, are ${groups.join(' + ') || 'none'}`, async () => {
    const options = layout(['a', 'b'], { rowGroupSize, generationBatchSize })
    const block = sampleBlock([9], 'uint8', numRows)
    const bytes = await encoded(parquet, block, options)
    assert.equal(parquet.encodedSize(block, options), bytes.length)
    const source = bytesSource('k', bytes)
    const footer = parseFooter(source, (await readFooterBytes(source, undefined)).bytes)
    assert.deepEqual(footer.rowGroups.map((group) => group.numRows), groups)
  })
}

for (const [what, block, options] of [
  ['rows larger than a page', sampleBlock([1500, 1500], 'uint8', 3), plain],
  ['many pages', sampleBlock([300_000], 'uint8', 30), plain],
  ['a list of nothing', sampleBlock([0, 4], 'float32', 3), plain],
  ['one element', sampleBlock([], 'int16', 3), plain],
  ['columns that are asked for one by one', sampleBlock([9], 'uint8', 5000), layout(['a', 'b'])],
] as const) {
  test(`${what}: as many bytes as announced, and each row comes back`, async () => {
    const bytes = await encoded(parquet, block, options)
    assert.equal(parquet.encodedSize(block, options), bytes.length)
    const reader = await parquet.open(bytesSource('k', bytes), { numSamples: 1 })
    assert.equal(reader.numSamples, block.numSamples)
    for (const index of [0, block.numSamples - 1]) {
      const sample = await reader.readSample(index)
      if (!options.parquet) assert.deepEqual(Buffer.from(packedBytes(sample)), Buffer.from(sampleBytes(block, index)))
    }
  })
}

test('gzip makes what can be compressed smaller, and reads the same', async () => {
  const block = { ...sampleBlock([64, 64], 'uint8', 4), fill: (_: number, __: number, into: Uint8Array) => { into.fill(7) } }
  const options: EncodeOptions = { ...plain, compression: 'gzip' }
  const bytes = await encoded(parquet, block, options)
  assert.ok(bytes.length < (await encoded(parquet, block)).length / 5)
  const sample = await (await parquet.open(bytesSource('k', bytes), { numSamples: 1 })).readSample(3)
  assert.ok(packedBytes(sample).every((byte) => byte === 7))
})

for (const [options, dtype, key] of [
  [{ ...plain, compression: 'lzf' }, 'uint8', 'dataset.compression'],
  [{ ...plain, compression: 'gzip', compressionLevel: 10 }, 'uint8', 'dataset.compression_level'],
  [plain, 'complex64', 'dataset.record_element_type'],
] as const) {
  test(`${options.compression} ${options.compressionLevel} of ${dtype} is a usage Fault that names ${key}`, async () => {
    assert.throws(() => parquet.encodedSize(sampleBlock([2], dtype, 1), options), isAbout(key))
    await assert.rejects(encoded(parquet, sampleBlock([2], dtype, 1), options), isAbout(key))
  })
}
