// What reading with a verifier says of data sets of every format that were damaged in every way, by objects and by ranges.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { generate } from '../../src/dataset/generate.ts'
import { listFiles } from '../../src/dataset/listing.ts'
import type { DatasetSettings } from '../../src/dataset/settings.ts'
import { createVerifyCounts, Verifier, verifyCountsOf, type Provenance } from '../../src/dataset/verifier.ts'
import { formatNames, hasRanges, loadFormat, type FormatName } from '../../src/format/index.ts'
import type { BatchReply } from '../../src/loader/protocol.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { BufferPool } from '../../src/worker/buffers.ts'
import { Memos } from '../../src/worker/memos.ts'
import { runBatch } from '../../src/worker/run-batch.ts'
import { settingsOf } from '../dataset/settings.ts'
import { readAll, storeWith } from '../dataset/stores.ts'
import { ManualClock } from '../support/manual-clock.ts'

const zip = { compression: 'gzip', compressionLevel: 4 } as const
const hdf5 = { numDsetPerRecord: 1, chunkDims: [1, 16, 64], maxShape: [], dropsUnitAxis: false }

/** name, format, and what else decides the bytes. */
const variants: readonly (readonly [string, FormatName, Partial<DatasetSettings>])[] = [
  ...formatNames.map((format) => [format, format, {}] as const),
  ['npz with zip', 'npz', { encode: zip }],
  ['npz of varying size', 'npz', { recordLengthStdev: 1500 }],
  ['csv with gzip', 'csv', { encode: zip }],
  ['hdf5 in chunks with gzip', 'hdf5', { recordDims: [64, 64], encode: { ...zip, hdf5 } }],
  ['parquet with gzip', 'parquet', { encode: { ...zip, parquet: { columns: [], rowGroupSize: 2, generationBatchSize: 0 } } }],
  ['float32 in npy', 'npy', { elementType: 'float32', recordDims: [30, 20] }],
]

interface Case { readonly store: ObjectStore; readonly settings: DatasetSettings; readonly format: FormatName; readonly numSamples: number }

async function caseOf(format: FormatName, more: Partial<DatasetSettings>): Promise<Case> {
  const store = await storeWith()
  const numSamplesPerFile = format === 'jpeg' || format === 'png' ? 1 : 3
  const parquet = { columns: [], rowGroupSize: 2, generationBatchSize: 0 }
  const settings = settingsOf({
    format, extension: format, numSamplesPerFile, numFilesTrain: 2, numFilesEval: 0,
    encode: { compression: 'none', compressionLevel: 4, ...(format === 'parquet' ? { parquet } : {}) }, ...more,
  })
  await generate({ store, settings, format: await loadFormat(format), version: '1', memoryLimit: MiB, uploads: 2 })
  return { store, settings, format, numSamples: 2 * numSamplesPerFile }
}

interface Reading { readonly readMode?: 'object' | 'range'; readonly seed?: number; readonly provenance?: Provenance; readonly decode?: boolean }

/** Reads every sample in one batch. */
async function readAllSamples({ store, settings, format: name, numSamples }: Case, { readMode = 'object', seed = settings.seed, provenance = 'generated', decode = name !== 'synthetic' }: Reading = {}): Promise<{ reply: BatchReply; bytes: number }> {
  const counts = createVerifyCounts()
  const format = await loadFormat(name)
  const clock = new ManualClock()
  const { table } = await listFiles(store, { layout: settings, set: 'train', numSamplesPerFile: settings.numSamplesPerFile })
  const reply = await runBatch({
    store, format: decode ? format : undefined, files: { train: table, eval: table }, readMode, window: 2, buffers: new BufferPool(MiB, MiB), memos: new Memos(),
    clock, signal: new AbortController().signal, thread: 1, preprocess: () => 0, takeRetries: () => ({}),
    verifier: new Verifier({ settings: { ...settings, seed }, provenance, counts }, format, clock),
  }, { phase: 'train', epoch: 1, rank: 0, step: 1, samples: Uint32Array.from({ length: numSamples }, (_, i) => i) })
  return { reply, bytes: verifyCountsOf(counts).bytes }
}

const keysOf = ({ settings: { extension } }: Case): readonly [string, string] => [`data/train/img_0_of_2.${extension}`, `data/train/img_1_of_2.${extension}`]

async function change(store: ObjectStore, key: string, damage: (bytes: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const bytes = damage(await readAll(store, key))
  await store.write(key, bytes)
  return bytes
}

async function swap(store: ObjectStore, [a, b]: readonly [string, string]): Promise<void> {
  const [first, second] = [await readAll(store, a), await readAll(store, b)]
  await store.write(a, second)
  await store.write(b, first)
}

function flipAt(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte))
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`

for (const [name, format, more] of variants) {
  describe(name, () => {
    const modes = hasRanges(format) ? ['object', 'range'] as const : ['object'] as const
    for (const readMode of modes) {
      test(`${readMode}: every byte read is what was generated, and counted`, async () => {
        const { reply, bytes } = await readAllSamples(await caseOf(format, more), { readMode })
        assert.equal(reply.failure, undefined)
        assert.ok(bytes > 0)
        assert.equal(bytes, reply.bytes)
      })

      test(`${readMode}: two objects that were swapped are damaged data`, async () => {
        const data = await caseOf(format, more)
        await swap(data.store, keysOf(data))
        const { reply: { failure } } = await readAllSamples(data, { readMode })
        assert.equal(failure?.code, 'format')
        assert.match(failure.message, /is not what dlio-s3 generates: byte \d+ is 0x[\da-f]{2} where 0x[\da-f]{2} was expected|has \d+ bytes, where dlio-s3 generates|where dlio-s3 generates more/)
      })

      // The number of a file is all there is of a synthetic one.
      test(`${readMode}: another seed is ${format === 'synthetic' ? 'the same synthetic data' : 'damaged data, and the hint names it'}`, async () => {
        const { reply: { failure } } = await readAllSamples(await caseOf(format, more), { readMode, seed: 7, provenance: 'unknown' })
        if (format === 'synthetic') {
          assert.equal(failure, undefined)
          return
        }
        assert.equal(failure?.code, 'format')
        assert.match(failure.hint!, /another --seed than 7/)
      })
    }

    test('a flipped byte is told by key, offset, and both values', async () => {
      const data = await caseOf(format, more)
      const [key] = keysOf(data)
      const size = (await data.store.head(key)).size
      const at = Math.floor(size / 2)
      const bytes = await change(data.store, key, flipAt(at))
      const { reply: { failure, errors } } = await readAllSamples(data)
      assert.equal(failure?.message, `"${key}" is not what dlio-s3 generates: byte ${at} is ${hex(bytes[at]!)} where ${hex(bytes[at]! ^ 0x10)} was expected`)
      assert.deepEqual(failure.info, { reason: 'damaged', key, offset: at })
      assert.equal(errors, 0)
    })

    for (const [what, damage] of [['truncated', (bytes) => bytes.subarray(0, -1)], ['emptied', () => new Uint8Array(0)], ['lengthened', (bytes) => Buffer.concat([bytes, Buffer.of(0)])]] as const satisfies readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[]) {
      test(`a ${what} object is damaged data`, async () => {
        const data = await caseOf(format, more)
        const [key] = keysOf(data)
        const { length } = await change(data.store, key, damage)
        const { reply: { failure } } = await readAllSamples(data)
        assert.equal(failure?.code, 'format')
        assert.match(failure.message, new RegExp(`"${key}" (?:has ${length} bytes, where dlio-s3 generates \\d+|ends after ${length} bytes, where dlio-s3 generates more)`))
      })
    }
  })
}

for (const format of ['indexed_binary', 'mmap_indexed_binary'] as const) for (const ending of ['.off.idx', '.sz.idx']) {
  test(`${format}: a flipped byte of ${ending} beside an object is found when it is read`, async () => {
    const data = await caseOf(format, {})
    const key = `${keysOf(data)[0]}${ending}`
    await change(data.store, key, flipAt(0))
    const { reply: { failure } } = await readAllSamples(data, { readMode: 'range' })
    assert.ok(failure?.message.startsWith(`"${key}" is not what dlio-s3 generates: byte 0`), failure?.message)
  })
}

test('what lies beside an object must have its length, too', async () => {
  const { settings } = await caseOf('tfrecord', {})
  const verifier = new Verifier({ settings, provenance: 'generated', counts: createVerifyCounts() }, await loadFormat('tfrecord'), new ManualClock())
  const [index] = verifier.companionsOf(verifier.fileOf({ set: 'train', key: 'data/train/img_1_of_2.tfrecord' }))
  assert.equal(index?.key, 'data/index/train/img_1_of_2.tfrecord.idx')
  verifier.verifyCompanion(index, index.bytes)
  const { length } = index.bytes
  assert.throws(() => { verifier.verifyCompanion(index, index.bytes.subarray(1)) }, (error) => isFault(error, 'format'))
  assert.throws(() => { verifier.verifyCompanion(index, index.bytes.subarray(0, -1)) }, (error) => isFault(error, 'format') && error.info.offset === length - 1)
  assert.throws(() => { verifier.verifyCompanion(index, Buffer.concat([index.bytes, index.bytes])) }, (error) => isFault(error, 'format') && error.message.includes(`has ${2 * length} bytes, where dlio-s3 generates ${length}`))
})

test('an object of a name that is not generated is no object of this data set', async () => {
  const data = await caseOf('npz', {})
  await data.store.write('data/train/another.npz', await readAll(data.store, keysOf(data)[0]))
  await data.store.delete([keysOf(data)[1]])
  const { reply: { failure } } = await readAllSamples(data)
  assert.equal(failure?.code, 'dataset')
  assert.match(failure.message, /"data\/train\/another.npz" is no object that dlio-s3 generates/)
})

test('without decoding the same bytes are compared', async () => {
  const data = await caseOf('npz', {})
  const { reply, bytes } = await readAllSamples(data, { decode: false })
  assert.deepEqual([reply.failure, bytes], [undefined, reply.bytes])
  await change(data.store, keysOf(data)[1], flipAt(300))
  assert.equal((await readAllSamples(data, { decode: false })).reply.failure?.code, 'format')
})

test('synthetic files are not read when they are decoded, so none of their bytes are verified', async () => {
  const { reply, bytes } = await readAllSamples(await caseOf('synthetic', {}), { decode: true })
  assert.deepEqual([reply.failure, bytes], [undefined, 0])
})
