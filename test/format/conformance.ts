// What every format must do, run over the registry.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { loadFormat, type FormatName } from '../../src/format/index.ts'
import type { EncodeOptions, Format, SampleBlock } from '../../src/format/format.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { elementCount, type DType } from '../../src/format/tensor.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource, type CountingSource } from './counting-source.ts'
import { companionsOf, encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

export interface Expectations {
  /** Bytes that opening and reading all samples of an object of `size` bytes may fetch. */
  readonly budget: (size: number) => number
  /** Bytes of the beginning of an object that are read whatever samples are asked for: there are its metadata. */
  readonly metadata?: number
  /** Compressions that the format has beside none. */
  readonly compressions: readonly EncodeOptions['compression'][]
  readonly refusedCompressions: readonly EncodeOptions['compression'][]
  /** Whether files hold the bytes of samples without their shape and type. */
  readonly isRaw?: boolean
  /** Whether samples are rows: lists of a shape's elements in C order, of which whole groups are read. */
  readonly isFlat?: boolean
  /** Whether complex numbers are refused. */
  readonly isReal?: boolean
}

const allRows: readonly (readonly [shape: readonly number[], dtype: DType, numSamples: number])[] = [
  [[0, 4], 'uint8', 1],
  [[0, 4], 'float32', 3],
  [[3, 5], 'uint8', 0],
  [[1, 1], 'uint8', 1],
  [[7], 'uint8', 3],
  [[], 'float64', 3],
  [[2, 3], 'uint8', 1],
  [[5, 7], 'bool', 3],
  [[5, 7], 'int8', 3],
  [[5, 7], 'int16', 3],
  [[5, 7], 'uint16', 1],
  [[5, 7], 'float16', 3],
  [[64, 64], 'uint32', 1],
  [[5, 7], 'int32', 13],
  [[4, 3, 2], 'float32', 3],
  [[4, 3, 2], 'float64', 3],
  [[2, 2, 2, 2], 'int64', 3],
  [[11], 'uint64', 1],
  [[6, 5], 'complex64', 3],
  [[6, 5], 'complex128', 3],
  [[338, 338], 'uint8', 4],
  [[1023, 1031], 'float32', 1],
  [[1023, 257], 'float32', 5],
  [[3], 'uint8', 10_007],
]

function isCompressionFault(error: unknown): boolean {
  return isFault(error, 'usage') && error.info.key === 'dataset.compression'
}

/** The object that a block becomes, in a folder of a set, with what belongs beside it. */
async function written(format: Format, block: SampleBlock, options: EncodeOptions = plain): Promise<CountingSource> {
  const key = `data/train/object.${format.name}`
  return countingSource(key, await encoded(format, block, options), companionsOf(format, key, block))
}

export function conformsToFormat(name: FormatName, expectations: Expectations): void {
  const rows = allRows.filter(([, dtype]) => !(expectations.isReal && dtype.startsWith('complex')))
  const shapeOf = (shape: readonly number[]): readonly number[] => (expectations.isFlat ? [elementCount(shape)] : shape)
  describe(`format ${name}`, () => {
    for (const [shape, dtype, numSamples] of rows) {
      test(`${numSamples} × ${dtype}[${shape.join(',')}]: what is written is read, in any order, twice`, async () => {
        const format = await loadFormat(name)
        const block = sampleBlock(shape, dtype, numSamples)
        const source = await written(format, block)
        assert.equal(format.encodedSize(block, plain), source.size)
        const into = new Uint8Array(source.size).fill(0xee)
        format.encodeInto?.(block, plain, into)
        if (format.encodeInto) assert.ok((await encoded(format, block)).equals(into), 'into memory that is there: the same bytes')

        const reader = await format.open(source, { numSamples })
        assert.equal(reader.numSamples, numSamples)
        const order = Array.from({ length: Math.min(numSamples, 20) }, (_, index) => numSamples - 1 - index)
        for (const index of [...order, ...order.toReversed()]) {
          const tensor = await reader.readSample(index)
          const expected = sampleBytes(block, index)
          assert.deepEqual(tensor.shape, expectations.isRaw ? [expected.length] : shapeOf(shape))
          assert.equal(tensor.dtype, expectations.isRaw ? 'uint8' : dtype)
          assert.deepEqual(Buffer.from(packedBytes(tensor)), Buffer.from(expected))
        }
        // Each sample was read twice: formats that fetch a sample alone fetch it twice, and nothing else.
        assert.ok(source.bytesRead <= 2 * expectations.budget(source.size), `${source.bytesRead} of ${source.size} bytes read in ${source.ranges.length} ranges`)
      })
    }

    test('one sample of each object is read within the byte budget', async () => {
      const format = await loadFormat(name)
      for (const [side, numSamples] of [[10, 1], [64, 1], [512, 1], [1448, 1], [256, 8]] as const) {
        const source = await written(format, sampleBlock([side, side], 'uint8', numSamples))
        await (await format.open(source, { numSamples })).readSample(0)
        const budget = format.hasRanges && !expectations.isFlat ? (expectations.metadata ?? 0) + Math.ceil(expectations.budget(source.size) / numSamples) : expectations.budget(source.size)
        assert.ok(source.bytesRead <= budget, `${source.bytesRead} of ${source.size} bytes read`)
      }
    })

    test('what is prepared is read once, and nothing afterwards', async () => {
      const format = await loadFormat(name)
      const block = sampleBlock([30, 30], 'uint8', 8)
      const source = await written(format, block)
      const reader = await format.open(source, { numSamples: 8 })
      if (!reader.prepare) return
      await reader.prepare([5, 1, 2])
      const { bytesRead, ranges: { length } } = source
      assert.ok(bytesRead <= (expectations.metadata ?? 0) + Math.ceil(expectations.budget(source.size) * (expectations.isFlat ? 1 : 3 / 8)), `${bytesRead} of ${source.size} bytes read for 3 of 8 samples`)
      for (const index of [2, 5, 1]) assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(block, index)))
      assert.deepEqual([source.bytesRead, source.ranges.length], [bytesRead, length])
    })

    test('a reader whose source has all bytes gives the same', async () => {
      const format = await loadFormat(name)
      const block = sampleBlock([30, 30], 'uint8', 8)
      const reader = await format.open({ ...await written(format, block), whole: true }, { numSamples: 8 })
      await reader.prepare?.([7, 0])
      for (const index of [7, 0]) assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(block, index)))
    })

    for (const index of [-1, 3, 4, 0.5, Number.NaN]) {
      test(`sample ${index} of 3 is a format Fault`, async () => {
        const format = await loadFormat(name)
        const source = await written(format, sampleBlock([2, 2], 'uint8', 3))
        const reader = await format.open(source, { numSamples: 3 })
        await assert.rejects(reader.readSample(index), (error) => isFault(error, 'format') && error.info.key === source.key)
      })
    }

    for (const compression of expectations.compressions) {
      for (const [shape, dtype, numSamples] of rows) {
        test(`${numSamples} × ${dtype}[${shape.join(',')}] with compression ${compression}`, async () => {
          const format = await loadFormat(name)
          const block = sampleBlock(shape, dtype, numSamples)
          const options = { compression, compressionLevel: 4 }
          assert.equal(format.encodedSize(block, options), undefined)
          const reader = await format.open(await written(format, block, options), { numSamples })
          for (const index of [0, numSamples - 1].filter((sample) => sample >= 0 && sample < numSamples)) {
            assert.deepEqual(Buffer.from(packedBytes(await reader.readSample(index))), Buffer.from(sampleBytes(block, index)))
          }
        })
      }
    }

    for (const compression of expectations.refusedCompressions) {
      test(`compression ${compression} is a usage Fault that names the key`, async () => {
        const format = await loadFormat(name)
        const block = sampleBlock([2, 2], 'uint8', 1)
        const options = { compression, compressionLevel: 4 }
        assert.throws(() => format.encodedSize(block, options), isCompressionFault)
        await assert.rejects(encoded(format, block, options), isCompressionFault)
      })
    }

    test('inspect tells the same as open', async () => {
      const format = await loadFormat(name)
      const inspection = await format.inspect(await written(format, sampleBlock([3, 4], 'float32', 3)), { numSamples: 3 })
      assert.equal(inspection.numSamples, 3)
      assert.ok(inspection.arrays.every((array) => array.tensor !== undefined))
    })
  })
}
