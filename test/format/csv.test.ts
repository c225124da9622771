import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import zlib from 'node:zlib'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { csv } from '../../src/format/csv.ts'
import { headValues, packedBytes, valuesBetween } from '../../src/format/tensor-values.ts'
import type { DType } from '../../src/format/tensor.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

/** A usage Fault about that key. */
const isAbout = (key: string) => (error: unknown): boolean => isFault(error, 'usage') && error.info.key === key

async function table(bytes: Uint8Array): Promise<[dtype: string, ...rows: unknown[][]]> {
  const reader = await csv.open(bytesSource('k', bytes), { numSamples: 1 })
  const rows: unknown[][] = []
  let dtype = ''
  for (let index = 0; index < reader.numSamples; index++) {
    const sample = await reader.readSample(index)
    dtype = sample.dtype
    rows.push(headValues(sample))
  }
  return [dtype, ...rows]
}

for (const [text, expected] of [
  ['', ['']],
  ['\n\r\n', ['']],
  ['0', ['int64', [0]]],
  ['1,2\n3,4\n', ['int64', [1, 2], [3, 4]]],
  ['1,2\r\n3,4', ['int64', [1, 2], [3, 4]]],
  ['1,2\r3,4\r', ['int64', [1, 2], [3, 4]]],
  ['\n1,2\n\n3,4\n\n', ['int64', [1, 2], [3, 4]]],
  ['\ufeff7\n', ['int64', [7]]],
  ['-1,+2, 3 \n', ['int64', [-1, 2, 3]]],
  ['1.0,2\n', ['float64', [1, 2]]],
  ['.5,5.,-1e-3,1E5\n', ['float64', [0.5, 5, -0.001, 100_000]]],
  ['0.1,0.30000000000000004,1.7976931348623157e+308,5e-324\n', ['float64', [0.1, 0.300_000_000_000_000_04, 1.797_693_134_862_315_7e308, 5e-324]]],
  ['1,\n,2\n', ['float64', [1, 'NaN'], ['NaN', 2]]],
  ['1,', ['float64', [1, 'NaN']]],
  ['nan,inf,-Infinity\n', ['float64', ['NaN', 'Infinity', '-Infinity']]],
  ['"1","2"\n3,4\n', ['int64', [1, 2], [3, 4]]],
  ['"1.5"\r\n"-2"\r\n', ['float64', [1.5], [-2]]],
  ['True,False\nFalse,True\n', ['bool', [true, false], [false, true]]],
  ['123456789012345,-999999999999999\n', ['int64', [123_456_789_012_345, -999_999_999_999_999]]],
  ['9223372036854775807,-9223372036854775808\n', ['int64', ['9223372036854775807', '-9223372036854775808']]],
  ['9007199254740993,1\n', ['int64', ['9007199254740993', 1]]],
  ['18446744073709551615,1\n', ['uint64', ['18446744073709551615', 1]]],
  ['18446744073709551616\n', ['float64', [2 ** 64]]],
  ['18446744073709551615,-1\n', ['float64', [2 ** 64, -1]]],
] as const) {
  test(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, async () => { assert.deepEqual(await table(Buffer.from(text)), expected) })
}

for (const [text, reason, words] of [
  ['a,b\n1,2\n', 'unsupported', 'row 0, column 0 is "a"'],
  ['1,2\n3,True\n', 'unsupported', 'text'],
  ['1,2\n3\n', 'damaged', 'expect 2, got 1'],
  ['1\n2,3\n', 'damaged', 'expect 1, got 2'],
  ['"1\n', 'damaged', 'Quote'],
  ['1,"2"3\n', 'damaged', 'Quote'],
] as const) {
  test(`${JSON.stringify(text)} is ${reason}: ${words}`, async () => {
    await assert.rejects(csv.open(bytesSource('k', Buffer.from(text)), { numSamples: 1 }), (error) => isFault(error, 'format') && error.info.reason === reason && error.message.includes(words))
  })
}

test('inspect lists the types of columns where some are words', async () => {
  const { numSamples, arrays } = await csv.inspect(bytesSource('k', readFileSync(fixture('csv', 'words.csv'))), { numSamples: 1 })
  assert.equal(numSamples, 2)
  assert.deepEqual(arrays, [{ name: '0', dtype: 'int64', shape: [2] }, { name: '1', dtype: 'object', shape: [2] }])
})

test('gzip is told by its first bytes, whatever the name says', async () => {
  assert.equal((await table(readFileSync(fixture('csv', 'gzip.csv')))).length, 41)
})

test('damaged gzip and a bomb are Faults', async () => {
  const bytes = zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024, '1'))
  await assert.rejects(table(bytes), (error) => isFault(error, 'format') && error.info.reason === 'refused')
  await assert.rejects(table(bytes.subarray(0, 100)), (error) => isFault(error, 'format') && error.info.reason === 'damaged')
})

/** Values of a sample as a row of the table gives them: every whole number and float is told apart. */
const types: readonly (readonly [DType, string])[] = [
  ['bool', 'bool'], ['int8', 'int64'], ['uint8', 'int64'], ['int16', 'int64'], ['uint16', 'int64'], ['int32', 'int64'], ['uint32', 'int64'], ['int64', 'int64'],
  ['float16', 'float64'], ['float32', 'float64'], ['float64', 'float64'],
]
for (const [dtype, asRead] of types) {
  for (const [shape, numSamples] of [[[1], 1], [[5, 7], 3], [[300, 301], 2]] as const) {
    for (const compression of ['none', 'gzip'] as const) {
      test(`${numSamples} × ${dtype}[${shape.join(',')}] with compression ${compression}: what is written is read`, async () => {
        const block = contentOf(shape, dtype, numSamples)
        const options = { compression, compressionLevel: 1 }
        assert.equal(csv.encodedSize(block, options), undefined)
        const bytes = await encoded(csv, block, options)
        assert.equal(bytes.readUInt16BE(0) === 0x1f8b, compression === 'gzip')
        const reader = await csv.open(bytesSource('k', bytes), { numSamples })
        assert.equal(reader.numSamples, numSamples)
        for (const index of [numSamples - 1, 0]) {
          const sample = await reader.readSample(index)
          const count = shape.reduce((product: number, length) => product * length, 1)
          assert.deepEqual([sample.dtype, sample.shape], [asRead, [count]])
          const original = { dtype, shape: [count], strides: [packedBytes(sample).length / count], bytes: sampleBytes(block, index), offset: 0 }
          const expected = valuesBetween({ ...original, strides: [original.bytes.length / count] }, 0, count)
          assert.deepEqual(dtype === 'float16' || dtype === 'float32' ? valuesBetween(sample, 0, count).map((value) => nearest(dtype, Number(value))) : valuesBetween(sample, 0, count), expected)
        }
        for (const index of [-1, numSamples, 0.5]) await assert.rejects(reader.readSample(index), (error) => isFault(error, 'format'))
      })
    }
  }
}

function nearest(dtype: DType, value: number): number {
  return dtype === 'float32' ? Math.fround(value) : Math.round(value * 1024) / 1024
}

/** Floats from 1 up to 2, as generated data sets hold them, and truth values of one bit. */
function contentOf(shape: readonly number[], dtype: DType, numSamples: number): ReturnType<typeof sampleBlock> {
  const block = sampleBlock(shape, dtype, numSamples)
  const at: Partial<Record<DType, (place: number, byte: number) => number>> = {
    bool: (_, byte) => byte & 1,
    float16: (place, byte) => (place % 2 === 1 ? byte & 3 | 0x3c : byte),
    float32: (place, byte) => (place % 4 === 3 ? 0x3f : place % 4 === 2 ? byte | 0x80 : byte),
    float64: (place, byte) => (place % 8 === 7 ? 0x3f : place % 8 === 6 ? byte | 0xf0 : byte),
  }
  return {
    ...block,
    fill(index, offset, into) {
      block.fill(index, offset, into)
      const change = at[dtype]
      if (change) for (let i = 0; i < into.length; i++) into[i] = change(offset + i, into[i]!)
    },
  }
}

for (const [dtype, compression, key] of [
  ['uint8', 'bz2', 'dataset.compression'], ['uint8', 'zip', 'dataset.compression'], ['uint8', 'xz', 'dataset.compression'], ['uint8', 'lzf', 'dataset.compression'],
  ['complex64', 'none', 'dataset.record_element_type'],
] as const) {
  test(`${dtype} with compression ${compression} is a usage Fault that names ${key}`, async () => {
    assert.throws(() => csv.encodedSize(sampleBlock([2], dtype, 1), { ...plain, compression }), isAbout(key))
    await assert.rejects(encoded(csv, sampleBlock([2], dtype, 1), { ...plain, compression }), isAbout(key))
  })
}

test('a file is rows of numbers, without header, each ended by a line feed', async () => {
  assert.equal(String(await encoded(csv, sampleBlock([1, 3], 'uint8', 2))), '7,38,69\n108,139,170\n')
})
