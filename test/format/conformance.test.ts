import assert from 'node:assert/strict'
import { test } from 'node:test'

import { formatNames, formatOfName, hasRanges, isFormatName, loadFormat, type FormatName } from '../../src/format/index.ts'
import { KiB } from '../../src/util/units.ts'
import { conformsToFormat, type Expectations } from './conformance.ts'

/** Formats that give back what they were given, byte by byte. 'synthetic' holds no samples; csv, jpeg and png have tests of their own. */
type Exact = Exclude<FormatName, 'synthetic' | 'csv' | 'jpeg' | 'png'>
const expectations: Readonly<Record<Exact, Expectations>> = {
  // The tail (64 KiB at most, the whole of smaller objects) and one member. An object of tail size is read once.
  npz: { budget: (size) => (size <= 64 * KiB ? size : size + 64 * KiB), compressions: ['zip', 'gzip'], refusedCompressions: ['lzf', 'bz2', 'xz'] },
  // The first 4 KiB, and the data.
  tfrecord: { budget: (size) => size, compressions: [], refusedCompressions: ['zip', 'gzip', 'lzf', 'bz2', 'xz'], isRaw: true },
  // The index files are not part of the object.
  indexed_binary: { budget: (size) => size, compressions: [], refusedCompressions: ['zip', 'gzip', 'lzf', 'bz2', 'xz'], isRaw: true },
  mmap_indexed_binary: { budget: (size) => size, compressions: [], refusedCompressions: ['zip', 'gzip', 'lzf', 'bz2', 'xz'], isRaw: true },
  npy: { budget: (size) => size + 4 * KiB, compressions: [], refusedCompressions: ['zip', 'gzip', 'lzf', 'bz2', 'xz'] },
  // The tail (64 KiB at most, the whole of smaller objects), and a row group.
  parquet: { budget: (size) => (size <= 64 * KiB ? size : size + 64 * KiB), compressions: ['gzip'], refusedCompressions: ['zip', 'lzf', 'bz2', 'xz'], isFlat: true, isReal: true },
  // The first 8 KiB, where metadata are, and the data.
  hdf5: { budget: (size) => size + 8 * KiB, metadata: 8 * KiB, compressions: ['gzip', 'lzf'], refusedCompressions: ['zip', 'bz2', 'xz'] },
}

for (const [name, expected] of Object.entries(expectations)) conformsToFormat(name as Exact, expected)

test('every format loads, knows its name, and has ranges where the registry says so', async () => {
  for (const name of formatNames) {
    const format = await loadFormat(name)
    assert.deepEqual([format.name, format.hasRanges ?? false], [name, hasRanges(name)])
  }
})

for (const [fileName, format] of [
  ['', undefined],
  ['npz', undefined],
  ['img_0_of_5.npz', 'npz'],
  ['data/train/IMG.NPY', 'npy'],
  ['train/img_0.hdf5', 'hdf5'],
  ['a.H5', 'hdf5'],
  ['x.npz.tmp', undefined],
  ['x.npy.npz', 'npz'],
  ['a.tfrecord', 'tfrecord'],
  ['a.tfrecords', 'tfrecord'],
  ['a.indexed_binary', 'indexed_binary'],
  ['a.mmap_indexed_binary', 'mmap_indexed_binary'],
  ['a.indexed_binary.off.idx', undefined],
  ['img.csv', 'csv'],
  ['a.JPG', 'jpeg'],
  ['a.jpeg', 'jpeg'],
  ['a.png', 'png'],
  ['part-0.parquet', 'parquet'],
] as const) {
  test(`the name "${fileName}" says ${format ?? 'nothing'}`, () => { assert.equal(formatOfName(fileName), format) })
}

for (const [name, known] of [['', false], ['npz', true], ['NPZ', false], ['toString', false], ['__proto__', false]] as const) {
  test(`"${name}" is ${known ? 'a' : 'no'} format name`, () => { assert.equal(isFormatName(name), known) })
}
