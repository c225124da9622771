import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { EncodeOptions, Memo, SampleBlock } from '../../src/format/format.ts'
import { hdf5 } from '../../src/format/hdf5.ts'
import { hdf5Library } from '../../src/format/hdf5-library.ts'
import { Pages } from '../../src/format/hdf5-pages.ts'
import { rowsOf } from '../../src/format/hdf5-reader.ts'
import { libraryTree, parsedTree } from '../../src/format/hdf5-tree.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import type { DType } from '../../src/format/tensor.ts'
import { isFault } from '../../src/util/fault.ts'
import { KiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

const layout = { numDsetPerRecord: 1, chunkDims: [], maxShape: [], dropsUnitAxis: false }
const chunked = (chunkDims: readonly number[], compression: EncodeOptions['compression'] = 'none'): EncodeOptions => ({ compression, compressionLevel: 4, hdf5: { ...layout, chunkDims } })

function memory(): Memo & { bytes: number } {
  let value: unknown
  return {
    bytes: 0,
    get: () => value,
    set(given, bytes) {
      value = given
      this.bytes = bytes
    },
  }
}

for (const [title, options, ranges] of [
  ['contiguous', plain, 1],
  ['in chunks of a part of a sample', chunked([1, 64, 300]), 4],
  ['in chunks of two samples', chunked([2, 256, 1024]), 1],
  ['in deflated chunks', chunked([1, 100, 1024], 'gzip'), 1],
] as const) {
  test(`a sample ${title} costs metadata and its own bytes; the next opening costs no metadata`, async () => {
    const block = sampleBlock([256, 1024], 'uint8', 12)
    const bytes = await encoded(hdf5, block, options)
    const memo = memory()
    const first = countingSource('k', bytes)
    const reader = await hdf5.open(first, { numSamples: 1, memo })
    assert.equal(first.ranges.length, 1)
    assert.ok(first.bytesRead <= 8 * KiB, `${first.bytesRead} bytes of metadata`)
    assert.ok(memo.bytes > 0)
    assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(7))), Buffer.from(sampleBytes(block, 7)))

    const second = countingSource('k', bytes)
    const again = await hdf5.open(second, { numSamples: 1, memo })
    assert.equal(second.ranges.length, 0)
    assert.equal(again.numSamples, 12)
    assert.deepEqual(Buffer.from(packedBytes(await again.readSample(3))), Buffer.from(sampleBytes(block, 3)))
    assert.ok(second.ranges.length <= ranges, `${second.ranges.length} ranges`)
    assert.ok(second.bytesRead <= 2 * 256 * KiB + 16 * KiB, `${second.bytesRead} bytes for a sample of 256 KiB`)
  })

  test(`samples ${title} that were prepared for read no more, and neighbours come in one range`, async () => {
    const block = sampleBlock([256, 1024], 'uint8', 12)
    const source = countingSource('k', await encoded(hdf5, block, options))
    const reader = await hdf5.open(source, { numSamples: 1 })
    await reader.prepare!([4, 2, 3, 9])
    const fetched = source.ranges.length
    assert.equal(fetched, 1 + 2)
    for (const index of [9, 2, 3, 4]) assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(block, index)))
    assert.equal(source.ranges.length, fetched)
  })
}

for (const [title, options] of [
  ['contiguous', plain],
  ['in chunks that follow each other, the last over the edge', chunked([1, 10, 64])],
  ['in chunks of several samples', chunked([2, 64, 64])],
] as const) {
  test(`samples of a whole object ${title} are views of it`, async () => {
    const block = sampleBlock([64, 64], 'float32', 3)
    const bytes = await encoded(hdf5, block, options)
    const reader = await hdf5.open(bytesSource('k', bytes), { numSamples: 1 })
    for (const index of [1, 2, 0]) {
      const sample = await reader.readSample(index)
      assert.equal(sample.bytes.buffer, bytes.buffer)
      assert.deepEqual(Buffer.from(packedBytes(sample)), Buffer.from(sampleBytes(block, index)))
    }
  })
}

for (const [shape, dtype, options] of [
  [[400], 'uint8', chunked([1, 90])], [[400], 'uint8', chunked([3, 90])],
  [[362, 362], 'uint8', chunked([1, 91, 91])], [[362, 362], 'uint8', chunked([2, 91, 91])], [[362, 362], 'uint8', chunked([4, 362, 10])],
  [[30, 40], 'float32', chunked([1, 7, 9])], [[300, 3], 'float64', chunked([4, 300, 2])],
  [[3, 2, 70_001], 'float32', chunked([1, 2, 1, 30_000])], [[2, 900, 1100], 'uint8', chunked([1, 1, 800, 1000])],
  [[5, 6, 7], 'int16', chunked([2, 2, 4, 3])], [[1, 50, 7], 'uint16', chunked([1, 1, 20, 3])],
] as const satisfies readonly (readonly [readonly number[], DType, EncodeOptions])[]) {
  for (const compression of ['none', 'gzip'] as const) {
    test(`4 × ${dtype}[${shape.join(',')}] in chunks of ${options.hdf5?.chunkDims.join(' × ')}, ${compression}`, async () => {
      const block = sampleBlock(shape, dtype, 4)
      const bytes = await encoded(hdf5, block, { ...options, compression })
      for (const source of [countingSource('k', bytes), bytesSource('k', bytes)]) {
        const reader = await hdf5.open(source, { numSamples: 1 })
        for (const index of [3, 0, 2]) assert.ok(Buffer.from(packedBytes(await reader.readSample(index))).equals(sampleBytes(block, index)), `sample ${index}`)
      }
    })
  }
}

test('decoded samples are put into the memory that a source lends', async () => {
  const block = sampleBlock([64, 64], 'uint8', 2)
  const lent: Uint8Array[] = []
  const source = { ...bytesSource('k', await encoded(hdf5, block, chunked([1, 10, 40]))), scratch(length: number) { return lent[lent.push(new Uint8Array(length)) - 1]! } }
  const sample = await (await hdf5.open(source, { numSamples: 1 })).readSample(1)
  assert.equal(sample.bytes, lent[0])
  assert.deepEqual(Buffer.from(packedBytes(sample)), Buffer.from(sampleBytes(block, 1)))
})

test('chunks of which only a part is wanted are decoded one after the other in the same memory', async () => {
  const block = sampleBlock([64, 64], 'uint8', 5)
  const lent: number[] = []
  // Sample 4 is alone in chunks for four samples.
  const source = { ...bytesSource('k', await encoded(hdf5, block, chunked([4, 10, 64], 'gzip'))), scratch(length: number) { return new Uint8Array(lent[lent.push(length) - 1]!) } }
  const sample = await (await hdf5.open(source, { numSamples: 1 })).readSample(4)
  assert.deepEqual(Buffer.from(packedBytes(sample)), Buffer.from(sampleBytes(block, 4)))
  assert.deepEqual(lent, [64 * 64, 4 * 10 * 64])
})

test('openings of one thread may interleave, the library among them', async () => {
  const files = ['szip.hdf5', 'chunk-btree2.hdf5', 'groups-300-datasets-v3.hdf5', 'gzip-1.hdf5', 'scaleoffset-int.hdf5']
  const alone: number[] = []
  for (const file of files) alone.push((await hdf5.open(countingSource(file, readFileSync(fixture('hdf5', file))), { numSamples: 1 })).numSamples)
  const together = await Promise.all(files.flatMap((file) => [0, 1].map(async () => {
    const reader = await hdf5.open(countingSource(file, readFileSync(fixture('hdf5', file))), { numSamples: 1 })
    await reader.readSample(0)
    return reader.numSamples
  })))
  assert.deepEqual(together, alone.flatMap((count) => [count, count]))
})

test('what the library reads of a large object comes by ranges', async () => {
  // The same metadata, and an object that ends far behind them.
  const source = countingSource('k', Buffer.concat([readFileSync(fixture('hdf5', 'chunk-btree2.hdf5')), Buffer.alloc(1 << 20)]))
  const reader = await hdf5.open(source, { numSamples: 1 })
  await reader.readSample(0)
  assert.ok(source.bytesRead < 64 * KiB, `${source.bytesRead} bytes`)
})

test('a library that broke is made anew', async () => {
  const broken = await hdf5Library()
  broken.isBroken = true
  const next = await hdf5Library()
  assert.notEqual(next, broken)
  const reader = await hdf5.open(bytesSource('szip', readFileSync(fixture('hdf5', 'szip.hdf5'))), { numSamples: 1 })
  assert.equal((await reader.readSample(63)).shape[0], 64)
})

test('the errors of the library are not printed, and what it says is in the message', async () => {
  const bytes = readFileSync(fixture('hdf5', 'szip.hdf5'))
  const pages = new Pages({ key: 'k', size: 2000 })
  pages.add(0, bytes.subarray(0, 2000))
  const library = await hdf5Library()
  assert.throws(() => library.use(pages, (file) => file.names()), (error) => isFault(error, 'format') && error.info.reason === 'damaged' && error.message.includes('truncated file'))
})

for (const [shape, dtype, numSamples, options] of [
  [[0, 4], 'uint8', 1, plain],
  [[3, 5], 'int16', 0, plain],
  [[7], 'uint8', 3, plain],
  [[5, 7], 'int64', 3, plain],
  [[5, 7], 'bool', 3, plain],
  [[4, 3, 2], 'float32', 3, plain],
  [[64, 64], 'uint8', 4, chunked([1, 24, 40])],
  [[64, 64], 'uint8', 4, chunked([4, 64, 64])],
  [[64, 64], 'float64', 4, chunked([3, 10, 64], 'gzip')],
  [[64, 64], 'uint16', 1, chunked([1, 64, 64], 'gzip')],
  [[64, 64], 'uint8', 2, chunked([1, 1, 1])],
  [[64, 64], 'uint8', 4, { ...plain, hdf5: { ...layout, maxShape: [100, 90] } }],
  [[12, 16, 8], 'uint8', 3, { ...plain, hdf5: { ...layout, numDsetPerRecord: 12 } }],
] as const satisfies readonly (readonly [readonly number[], DType, number, EncodeOptions])[]) {
  test(`the library reads our ${numSamples} × ${dtype}[${shape.join(',')}] ${JSON.stringify(options)}`, async () => {
    const block = sampleBlock(shape, dtype, numSamples)
    const bytes = await encoded(hdf5, block, options)
    const source = bytesSource('k', bytes), pages = new Pages(source)
    pages.add(0, bytes)
    const library = await hdf5Library()
    const all = library.use(pages, (file) => libraryTree('k', file).all())
    const parts = 'hdf5' in options ? options.hdf5.numDsetPerRecord : 1
    assert.deepEqual(all.map(({ path }) => path), ['/labels', ...Array.from({ length: parts }, (_, index) => `/records_${index}`).toSorted()])
    for (const dataSet of all.slice(1)) {
      assert.equal(dataSet.type.name, dtype)
      const array = await rowsOf(source, pages, dataSet, { first: 0, count: numSamples })
      const expected = Array.from({ length: numSamples }, (_, index) => { const sample = sampleBytes(block, index); return sample.subarray(0, sample.length / parts) })
      assert.deepEqual(Buffer.from(packedBytes(array)), Buffer.concat(expected))
    }
  })
}

for (const [title, shape, changes, key] of [
  ['data sets that do not divide the first axis', [4, 4], { numDsetPerRecord: 3 }, 'dataset.hdf5.num_dset_per_record'],
  ['chunks of other axes', [4, 4], { chunkDims: [2, 2] }, 'dataset.hdf5.chunk_dims'],
  ['chunks larger than the data set', [4, 4], { chunkDims: [1, 5, 4] }, 'dataset.hdf5.chunk_dims'],
  ['a largest shape that is smaller', [4, 4], { maxShape: [4, 3] }, 'dataset.hdf5.max_shape'],
  ['a largest shape of other axes', [4, 4], { maxShape: [4] }, 'dataset.hdf5.max_shape'],
] as const) {
  test(`${title} are a usage Fault that names the key`, () => {
    assert.throws(() => hdf5.encodedSize(sampleBlock(shape, 'uint8', 3), { ...plain, hdf5: { ...layout, ...changes } }), (error) => isFault(error, 'usage') && error.info.key === key)
  })
}

for (const [shape, options, expected] of [
  [[1, 5], { ...plain, hdf5: { ...layout, dropsUnitAxis: true } }, [5]],
  [[2, 5], { ...plain, hdf5: { ...layout, dropsUnitAxis: true } }, [2, 5]],
  [[4, 5], { ...plain, hdf5: { ...layout, numDsetPerRecord: 2 } }, [2, 5]],
] as const) {
  test(`records of [${shape.join(', ')}] become samples of [${expected.join(', ')}] with ${JSON.stringify(options.hdf5)}`, async () => {
    const reader = await hdf5.open(bytesSource('k', await encoded(hdf5, sampleBlock(shape, 'uint8', 3), options)), { numSamples: 3 })
    assert.deepEqual((await reader.readSample(2)).shape, expected)
  })
}

test('chunks that lzf cannot shorten are stored as they are, with the bit of the filter set', async () => {
  const block: SampleBlock = {
    fileIndex: 0, numSamples: 4, shape: [64, 64], dtype: 'uint8',
    fill(index, offset, into) { for (let i = 0; i < into.length; i++) into[i] = index === 2 ? 5 : Number(BigInt.asUintN(64, BigInt(7 + offset + i + 4096 * index) ** 9n * 0x9e3779b97f4a7c15n) >> 48n) & 0xff },
  }
  const bytes = await encoded(hdf5, block, chunked([1, 64, 64], 'lzf'))
  const pages = new Pages({ key: 'k', size: bytes.length })
  pages.add(0, bytes)
  const storage = parsedTree(pages).find('/records_0')!.storage
  assert.ok(storage.kind === 'chunked' && storage.sizes && storage.masks)
  assert.deepEqual([...storage.masks], [1, 1, 0, 1])
  assert.ok(storage.sizes[2]! < 100)
  assert.deepEqual([...storage.sizes].toSpliced(2, 1), [4096, 4096, 4096])
  const reader = await hdf5.open(bytesSource('k', bytes), { numSamples: 4 })
  for (const index of [0, 2, 3]) assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(block, index)))
})

test('the same samples are the same bytes, whenever they are written', async () => {
  const block = sampleBlock([64, 64], 'uint8', 4)
  for (const options of [plain, chunked([1, 24, 40]), chunked([2, 64, 64], 'gzip'), chunked([2, 64, 64], 'lzf')]) {
    assert.deepEqual(await encoded(hdf5, block, options), await encoded(hdf5, block, options))
  }
})
