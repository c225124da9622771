// Every file of test/fixtures/{png,jpeg}: the pixels that Pillow has, or a Fault that says what is wrong.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { loadFormat } from '../../src/format/index.ts'
import { elementCount, type Tensor } from '../../src/format/tensor.ts'
import { crc32Hex, packedBytes, valuesBetween } from '../../src/format/tensor-values.ts'
import { crc32 } from '../../src/util/crc.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'

interface Case {
  file: string
  description: string
  expect: 'ok' | 'error' | 'ok-or-unsupported'
  reference: { ok: boolean; shape: number[]; dtype: string; crc32: string; first16: (number | boolean)[]; last4: (number | boolean)[]; mean: number }
}

/** Decoders of JPEG may differ by a rounding, or by how they smooth colours. */
const tolerance = 4

function assertClose(found: readonly unknown[], expected: readonly unknown[]): void {
  for (const [index, value] of expected.entries()) assert.ok(Math.abs(Number(found[index]) - Number(value)) <= tolerance, `${found.join()} and ${expected.join()}`)
}

function assertPixels(name: string, tensor: Tensor, { reference }: Case): void {
  const count = elementCount(tensor.shape)
  assert.deepEqual(tensor.shape, reference.shape)
  assert.equal(tensor.dtype, reference.dtype)
  const first = valuesBetween(tensor, 0, Math.min(16, count)), last = valuesBetween(tensor, Math.max(0, count - 4), count)
  if (name === 'jpeg') {
    assertClose(first, reference.first16)
    assertClose(last, reference.last4)
    const mean = packedBytes(tensor).reduce((sum, value) => sum + value, 0) / count
    assert.ok(Math.abs(mean - reference.mean) < 0.5, `mean ${mean}`)
    return
  }
  assert.deepEqual([first, last], [reference.first16, reference.last4])
  // Pillow's truth values are bytes of 255.
  const checksum = tensor.dtype === 'bool' ? crc32(packedBytes(tensor).map((value) => 255 * value)).toString(16).padStart(8, '0') : crc32Hex(tensor)
  assert.equal(checksum, reference.crc32)
}

for (const name of ['png', 'jpeg'] as const) {
  const files = readdirSync(fixture(name)).filter((file) => file.endsWith('.json'))
  test(`there are fixtures of ${name}`, () => { assert.ok(files.length >= 10) })

  for (const file of files) {
    const about = JSON.parse(readFileSync(fixture(name, file), 'utf8')) as Case
    test(`${name}/${about.file}: ${about.expect} (${about.description})`, { timeout: 10_000 }, async () => {
      const format = await loadFormat(name)
      const source = bytesSource('object', readFileSync(fixture(name, about.file)))
      const before = process.memoryUsage().arrayBuffers
      try {
        const reader = await format.open(source, { numSamples: 1 })
        assertPixels(name, await reader.readSample(0), about)
        const { arrays } = await format.inspect(source, { numSamples: 1 })
        assert.deepEqual(arrays.map(({ name: each, shape }) => [each, shape]), [['pixels', about.reference.shape]])
      } catch (error) {
        if (!isFault(error, 'format')) throw error
        assert.equal(error.info.reason, about.expect === 'error' ? 'damaged' : 'unsupported')
        assert.ok(error.message.startsWith('object '), error.message)
        assert.ok(process.memoryUsage().arrayBuffers - before < MiB, 'a refused file took memory')
        return
      }
      assert.ok(about.expect !== 'error', 'it was read')
    })
  }
}

for (const name of ['png', 'jpeg'] as const) {
  test(`random bytes under the name of a ${name} are told from a damaged image`, async () => {
    const format = await loadFormat(name)
    await assert.rejects(format.open(bytesSource('k', Buffer.from('0123456789abcdef', 'hex')), { numSamples: 1 }), (error) =>
      isFault(error, 'format') && error.message.includes(`no ${name} image`) && error.hint!.includes('--decode none'))
  })

  test(`an empty object is no ${name}`, async () => {
    const format = await loadFormat(name)
    await assert.rejects(format.open(bytesSource('k', new Uint8Array(0)), { numSamples: 1 }), (error) => isFault(error, 'format') && error.message.includes('nothing'))
  })
}
