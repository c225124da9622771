// Every file of test/fixtures/parquet: the columns that PyArrow has, or a Fault that says what is wrong.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { Memo } from '../../src/format/format.ts'
import { parquet } from '../../src/format/parquet.ts'
import { elementCount } from '../../src/format/tensor.ts'
import { crc32Hex, headValues, valuesBetween } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'
import { encoded, plain, sampleBlock } from './sample-blocks.ts'

interface Column { type: string; rows: number; nulls: number; shape?: number[]; dtype?: string; crc32?: string; first16?: unknown[]; last4?: unknown[]; first16_py: unknown[]; last4_py: unknown[] }
interface Case { file: string; description: string; expect: 'ok' | 'error' | 'ok-or-unsupported'; reference: { rows: number; row_groups: number; columns: Record<string, Column> } }

const files = readdirSync(fixture('parquet')).filter((file) => file.endsWith('.json'))
test('there are fixtures of parquet', () => { assert.ok(files.length >= 30) })

for (const file of files) {
  const about = JSON.parse(readFileSync(fixture('parquet', file), 'utf8')) as Case
  const bytes = readFileSync(fixture('parquet', about.file))
  test(`parquet/${about.file}: ${about.expect} (${about.description})`, { timeout: 10_000 }, async () => {
    if (about.expect === 'error') {
      await assert.rejects(parquet.inspect(bytesSource('object', bytes), { numSamples: 1 }), (error) => isFault(error, 'format') && error.info.reason === 'damaged' && error.message.startsWith('object '))
      return
    }
    const { numSamples, arrays } = await parquet.inspect(bytesSource('object', bytes), { numSamples: 1 })
    assert.equal(numSamples, about.reference.rows)
    assert.deepEqual(arrays.map(({ name }) => name), Object.keys(about.reference.columns))
    for (const { name, tensor, shape } of arrays) {
      const expected = about.reference.columns[name]!
      assert.equal(shape[0], expected.rows)
      // Of a list without rows, nobody but Arrow's own notes knows the length.
      const isKnown = expected.crc32 !== undefined && expected.rows > 0
      if (!tensor) {
        assert.ok(!isKnown, `the values of ${name} are not read`)
        continue
      }
      if (!isKnown) continue
      assert.deepEqual([tensor.shape, tensor.dtype, crc32Hex(tensor)], [expected.shape, expected.dtype, expected.crc32])
      const count = elementCount(tensor.shape)
      assert.deepEqual([headValues(tensor), valuesBetween(tensor, Math.max(0, count - 4), count)], [expected.first16, expected.last4])
    }
  })
}

/** The sample of row `index`: of column `data`, else of the first one of numbers. */
for (const [file, index, values] of [
  ['nulls.parquet', 0, [1]],
  ['nulls.parquet', 1, ['NaN']],
  ['fixed-size-list-null-elements.parquet', 1, ['NaN', 4]],
  ['list-variable.parquet', 0, [1, 2, 3]],
  ['list-variable.parquet', 1, []],
  ['list-variable.parquet', 2, []],
  ['list-variable.parquet', 3, [4, 'NaN']],
  ['row-groups.parquet', 99, [247]],
  ['types.parquet', 3, [-128]],
] as const) {
  test(`sample ${index} of ${file} is [${values.join(', ')}]`, async () => {
    const reader = await parquet.open(bytesSource('k', readFileSync(fixture('parquet', file))), { numSamples: 1 })
    assert.deepEqual(headValues(await reader.readSample(index)), values)
  })
}

for (const file of ['struct.parquet', 'temporal-decimal.parquet', 'fixed-len-binary.parquet']) {
  test(`${file} has no column that could be a sample, and that is said`, async () => {
    await assert.rejects(parquet.open(bytesSource('k', readFileSync(fixture('parquet', file))), { numSamples: 1 }), (error) => isFault(error, 'format') && error.info.reason === 'unsupported')
  })
}

const rows = Array.from({ length: 256 }, (_, index) => index)
for (const [what, indexes, columns, ranges] of [
  ['one row', [70], undefined, 1],
  ['two rows of one row group, not neighbours', [64, 127], undefined, 1],
  ['rows of two row groups', [0, 255], undefined, 2],
  ['all rows', rows, undefined, 4],
  ['one column', [70], ['label'], 1],
] as const) {
  test(`${what}: once the footer is known, ${ranges} ${ranges === 1 ? 'range' : 'ranges'}, and nothing more to read`, async () => {
    const bytes = readFileSync(fixture('parquet', 'dlio-columns.parquet'))
    const memo = memory()
    const first = countingSource('k', bytes)
    await (await parquet.open(first, { numSamples: 256, memo })).readSample(0)
    assert.equal(first.ranges.length, 1, 'a small object comes with its footer')

    const source = countingSource('k', bytes)
    const reader = await parquet.open(source, { numSamples: 256, memo, ...(columns ? { columns } : {}) })
    assert.equal(source.ranges.length, 0, 'the footer was remembered')
    await reader.prepare!(indexes)
    assert.equal(source.ranges.length, ranges)
    for (const index of indexes) assert.equal((await reader.readSample(index)).dtype, columns ? 'int64' : 'float32')
    assert.equal(source.ranges.length, ranges)
  })
}

/** A Memo that keeps what it is given. */
function memory(): Memo {
  let kept: unknown
  return { get: () => kept, set: (value) => { kept = value } }
}

test('of a large object, the end and then what is wanted', async () => {
  const bytes = await encoded(parquet, sampleBlock([300, 300], 'uint8', 6), { ...plain, parquet: { columns: [], rowGroupSize: 2, generationBatchSize: 0 } })
  const source = countingSource('k', bytes)
  const reader = await parquet.open(source, { numSamples: 6 })
  await reader.readSample(0)
  assert.equal(source.ranges.length, 2)
  assert.ok(source.bytesRead < bytes.length / 2)
})

test('a column that is not there is named, with those that are', async () => {
  await assert.rejects(parquet.open(bytesSource('k', readFileSync(fixture('parquet', 'dlio-columns.parquet'))), { numSamples: 1, columns: ['nonsense'] }), (error) =>
    isFault(error, 'format') && error.message.includes('"nonsense"') && error.hint!.includes('dlio, label'))
})

test('a failed read is not remembered', async () => {
  const inner = bytesSource('k', readFileSync(fixture('parquet', 'dlio-columns.parquet')))
  const memo = memory()
  await parquet.open(inner, { numSamples: 1, memo })
  let fails = true
  const reader = await parquet.open({ ...inner, read: async (offset, length) => { if (fails) throw new Error('lost'); return inner.read(offset, length) } }, { numSamples: 1, memo })
  await assert.rejects(reader.readSample(0), /lost/)
  fails = false
  assert.deepEqual((await reader.readSample(0)).shape, [16])
})
