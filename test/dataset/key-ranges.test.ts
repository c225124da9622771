import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { keyRanges, visitPages } from '../../src/dataset/key-ranges.ts'
import { fileKey } from '../../src/dataset/names.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { Fault, isFault } from '../../src/util/fault.ts'
import { settingsOf } from './settings.ts'
import { listingOf } from './stores.ts'

const layouts: readonly (readonly [numFiles: number, numSubfolders: number, numRanges: number])[] = [
  [0, 0, 1], [1, 0, 1], [2000, 0, 1], [2001, 0, 2], [16_000, 0, 8], [100_000, 0, 8], [10_000, 2, 5], [10_000, 7, 5], [20_000, 10, 8], [9_000, 30_000, 5],
]

function expectedKeys(numFilesTrain: number, numSubfoldersTrain: number): string[] {
  const layout = settingsOf({ numFilesTrain, numSubfoldersTrain })
  return Array.from({ length: numFilesTrain }, (_, i) => fileKey(layout, 'train', i)).toSorted()
}

describe('keyRanges', () => {
  for (const [numFilesTrain, numSubfoldersTrain, numRanges] of layouts) {
    test(`${numFilesTrain} files, ${numSubfoldersTrain} subfolders: ${numRanges} ranges that cover all and share nothing`, async () => {
      const layout = settingsOf({ numFilesTrain, numSubfoldersTrain })
      const ranges = keyRanges(layout, 'train', 8)
      assert.equal(ranges.length, numRanges)
      assert.equal(ranges[0]!.after, undefined)
      assert.equal(ranges.at(-1)!.last, undefined)
      const strangers = ['data/train/', 'data/train/!', 'data/train/0/zz', 'data/train/5', 'data/train/~', 'data/train/img_00500_of_2.npz']
      const keys = [...expectedKeys(numFilesTrain, numSubfoldersTrain), ...strangers].toSorted()
      const parts: string[][] = []
      const store = listingOf(keys) as ObjectStore
      await visitPages(store, { layout, set: 'train' }, (page, part) => { (parts[part] ??= []).push(...page.map(({ key }) => key)) })
      assert.deepEqual(parts.flat(), keys)
      if (numSubfoldersTrain > numFilesTrain) return
      for (const part of parts) assert.ok(part.length <= 1.6 * keys.length / numRanges + strangers.length, `${part.length} of ${keys.length}`)
    })
  }
})

describe('visitPages', () => {
  test('a store that lists the whole each time is asked once', async () => {
    const keys = expectedKeys(16_000, 0)
    const listing = listingOf(keys)
    const begins: (string | undefined)[] = []
    const store = {
      ...listing, listsWhole: true,
      list(prefix: string, options: Parameters<ObjectStore['list']>[1]) {
        begins.push(options?.startAfter)
        return listing.list(prefix, options)
      },
    } as unknown as ObjectStore
    const found: string[] = []
    await visitPages(store, { layout: settingsOf({ numFilesTrain: 16_000 }), set: 'train' }, (page) => { found.push(...page.map(({ key }) => key)) })
    assert.deepEqual(begins, [undefined])
    assert.deepEqual(found, keys)
  })
  test('the first Fault ends every range and comes out', async () => {
    const listing = listingOf(expectedKeys(16_000, 0))
    let ended = 0
    const store = {
      ...listing,
      async * list(prefix: string, options: Parameters<ObjectStore['list']>[1]) {
        try {
          for await (const page of listing.list(prefix, options)) {
            if (page[0]!.key > 'data/train/img_09') throw new Fault('storage', 'no more', { info: { reason: 'server', operation: 'list' } })
            if (options?.signal?.aborted) throw options.signal.reason as Error
            yield page
          }
        } finally {
          ended++
        }
      },
    } as unknown as ObjectStore
    await assert.rejects(visitPages(store, { layout: settingsOf({ numFilesTrain: 16_000 }), set: 'train' }, () => {}),
      (error) => isFault(error, 'storage') && error.message === 'no more')
    assert.equal(ended, 8)
  })
})
