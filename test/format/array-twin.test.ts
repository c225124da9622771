// Opening an object that is like the last one must tell the same as opening it alone.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { Format } from '../../src/format/format.ts'
import { npy } from '../../src/format/npy.ts'
import { npz } from '../../src/format/npz.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'
import { encoded, sampleBlock } from './sample-blocks.ts'

/** Shape, type and bytes of the first sample, or what is wrong. */
async function outcomeIn(format: Format, bytes: Uint8Array): Promise<string> {
  try {
    const reader = await format.open(bytesSource('object', bytes), { numSamples: 1 })
    const { shape, dtype } = await reader.readSample(0)
    return JSON.stringify([reader.numSamples, shape, dtype, Buffer.from(packedBytes(await reader.readSample(reader.numSamples - 1))).toString('hex')])
  } catch (error) {
    if (!isFault(error, 'format')) throw error
    return error.message
  }
}

for (const format of [npz, npy]) describe(format.name, () => {
  const other = encoded(format, sampleBlock([1, 2], 'uint8', 1))
  const outcomeOf = (bytes: Uint8Array): Promise<string> => outcomeIn(format, bytes)

  /** Opened after `before`, and after an object of another size. */
  const bothOutcomes = async (before: Uint8Array, bytes: Uint8Array): Promise<[after: string, alone: string]> => {
    assert.doesNotMatch(await outcomeOf(before), /damaged/)
    const after = await outcomeOf(bytes)
    await outcomeOf(await other)
    return [after, await outcomeOf(bytes)]
  }

  test('samples of an object of other numbers are its own', async () => {
    const block = sampleBlock([20, 30], 'int16', 3)
    const first = await encoded(format, block)
    const second = await encoded(format, { ...block, fill: (index, offset, into) => { block.fill(index + 7, offset, into) } })
    const [after, alone] = await bothOutcomes(first, second)
    assert.equal(after, alone)
    assert.notEqual(after, await outcomeOf(first))
  })

  test('it is a view of the new object, and the old one is let go', async () => {
    const bytes = await encoded(format, sampleBlock([4, 4], 'uint8', 1))
    await outcomeOf(bytes)
    const copy = Buffer.from(bytes)
    const sample = await (await format.open(bytesSource('k', copy), { numSamples: 1 })).readSample(0)
    assert.equal(sample.bytes.buffer, copy.buffer)
  })

  test('one flipped bit anywhere tells the same as without an object before', async () => {
    const bytes = await encoded(format, sampleBlock([3, 5], 'uint8', 2))
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 0x80]) {
        const damaged = Buffer.from(bytes)
        damaged[at]! ^= bit
        const [after, alone] = await bothOutcomes(bytes, damaged)
        assert.equal(after, alone, `byte ${at}, bit ${bit}`)
      }
    }
  })

  for (const file of readdirSync(fixture(format.name)).filter((name) => name.endsWith(`.${format.name}`) && !/32mib|many-members/.test(name))) {
    test(`${file} opened twice in a row tells the same`, async () => {
      const bytes = readFileSync(fixture(format.name, file))
      await outcomeOf(await other)
      const first = await outcomeOf(bytes)
      assert.equal(await outcomeOf(bytes), first)
    })
  }
})

test('an NPZ that is not read whole is not fetched for it', async () => {
  const bytes = await encoded(npz, sampleBlock([300, 300], 'uint8', 1))
  for (let i = 0; i < 2; i++) {
    const source = countingSource('k', bytes)
    await npz.open(source, { numSamples: 1 })
    assert.ok(source.ranges.length > 1, 'by ranges: tail and member')
  }
})
