// Whole data sets of every format, gone through once: what is found of those that were damaged, and that all of it is found.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { generate } from '../../src/dataset/generate.ts'
import { GenerationPlan } from '../../src/dataset/plan.ts'
import type { DatasetSettings } from '../../src/dataset/settings.ts'
import { StoredWindows, windowLength } from '../../src/dataset/stored-windows.ts'
import { createVerifyCounts, Verifier } from '../../src/dataset/verifier.ts'
import { storedSizes, verifyFiles, type VerifiedFile } from '../../src/dataset/verify-files.ts'
import { missingFiles, takeTurns } from '../../src/dataset/write-files.ts'
import { formatNames, loadFormat, type FormatName } from '../../src/format/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { abortedFault, Fault, isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { withRead } from '../support/memory-data.ts'
import { settingsOf } from './settings.ts'
import { contentsOf, readAll, storeWith } from './stores.ts'

function settingsFor(format: FormatName, more: Partial<DatasetSettings> = {}): DatasetSettings {
  const parquet = { columns: [], rowGroupSize: 2, generationBatchSize: 0 }
  return settingsOf({ format, extension: format, encode: { compression: 'none', compressionLevel: 4, ...(format === 'parquet' ? { parquet } : {}) }, ...more })
}

async function generated(settings: DatasetSettings): Promise<ObjectStore> {
  const store = await storeWith()
  await generate({ store, settings, format: await loadFormat(settings.format as FormatName), version: '1', memoryLimit: MiB, uploads: 2 })
  return store
}

interface Verdict { readonly files: readonly VerifiedFile[]; readonly numForeign: number }

async function verify(store: ObjectStore, settings: DatasetSettings, { objectsInFlight = 3, signal }: { objectsInFlight?: number; signal?: AbortSignal } = {}): Promise<Verdict> {
  const format = await loadFormat(settings.format as FormatName)
  const verifier = new Verifier({ settings, provenance: 'generated', counts: createVerifyCounts() }, format, new ManualClock())
  const { sizes, numForeign } = await storedSizes(store, new GenerationPlan(settings, format))
  const files: VerifiedFile[] = []
  const next = missingFiles({ states: new Uint8Array(sizes.length), shard: { rank: 0, worldSize: 1 } }, takeTurns())
  await verifyFiles({ store, verifier, sizes, next, objectsInFlight, signal, onFile: (file) => { files.push(file) } })
  return { files, numForeign }
}

const findingsOf = ({ files }: Verdict): string[] => files.flatMap(({ findings }) => findings.map(({ kind, key }) => `${kind} ${key}`)).toSorted()

test('no files: nothing to find', async () => {
  const settings = settingsOf({ numFilesTrain: 0, numFilesEval: 0 })
  assert.deepEqual(await verify(await generated(settings), settings), { files: [], numForeign: 0 })
})

for (const format of formatNames) {
  describe(format, () => {
    const settings = settingsFor(format)
    test('every byte of every object is read and is what was generated', async () => {
      const store = await generated(settings)
      const { files } = await verify(store, settings)
      assert.equal(files.length, 7)
      const sizes = [...await contentsOf(store)].filter(([key]) => !key.endsWith('.json')).map(([, bytes]) => bytes.length)
      assert.equal(files.reduce((sum, { bytes }) => sum + bytes, 0), sizes.reduce((sum, size) => sum + size, 0))
    })

    test('all that is damaged is found, and the rest is not', async () => {
      const store = await generated(settings)
      const keys = [...(await contentsOf(store)).keys()].filter((key) => !key.endsWith('.json'))
      assert.ok(keys.length >= 7)
      // In turns: as it was, a bit flipped, a byte less, gone.
      const expected: string[] = []
      for (const [i, key] of keys.entries()) {
        const bytes = await readAll(store, key)
        if (i % 4 === 1) await store.write(key, bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 4 : byte)))
        if (i % 4 === 2) await store.write(key, bytes.subarray(1))
        if (i % 4 === 3) await store.delete([key])
        if (i % 4 !== 0) expected.push(`${i % 4 === 3 ? 'missing' : 'differs'} ${key}`)
      }
      assert.deepEqual(findingsOf(await verify(store, settings)), expected.toSorted())
    })
  })
}

test('another seed: everything differs', async () => {
  const settings = settingsOf()
  const { files } = await verify(await generated(settings), { ...settings, seed: 124 })
  assert.ok(files.every(({ bytes, findings }) => bytes === 0 && findings.length === 1))
})

test('objects of other names are counted, not judged', async () => {
  const settings = settingsOf()
  const store = await generated(settings)
  await store.write('data/train/other.npz', new Uint8Array(3))
  const verdict = await verify(store, settings)
  assert.deepEqual([verdict.numForeign, findingsOf(verdict)], [1, []])
})

test('an object of many windows is compared in bounded memory, and a difference in any of them is found', async () => {
  const settings = settingsFor('npy', { numFilesTrain: 1, numFilesEval: 0, numSamplesPerFile: 1, recordLength: 30 * MiB })
  const store = await generated(settings)
  const key = 'data/train/img_0_of_1.npy'
  const bytes = await readAll(store, key)
  let inFlight = 0, most = 0
  const watched = withRead(store, async (name, range, into, options) => {
    most = Math.max(most, inFlight += range.length)
    await new Promise((resolve) => { setImmediate(resolve) })
    inFlight -= range.length
    return store.read(name, range, into, options)
  })
  assert.deepEqual(findingsOf(await verify(watched, settings)), [])
  assert.ok(most <= 5 * windowLength, `${most} bytes`)
  for (const at of [0, windowLength - 1, windowLength, 3 * windowLength + 5, bytes.length - 1]) {
    await store.write(key, bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)))
    assert.deepEqual((await verify(store, settings)).files[0]!.findings.map(({ offset }) => offset), [at])
  }
})

test('a store that fails ends it with its Fault, and nothing goes on behind', async () => {
  const settings = settingsOf()
  const store = await generated(settings)
  let reads = 0
  const failing = withRead(store, async (...args) => {
    if (++reads === 3) throw new Fault('storage', 'down', { info: { reason: 'server', operation: 'read' } })
    return store.read(...args)
  })
  await assert.rejects(verify(failing, settings), (error) => isFault(error, 'storage') && error.message === 'down')
  const before = reads
  await new Promise((resolve) => { setImmediate(resolve) })
  assert.equal(reads, before)
})

test('it stops when it is told to', async () => {
  const settings = settingsOf()
  await assert.rejects(verify(await generated(settings), settings, { signal: AbortSignal.abort(abortedFault('SIGINT')) }), (error) => isFault(error, 'aborted'))
})

test('windows give any stretch, whole, and nothing is read of an object of no bytes', async () => {
  const store = await storeWith()
  const bytes = Uint8Array.from({ length: 3 * windowLength + 7 }, (_, i) => i % 251)
  await store.write('k', bytes)
  const windows = new StoredWindows({ store, key: 'k', size: bytes.length })
  for (const [offset, length] of [[0, 1], [1, 10], [windowLength - 1, 2], [windowLength + 1, 2 * windowLength], [bytes.length - 1, 1]] as const) {
    const found = await windows.at(offset, length)
    for (const at of [offset, offset + length - 1]) assert.ok(found.some((piece) => piece.bytes[at - piece.offset] === bytes[at]))
  }
  await windows.close()
  await new StoredWindows({ store, key: 'absent', size: 0 }).close()
})
