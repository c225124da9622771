import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { checkIndex, sampleOf } from '../../src/dataset/index-check.ts'
import type { IndexedSet } from '../../src/dataset/index-file.ts'
import { listFiles } from '../../src/dataset/listing.ts'
import { fileKey } from '../../src/dataset/names.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault } from '../../src/util/fault.ts'
import { settingsOf } from './settings.ts'
import { storeWith } from './stores.ts'

describe('sampleOf', () => {
  for (const [numFiles, count] of [[0, 0], [1, 1], [2, 2], [15, 15], [16, 16], [17, 16], [10_000_000, 16]] as const) {
    test(`${count} of ${numFiles}, first and last among them, none twice, the same for a seed`, () => {
      const sample = sampleOf(numFiles, 3)
      assert.equal(new Set(sample).size, count)
      assert.equal(sample.length, count)
      if (numFiles > 0) assert.deepEqual([sample[0], sample.at(-1)], [0, numFiles - 1])
      assert.deepEqual(sample, sampleOf(numFiles, 3))
    })
  }
})

interface Row {
  readonly name: string
  readonly numFiles?: number
  readonly wanted?: number
  readonly numSubfolders?: number
  readonly change?: (store: ObjectStore, keys: readonly string[]) => Promise<unknown>
  readonly message?: RegExp
}

const rows: readonly Row[] = [
  { name: 'nothing changed', numFiles: 10 },
  { name: 'nothing changed in subfolders', numFiles: 20, numSubfolders: 3 },
  { name: 'no files', numFiles: 0 },
  { name: 'another size', change: (store, keys) => store.write(keys[4]!, new Uint8Array(9)), message: /"data\/train\/img_04_of_10\.npz" has 9 bytes there and 4 in the index/ },
  { name: 'other content of the same size', change: (store, keys) => store.write(keys[9]!, Uint8Array.of(1, 2, 3, 4)), message: /"data\/train\/img_09_of_10\.npz" has the ETag [0-9a-f]{32} there and [0-9a-f]{32} in the index/ },
  { name: 'the first is gone', change: (store, keys) => store.delete([keys[0]!]), message: /"data\/train\/img_00_of_10\.npz" is not there/ },
  { name: 'all are gone', change: (store, keys) => store.delete(keys), message: /img_00_of_10\.npz" is not there \(and 9 more of the 10 objects/ },
  { name: 'one behind the last', change: (store) => store.write('data/train/zz.npz', new Uint8Array(1)), message: /"data\/train\/zz\.npz" is there and not in the index/ },
  { name: 'one behind the last in subfolders', numSubfolders: 3, change: (store) => store.write('data/train/2/zz.npz', new Uint8Array(1)), message: /"data\/train\/2\/zz\.npz" is there and not in the index/ },
  { name: 'something else behind the last', change: (store) => store.write('data/train/zz.txt', new Uint8Array(1)) },
  { name: 'a file at another depth behind the last', change: (store) => store.write('data/train/zz/a.npz', new Uint8Array(1)) },
  { name: 'more than are wanted', wanted: 7 },
]

describe('checkIndex', () => {
  for (const { name, numFiles = 10, wanted = numFiles, numSubfolders = 0, change, message } of rows) {
    test(name, async () => {
      const there = settingsOf({ numFilesTrain: numFiles, numSubfoldersTrain: numSubfolders }), layout = { ...there, numFilesTrain: wanted }
      const keys = Array.from({ length: numFiles }, (_, i) => fileKey(there, 'train', i))
      const store = await storeWith(Object.fromEntries(keys.map((key) => [key, 4])))
      const { table, bytes, lastKey, isSubset } = await listFiles(store, { layout, set: 'train', numSamplesPerFile: 1 })
      const indexed: IndexedSet = { set: 'train', numFiles: wanted, numSubfolders, table, bytes, lastKey, isSubset, warnings: [] }
      assert.equal(lastKey, keys.toSorted().at(-1) ?? '')
      await change?.(store, keys)
      const check = checkIndex(store, indexed, { file: 'my.index', layout, seed: 1 })
      if (!message) { await check; return }
      await assert.rejects(check, (error) => {
        assert.ok(isFault(error, 'dataset'))
        assert.match(error.message, message)
        assert.match(error.message, /^the index my\.index does not describe what is in /)
        assert.match(error.hint!, /delete my\.index/)
        return true
      })
    })
  }

  test('a store that fails is not a data set that differs', async () => {
    const store = await storeWith({ 'data/train/a.npz': 1 })
    const { table, bytes, lastKey, isSubset } = await listFiles(store, { layout: settingsOf({ numFilesTrain: 1 }), set: 'train', numSamplesPerFile: 1 })
    const controller = new AbortController()
    controller.abort()
    await assert.rejects(checkIndex(store, { set: 'train', numFiles: 1, numSubfolders: 0, table, bytes, lastKey, isSubset, warnings: [] }, { file: 'f', layout: settingsOf({ numFilesTrain: 1 }), seed: 1, signal: controller.signal }), (error) => isFault(error, 'aborted'))
  })
})
