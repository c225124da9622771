// Images that we write: what is written is read, exactly (PNG) or nearly (JPEG).

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { loadFormat } from '../../src/format/index.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource } from './counting-source.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

/** A usage Fault about that key. */
const isAbout = (key: string) => (error: unknown): boolean => isFault(error, 'usage') && error.info.key === key

const shapes = [[1, 1], [1, 9], [8, 8], [9, 7], [64, 64], [338, 338], [1023, 257], [5], []] as const

/** Slopes, so that what JPEG loses is little. */
function smooth(shape: readonly number[]): ReturnType<typeof sampleBlock> {
  const width = shape[1] ?? 1
  return { ...sampleBlock(shape, 'uint8', 1), fill: (_, offset, into) => { for (let i = 0; i < into.length; i++) into[i] = (Math.floor((offset + i) / width) + (offset + i) % width) % 200 + 20 } }
}

for (const name of ['png', 'jpeg'] as const) {
  for (const shape of shapes) {
    test(`${name} of [${shape.join(', ')}]: what is written is read`, async () => {
      const format = await loadFormat(name)
      const block = name === 'png' ? sampleBlock(shape, 'uint8', 1) : smooth(shape)
      const bytes = await encoded(format, block)
      assert.equal(format.encodedSize(block, plain), undefined)
      const source = countingSource('k', bytes)
      const reader = await format.open(source, { numSamples: 1 })
      const pixels = await reader.readSample(0)
      assert.deepEqual([pixels.dtype, pixels.shape], ['uint8', [shape[0] ?? 1, shape[1] ?? 1]])
      const expected = sampleBytes(block, 0)
      const worst = packedBytes(pixels).reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0)
      assert.ok(worst <= (name === 'png' ? 0 : 8 + 80 * Number(shape.length === 2 && shape[0] > 100)), `differs by ${worst}`)
      assert.equal(source.bytesRead, bytes.length)
    })
  }

  test(`a ${name} file counts as so many samples as the workload says, all of them its image`, async () => {
    const format = await loadFormat(name)
    const bytes = await encoded(format, sampleBlock([4, 4], 'uint8', 3))
    const reader = await format.open(bytesSource('k', bytes), { numSamples: 3 })
    assert.equal(reader.numSamples, 3)
    assert.deepEqual(await reader.readSample(2), await reader.readSample(0))
    for (const index of [-1, 3, 0.5]) await assert.rejects(reader.readSample(index), (error) => isFault(error, 'format'))
  })

  for (const [what, shape, dtype, compression, key] of [
    ['three dimensions', [8, 8, 3], 'uint8', 'none', 'dataset.record_dims'],
    ['no row', [0, 8], 'uint8', 'none', 'dataset.record_dims'],
    ['floats', [8, 8], 'float32', 'none', 'dataset.record_element_type'],
    ['a compression', [8, 8], 'uint8', 'gzip', 'dataset.compression'],
  ] as const) {
    test(`${name}: ${what} is a usage Fault that names ${key}`, async () => {
      const format = await loadFormat(name)
      const block = sampleBlock(shape, dtype, 1)
      assert.throws(() => format.encodedSize(block, { compression, compressionLevel: 4 }), isAbout(key))
      await assert.rejects(encoded(format, block, { compression, compressionLevel: 4 }), isAbout(key))
    })
  }
}

test('jpeg sides end at 65500', async () => {
  const jpeg = await loadFormat('jpeg')
  assert.equal(jpeg.encodedSize(sampleBlock([1, 65_500], 'uint8', 1), plain), undefined)
  assert.throws(() => jpeg.encodedSize(sampleBlock([1, 65_501], 'uint8', 1), plain), (error) => isFault(error, 'usage'))
})

test('noise survives JPEG as noise: every block is coded, no run too long', async () => {
  const jpeg = await loadFormat('jpeg')
  const block = sampleBlock([64, 64], 'uint8', 1)
  const pixels = await (await jpeg.open(bytesSource('k', await encoded(jpeg, block)), { numSamples: 1 })).readSample(0)
  const expected = sampleBytes(block, 0)
  const error = packedBytes(pixels).reduce((sum, value, index) => sum + Math.abs(value - expected[index]!), 0) / expected.length
  assert.ok(error < 12, `mean difference ${error}`)
})
