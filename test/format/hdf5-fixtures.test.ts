// Every file of test/fixtures/hdf5: what h5py reads is read with the same values, by our own parser and by the library alike;
// what must fail fails with the right Fault. From the whole object, and by ranges.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { ByteSource } from '../../src/format/format.ts'
import { hdf5 } from '../../src/format/hdf5.ts'
import { Unfamiliar } from '../../src/format/hdf5-file.ts'
import { hdf5Library } from '../../src/format/hdf5-library.ts'
import { Pages } from '../../src/format/hdf5-pages.ts'
import { rowsOf } from '../../src/format/hdf5-reader.ts'
import { libraryTree, parsedTree } from '../../src/format/hdf5-tree.ts'
import { inspectionJson, type ArrayJson } from '../../src/format/inspection.ts'
import { crc32Hex, valuesBetween } from '../../src/format/tensor-values.ts'
import { elementCount } from '../../src/format/tensor.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'

interface Values { shape: number[]; dtype: string; bytes: number; crc32: string; first16: unknown[]; last4: unknown[]; row0_crc32?: string; last_row_crc32?: string }
interface Case {
  file: string
  description: string
  expect: 'ok' | 'unsupported' | 'refuse' | 'error' | 'ok-or-unsupported'
  reference: { ok: boolean; datasets?: Record<string, Values | { ok: false } | { link: string }>; dataset_count?: number }
}

const reasons = { error: 'damaged', unsupported: 'unsupported', refuse: 'refused' } as const
const numbers = /^(u?int|float|complex|bool)/

const cases = readdirSync(fixture('hdf5')).filter((file) => file.endsWith('.json')).map((file) => JSON.parse(readFileSync(fixture('hdf5', file), 'utf8')) as Case)

/** Data sets of numbers that h5py read, by path. */
function readable({ reference }: Case): [string, Values][] {
  return Object.entries(reference.datasets ?? {}).filter((entry): entry is [string, Values] => 'crc32' in entry[1] && numbers.test(entry[1].dtype))
}

function assertValues(array: ArrayJson | undefined, values: Values, path: string): void {
  assert.ok(array, `${path} is missing`)
  assert.deepEqual({ shape: array.shape, dtype: array.dtype, bytes: array.bytes, crc32: array.crc32, head: array.head },
    { shape: values.shape, dtype: values.dtype, bytes: values.bytes, crc32: values.crc32, head: values.first16 }, path)
}

async function assertSamples(source: ByteSource, about: Case): Promise<void> {
  const [path, values] = readable(about).find(([name]) => name === '/records_0') ?? []
  if (!path || !values) return
  const reader = await hdf5.open(source, { numSamples: 1 })
  assert.equal(reader.numSamples, values.shape[0] ?? 1)
  if (values.shape.length === 0) assert.equal(crc32Hex(await reader.readSample(0)), values.crc32)
  if (values.row0_crc32) assert.equal(crc32Hex(await reader.readSample(0)), values.row0_crc32)
  if (values.last_row_crc32) assert.equal(crc32Hex(await reader.readSample(reader.numSamples - 1)), values.last_row_crc32)
}

async function faultOf(source: ByteSource): Promise<Fault<'format'> | undefined> {
  try {
    const reader = await hdf5.open(source, { numSamples: 1 })
    for (let index = 0; index < reader.numSamples; index++) await reader.readSample(index)
  } catch (error) {
    if (isFault(error, 'format')) return error
    throw error
  }
  return undefined
}

test('there are fixtures of hdf5', () => { assert.ok(cases.length >= 70) })

for (const about of cases) {
  for (const [mode, sourceOf] of [['whole object', bytesSource], ['ranges', countingSource]] as const) {
    test(`hdf5/${about.file}, ${mode}: ${about.expect} (${about.description})`, { timeout: 30_000 }, async () => {
      const source = sourceOf('object', readFileSync(fixture('hdf5', about.file)))
      if (about.expect.startsWith('ok')) {
        const inspection = inspectionJson('hdf5', source.size, await hdf5.inspect(source, { numSamples: 1 }))
        for (const [path, values] of readable(about)) assertValues(inspection.arrays.find(({ name }) => name === path), values, path)
        const { datasets = {}, dataset_count: count } = about.reference
        assert.equal(inspection.arrays.length, count ?? Object.values(datasets).filter((each) => 'shape' in each).length)
        await assertSamples(source, about)
        return
      }
      const before = process.memoryUsage().arrayBuffers
      const fault = await faultOf(source)
      assert.equal(fault?.info.reason, reasons[about.expect as keyof typeof reasons])
      assert.equal(fault.info.key, 'object')
      assert.ok(fault.message.startsWith('object '), fault.message)
      assert.ok(process.memoryUsage().arrayBuffers - before < MiB, 'a refused file took memory')
    })
  }
}

test('an object without data sets says so', async () => {
  await assert.rejects(hdf5.open(bytesSource('k', readFileSync(fixture('hdf5', 'empty-file.hdf5'))), { numSamples: 1 }), (error) => isFault(error, 'format') && error.message.includes('no records_0'))
})

for (const [file, dtype] of [['type-string-fixed.hdf5', '|S5'], ['type-string-vlen.hdf5', 'string'], ['type-opaque.hdf5', '|V4'], ['type-compound.hdf5', 'compound of 2 members']] as const) {
  test(`inspect describes ${file} without values`, async () => {
    const { arrays } = await hdf5.inspect(bytesSource(file, readFileSync(fixture('hdf5', file))), { numSamples: 1 })
    assert.deepEqual(arrays.map(({ name, dtype: found, tensor }) => [name, found, tensor]), [['/records_0', dtype, undefined]])
  })
}

/** What the library reads of these is left to it alone. */
const unfamiliar = ['chunk-btree2-gzip', 'chunk-btree2', 'groups-300-datasets-v3', 'scaleoffset-int', 'szip']

test('our own parser is familiar with all but these', () => {
  const found = cases.filter(({ expect }) => expect.startsWith('ok')).filter(({ file }) => {
    const pages = new Pages({ key: file, size: readFileSync(fixture('hdf5', file)).length })
    pages.add(0, readFileSync(fixture('hdf5', file)))
    try {
      return parsedTree(pages).all().some(({ type, storage }) => type.dtype !== undefined && storage.kind === 'library')
    } catch (error) {
      if (error instanceof Unfamiliar) return true
      throw error
    }
  })
  assert.deepEqual(found.map(({ file }) => file.replace('.hdf5', '')), unfamiliar)
})

/** The library has neither h5py's lzf, nor arrays as NumPy has them, nor enumerations as numbers. */
const notOfTheLibrary = ['lzf.hdf5', 'type-array.hdf5', 'type-enum.hdf5']

for (const about of cases.filter(({ expect, file }) => expect.startsWith('ok') && !notOfTheLibrary.includes(file) && !file.startsWith('groups-300'))) {
  test(`the library reads the same in ${about.file}`, async () => {
    const bytes = readFileSync(fixture('hdf5', about.file))
    const source = bytesSource('object', bytes), pages = new Pages(source)
    pages.add(0, bytes)
    const library = await hdf5Library()
    for (const [path, values] of readable(about)) {
      const dataSet = library.use(pages, (file) => libraryTree('object', file).find(path))
      assert.ok(dataSet, path)
      assert.equal(dataSet.type.name, values.dtype)
      const tensor = await rowsOf(source, pages, dataSet, { first: 0, count: dataSet.shape[0] ?? 1 })
      assert.equal(crc32Hex(tensor), values.crc32, path)
      const count = elementCount(tensor.shape)
      assert.deepEqual(valuesBetween(tensor, Math.max(0, count - 4), count), values.last4)
    }
  })
}
