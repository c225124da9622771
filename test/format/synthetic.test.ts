import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { synthetic } from '../../src/format/synthetic.ts'
import { headValues } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource } from './counting-source.ts'
import { encoded, plain, sampleBlock } from './sample-blocks.ts'

for (const fileIndex of [0, 9, 10, 4_000_000_000]) {
  test(`file ${fileIndex} holds its number`, async () => {
    const block = { ...sampleBlock([32, 32], 'uint8', 1), fileIndex }
    const bytes = await encoded(synthetic, block)
    assert.equal(Buffer.from(bytes).toString(), String(fileIndex))
    assert.equal(synthetic.encodedSize(block, plain), bytes.length)
    const { arrays, numSamples } = await synthetic.inspect(bytesSource('k', bytes), { numSamples: 3 })
    assert.equal(numSamples, 3)
    assert.deepEqual(headValues(arrays[0]!.tensor!).map(Number), [fileIndex])
  })
}

test('reading samples reads nothing', async () => {
  const source = countingSource('k', Buffer.from('7'))
  const reader = await synthetic.open(source, { numSamples: 3 })
  assert.equal((await reader.readSample(2)).shape[0], 0)
  await assert.rejects(reader.readSample(3), (error) => isFault(error, 'format'))
  assert.equal(source.bytesRead, 0)
})

for (const text of ['', 'x', '1 ', '-1', '1.5', '12345678901234567890']) {
  test(`${JSON.stringify(text)} is not the number of a file`, async () => {
    await assert.rejects(synthetic.inspect(bytesSource('k', Buffer.from(text)), { numSamples: 1 }), (error) => isFault(error, 'format') && error.info.key === 'k')
  })
}

test('a compression is refused by its key', () => {
  assert.throws(() => synthetic.encodedSize(sampleBlock([1], 'uint8', 1), { compression: 'gzip', compressionLevel: 4 }), (error) => isFault(error, 'usage') && error.info.key === 'dataset.compression')
})
