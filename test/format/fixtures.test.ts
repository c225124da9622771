// Every file of test/fixtures/{npy,npz}: what NumPy reads is read with the same values, what must fail fails with the right Fault.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { Format } from '../../src/format/format.ts'
import { loadFormat, type FormatName } from '../../src/format/index.ts'
import { elementCount, itemSizes, type Tensor } from '../../src/format/tensor.ts'
import { crc32Hex, headValues, packedBytes, valuesBetween } from '../../src/format/tensor-values.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'

interface Values { shape: number[]; dtype: string; bytes: number; crc32: string; first16: unknown[]; last4: unknown[]; fortran_order?: boolean }
interface Case {
  file: string
  description: string
  expect: 'ok' | 'unsupported' | 'refuse' | 'error' | 'ok-or-unsupported' | 'ok-or-error'
  reference: Partial<Values> & { ok: boolean; keys?: string[]; arrays?: Record<string, Values | { raw_bytes: number } | { ok: false }> }
}

const reasons = { error: 'damaged', unsupported: 'unsupported', refuse: 'refused' } as const

function assertValues(tensor: Tensor, values: Values): void {
  assert.deepEqual(tensor.shape, values.shape)
  assert.equal(tensor.dtype, values.dtype)
  assert.equal(elementCount(tensor.shape) * itemSizes[tensor.dtype], values.bytes)
  assert.equal(crc32Hex(tensor), values.crc32)
  assert.deepEqual(headValues(tensor, 16), values.first16)
  const count = elementCount(tensor.shape)
  assert.deepEqual(valuesBetween(tensor, Math.max(0, count - 4), count), values.last4)
}

/** Samples must be the last axis of the array. */
async function assertSamples(format: Format, bytes: Buffer, array: Tensor): Promise<void> {
  const reader = await format.open(bytesSource('object', bytes), { numSamples: 1 })
  assert.equal(reader.numSamples, array.shape.at(-1) ?? 1)
  const count = reader.numSamples
  for (const index of new Set([0, Math.floor(count / 2), count - 1].filter((sample) => sample >= 0 && sample < count))) {
    const sample = await reader.readSample(index)
    assert.deepEqual(sample.shape, array.shape.slice(0, -1))
    const itemSize = itemSizes[array.dtype]
    const expected: Tensor = { ...array, shape: array.shape.slice(0, -1), strides: array.strides.slice(0, -1), offset: array.offset + index * (array.strides.at(-1) ?? itemSize) }
    assert.deepEqual(Buffer.from(packedBytes(sample)), Buffer.from(packedBytes(expected)))
  }
}

async function assertReads(format: Format, bytes: Buffer, { reference }: Case): Promise<void> {
  const inspection = await format.inspect(bytesSource('object', bytes), { numSamples: 1 })
  const arrays = reference.arrays ?? { '': reference as Values }
  assert.deepEqual(inspection.arrays.map(({ name }) => name), reference.keys ?? [''])
  let isMain = true
  for (const array of inspection.arrays) {
    const expected = arrays[array.name]!
    if ('raw_bytes' in expected) {
      assert.equal(array.dtype, `|S${expected.raw_bytes}`)
      continue
    }
    if ('ok' in expected && !('shape' in expected)) assert.fail(`${array.name} was read, and the reference cannot`)
    assertValues(array.tensor!, expected as Values)
    if (reference.fortran_order !== undefined) assert.equal(array.fortranOrder, reference.fortran_order)
    if (isMain) await assertSamples(format, bytes, array.tensor!)
    isMain = false
  }
  if (isMain) {
    // No array in there: there is nothing to open, and that is said.
    await assert.rejects(format.open(bytesSource('object', bytes), { numSamples: 1 }), (error) => isFault(error, 'format') && error.message.includes('no array'))
  }
}

async function faultOf(format: Format, bytes: Buffer): Promise<Fault<'format'> | undefined> {
  try {
    const reader = await format.open(bytesSource('object', bytes), { numSamples: 1 })
    for (let index = 0; index < Math.min(3, reader.numSamples); index++) await reader.readSample(index)
  } catch (error) {
    if (isFault(error, 'format')) return error
    throw error
  }
  return undefined
}

for (const name of ['npy', 'npz'] as const satisfies FormatName[]) {
  const files = readdirSync(fixture(name)).filter((file) => file.endsWith('.json'))
  test(`there are fixtures of ${name}`, () => { assert.ok(files.length >= 20) })

  for (const file of files) {
    const about = JSON.parse(readFileSync(fixture(name, file), 'utf8')) as Case
    test(`${name}/${about.file}: ${about.expect} (${about.description})`, { timeout: 10_000 }, async () => {
      const format = await loadFormat(name)
      const bytes = readFileSync(fixture(name, about.file))
      const before = process.memoryUsage().arrayBuffers
      if (about.expect === 'ok') {
        await assertReads(format, bytes, about)
        return
      }
      const fault = await faultOf(format, bytes)
      if (fault === undefined) {
        assert.ok(about.expect.startsWith('ok-or'), 'it was read')
        if (about.reference.ok) await assertReads(format, bytes, about)
        return
      }
      assert.equal(fault.info.reason, reasons[about.expect.replace('ok-or-', '') as keyof typeof reasons])
      assert.equal(fault.info.key, 'object')
      assert.ok(fault.message.startsWith('object '), fault.message)
      assert.ok(process.memoryUsage().arrayBuffers - before < MiB, 'a refused file took memory')
    })
  }
}

for (const [file, dtype, shape] of [
  ['bytes.npy', '|S3', [2]],
  ['unicode.npy', '<U3', [2]],
  ['datetime64.npy', 'datetime64[s]', [2]],
] as const) {
  test(`inspect describes ${file} without values`, async () => {
    const npy = await loadFormat('npy')
    const { arrays } = await npy.inspect(bytesSource(file, readFileSync(fixture('npy', file))), { numSamples: 1 })
    assert.deepEqual(arrays, [{ name: '', dtype, shape, fortranOrder: false }])
  })
}

for (const [name, file, reason] of [
  ['npy', 'object-pickle.npy', 'refused'],
  ['npz', 'object-member.npz', 'refused'],
  ['npy', 'structured.npy', 'unsupported'],
] as const) {
  test(`inspect of ${file} is a Fault: ${reason}`, async () => {
    const format = await loadFormat(name)
    await assert.rejects(format.inspect(bytesSource(file, readFileSync(fixture(name, file))), { numSamples: 1 }), (error) => isFault(error, 'format') && error.info.reason === reason)
  })
}
