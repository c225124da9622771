// Every file of test/fixtures/tfrecord: what TensorFlow reads is read with the same values, what must fail fails with a Fault.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import type { ArrayDescription, ByteSource } from '../../src/format/format.ts'
import { tfrecord } from '../../src/format/tfrecord.ts'
import { crc32Hex, valuesBetween } from '../../src/format/tensor-values.ts'
import { isFault, type Fault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'
import { countingSource } from './counting-source.ts'

interface BytesValue { readonly length: number; readonly crc32: string }
interface FeatureValues { readonly kind: 'bytes' | 'float' | 'int64' | null; readonly values: readonly (BytesValue | number | string)[] }
interface RecordValues { readonly features?: Readonly<Record<string, FeatureValues>> }
interface Case {
  readonly file: string
  readonly description: string
  readonly expect: 'ok' | 'error' | 'ok-or-error'
  readonly reference: { readonly ok: boolean; readonly count?: number; readonly records?: readonly RecordValues[] }
}

function isBytes(value: BytesValue | number | string): value is BytesValue {
  return typeof value === 'object'
}

function assertFeature(arrays: readonly ArrayDescription[], { kind, values }: FeatureValues): void {
  if (values.length === 0) {
    assert.deepEqual(arrays.map(({ dtype, shape }) => [dtype.replace('float32', 'float'), ...shape]), [[kind ?? 'none', 0]])
    return
  }
  if (kind === 'bytes') {
    assert.deepEqual(arrays.map(({ tensor }) => ({ length: tensor!.shape[0], crc32: crc32Hex(tensor!) })), values.map((value) => isBytes(value) && { length: value.length, crc32: value.crc32 }))
    return
  }
  const [{ dtype, tensor }] = arrays as [ArrayDescription]
  assert.equal(dtype, kind === 'float' ? 'float32' : 'int64')
  assert.deepEqual(valuesBetween(tensor!, 0, tensor!.shape[0]!), values)
}

async function assertReads(source: ByteSource, { reference: { count, records = [] } }: Case): Promise<void> {
  const { numSamples, arrays } = await tfrecord.inspect(source, { numSamples: 0 })
  assert.equal(numSamples, count)
  // A long file's reference has its first records and its last two.
  for (const [i, { features = {} }] of records.entries()) {
    const index = records.length < numSamples && i >= records.length - 2 ? numSamples - records.length + i : i
    const found = arrays.filter(({ name }) => name.startsWith(`${index}/`))
    const names = new Set(found.map(({ name }) => name.replace(/^\d+\//, '').replace(/\[\d+\]$/, '')))
    assert.deepEqual([...names], Object.keys(features).toSorted())
    for (const [name, feature] of Object.entries(features)) {
      assertFeature(found.filter((array) => array.name === `${index}/${name}` || array.name.startsWith(`${index}/${name}[`)), feature)
    }
  }
}

async function assertSamples(source: ByteSource, { reference: { count = 0, records = [] } }: Case, numSamples: number): Promise<void> {
  const reader = await tfrecord.open(source, { numSamples })
  assert.equal(reader.numSamples, count)
  for (const [i, { features = {} }] of records.slice(0, 3).entries()) {
    const tensor = await reader.readSample(i)
    const image = features['image']?.values[0]
    if (image && isBytes(image)) assert.deepEqual([tensor.dtype, tensor.shape, crc32Hex(tensor)], ['uint8', [image.length], image.crc32])
  }
}

async function faultOf(source: ByteSource, numSamples: number): Promise<Fault<'format'> | undefined> {
  try {
    const reader = await tfrecord.open(source, { numSamples })
    for (let index = 0; index < reader.numSamples; index++) await reader.readSample(index)
  } catch (error) {
    if (isFault(error, 'format')) return error
    throw error
  }
  return undefined
}

const files = readdirSync(fixture('tfrecord')).filter((file) => file.endsWith('.json'))
test('there are fixtures of tfrecord', () => { assert.ok(files.length >= 22) })

for (const file of files) {
  const about = JSON.parse(readFileSync(fixture('tfrecord', file), 'utf8')) as Case
  const bytes = readFileSync(fixture('tfrecord', about.file))
  for (const [mode, whole, numSamples] of [
    ['whole', true, 1],
    ['by ranges, counting', false, 0],
    ['by ranges, told the count', false, about.reference.count ?? 2],
  ] as const) {
    test(`tfrecord/${about.file}: ${about.expect}, ${mode} (${about.description})`, { timeout: 10_000 }, async () => {
      const source = { ...countingSource('object', bytes), whole }
      const before = process.memoryUsage().arrayBuffers
      const fault = await faultOf(source, numSamples)
      if (fault === undefined) {
        assert.ok(about.expect.startsWith('ok'), 'it was read')
        await assertReads(source, about)
        await assertSamples(source, about, numSamples)
        return
      }
      assert.ok(about.expect.endsWith('error'), fault.message)
      assert.deepEqual([fault.info.reason, fault.info.key], ['damaged', 'object'])
      assert.ok(fault.message.startsWith('object '), fault.message)
      assert.ok(process.memoryUsage().arrayBuffers - before < MiB, 'a damaged file took memory')
    })
  }
}
