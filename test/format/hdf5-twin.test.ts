// Objects that look like the last one are not parsed again: they must be read as if they had been.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { ByteSource, EncodeOptions, SampleBlock } from '../../src/format/format.ts'
import { hdf5 } from '../../src/format/hdf5.ts'
import { Pages } from '../../src/format/hdf5-pages.ts'
import { parsedTree } from '../../src/format/hdf5-tree.ts'
import { Hdf5Twin } from '../../src/format/hdf5-twin.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource } from './counting-source.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

const layout = { numDsetPerRecord: 1, chunkDims: [], maxShape: [], dropsUnitAxis: false }

/** Blocks whose content differs. */
function blockOf(seed: number, shape: readonly number[] = [60, 50]): SampleBlock {
  const block = sampleBlock(shape, 'uint8', 3)
  return { ...block, fill(index, offset, into) { block.fill(index + 3 * seed, offset, into) } }
}

async function isRead(source: ByteSource, block: SampleBlock): Promise<void> {
  const reader = await hdf5.open(source, { numSamples: 1 })
  assert.equal(reader.numSamples, block.numSamples)
  for (const index of [2, 0]) {
    const sample = await reader.readSample(index)
    assert.deepEqual(sample.shape, block.shape)
    assert.ok(Buffer.from(packedBytes(sample)).equals(sampleBytes(block, index)), `sample ${index}`)
  }
}

for (const [title, options] of [
  ['contiguous', plain],
  ['chunked', { ...plain, hdf5: { ...layout, chunkDims: [1, 31, 27] } }],
  ['deflated', { ...plain, compression: 'gzip', hdf5: { ...layout, chunkDims: [2, 31, 27] } }],
] as const satisfies readonly (readonly [string, EncodeOptions])[]) {
  for (const [kind, sourceOf] of [['whole', bytesSource], ['by ranges', countingSource]] as const) {
    test(`objects that are alike, ${title}, ${kind}, are each read as they are`, async () => {
      for (const seed of [1, 2, 3]) await isRead(sourceOf('k', await encoded(hdf5, blockOf(seed), options)), blockOf(seed))
    })
  }
}

/** The twin of an object, and another object's pages. */
function twinOf(bytes: Uint8Array, asked?: string): Hdf5Twin {
  const pages = pagesOf(bytes)
  const found = parsedTree(pages).find('/records_0')
  return Hdf5Twin.of(pages, asked, [found!])!
}

function pagesOf(bytes: Uint8Array): Pages {
  const pages = new Pages({ key: 'k', size: bytes.length })
  pages.add(0, bytes)
  return pages
}

test('what is alike is known, and what is not is not', async () => {
  const bytes = await encoded(hdf5, blockOf(1))
  const twin = twinOf(bytes)
  assert.deepEqual(twin.dataSetsIn(pagesOf(await encoded(hdf5, blockOf(2))), undefined)?.map(({ path, shape }) => [path, shape]), [['/records_0', [3, 60, 50]]])
  assert.equal(twin.dataSetsIn(pagesOf(bytes), '/labels'), undefined, 'another data set is asked for')
  assert.equal(twin.dataSetsIn(pagesOf(Buffer.concat([bytes, Buffer.alloc(1)])), undefined), undefined, 'another size')
  assert.equal(twin.dataSetsIn(pagesOf(await encoded(hdf5, blockOf(1, [50, 60]))), undefined), undefined, 'another shape of the same size')
  assert.equal(twin.dataSetsIn(new Pages({ key: 'k', size: bytes.length }), undefined), undefined, 'nothing of it is here')
})

test('every byte that the parser depends on is compared: one that changed is noticed wherever it is', async () => {
  const bytes = await encoded(hdf5, blockOf(1))
  await isRead(bytesSource('k', bytes), blockOf(1))
  let noticed = 0
  for (let at = 0; at < 1024; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 0x10
    try {
      await isRead(bytesSource('k', changed), blockOf(1))
    } catch (error) {
      if (!isFault(error, 'format')) throw error
      noticed++
    }
    // Alternately with the right one: it is the last one that was good that others are held against.
    await isRead(bytesSource('k', bytes), blockOf(1))
  }
  // Superblock, group and header of the samples; the labels' header is nobody's business here.
  assert.ok(noticed >= 48 + 136 + 256, `${noticed} of 1024 changes noticed`)
})
