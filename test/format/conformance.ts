// What every format must do, run over the registry.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { loadFormat, type FormatName } from '../../src/format/index.ts'
import type { EncodeOptions } from '../../src/format/format.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import type { DType } from '../../src/format/tensor.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource } from './counting-source.ts'
import { encoded, plain, sampleBlock, sampleBytes } from './sample-blocks.ts'

export interface Expectations {
  /** Bytes that opening and reading all samples of an object of `size` bytes may fetch. */
  readonly budget: (size: number) => number
  /** Compressions that the format has beside none. */
  readonly compressions: readonly EncodeOptions['compression'][]
  readonly refusedCompressions: readonly EncodeOptions['compression'][]
}

const rows: readonly (readonly [shape: readonly number[], dtype: DType, numSamples: number])[] = [
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

export function conformsToFormat(name: FormatName, expectations: Expectations): void {
  describe(`format ${name}`, () => {
    for (const [shape, dtype, numSamples] of rows) {
      test(`${numSamples} × ${dtype}[${shape.join(',')}]: what is written is read, in any order, twice`, async () => {
        const format = await loadFormat(name)
        const block = sampleBlock(shape, dtype, numSamples)
        const bytes = await encoded(format, block)
        assert.equal(format.encodedSize(block, plain), bytes.length)
        const into = new Uint8Array(bytes.length).fill(0xee)
        format.encodeInto?.(block, plain, into)
        if (format.encodeInto) assert.ok(bytes.equals(into), 'into memory that is there: the same bytes')

        const source = countingSource(`object.${name}`, bytes)
        const reader = await format.open(source, { numSamples })
        assert.equal(reader.numSamples, numSamples)
        const order = Array.from({ length: Math.min(numSamples, 20) }, (_, index) => numSamples - 1 - index)
        for (const index of [...order, ...order.toReversed()]) {
          const tensor = await reader.readSample(index)
          assert.deepEqual(tensor.shape, shape)
          assert.equal(tensor.dtype, dtype)
          assert.deepEqual(Buffer.from(packedBytes(tensor)), Buffer.from(sampleBytes(block, index)))
        }
        // Each sample was read twice: formats that fetch a sample alone fetch it twice, and nothing else.
        assert.ok(source.bytesRead <= 2 * expectations.budget(bytes.length), `${source.bytesRead} of ${bytes.length} bytes read in ${source.ranges.length} ranges`)
      })
    }

    test('one sample of each object is read within the byte budget', async () => {
      const format = await loadFormat(name)
      for (const [side, numSamples] of [[10, 1], [64, 1], [512, 1], [1448, 1], [256, 8]] as const) {
        const bytes = await encoded(format, sampleBlock([side, side], 'uint8', numSamples))
        const source = countingSource(`object.${name}`, bytes)
        await (await format.open(source, { numSamples })).readSample(0)
        assert.ok(source.bytesRead <= expectations.budget(bytes.length), `${source.bytesRead} of ${bytes.length} bytes read`)
      }
    })

    for (const index of [-1, 3, 4, 0.5, Number.NaN]) {
      test(`sample ${index} of 3 is a format Fault`, async () => {
        const format = await loadFormat(name)
        const reader = await format.open(bytesSource('k', await encoded(format, sampleBlock([2, 2], 'uint8', 3))), { numSamples: 3 })
        await assert.rejects(reader.readSample(index), (error) => isFault(error, 'format') && error.info.key === 'k')
      })
    }

    for (const compression of expectations.compressions) {
      for (const [shape, dtype, numSamples] of rows) {
        test(`${numSamples} × ${dtype}[${shape.join(',')}] with compression ${compression}`, async () => {
          const format = await loadFormat(name)
          const block = sampleBlock(shape, dtype, numSamples)
          const options = { compression, compressionLevel: 4 }
          assert.equal(format.encodedSize(block, options), undefined)
          const reader = await format.open(bytesSource('k', await encoded(format, block, options)), { numSamples })
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
      const bytes = await encoded(format, sampleBlock([3, 4], 'float32', 3))
      const inspection = await format.inspect(bytesSource('k', bytes), { numSamples: 3 })
      assert.equal(inspection.numSamples, 3)
      assert.ok(inspection.arrays.every((array) => array.tensor !== undefined))
    })
  })
}
