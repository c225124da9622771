import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { listFiles } from '../../src/dataset/listing.ts'
import { fileKey, type DataSetName, type Layout } from '../../src/dataset/names.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault } from '../../src/util/fault.ts'
import { settingsOf } from './settings.ts'
import { listingOf, storeWith } from './stores.ts'

function objectsOf(layout: Layout, set: DataSetName, size = 10): Record<string, number> {
  const count = set === 'train' ? layout.numFilesTrain : layout.numFilesEval
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [fileKey(layout, set, i), size + i]))
}

function baseName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}

interface Row {
  readonly name: string
  readonly layout?: Partial<Layout>
  readonly set?: DataSetName
  readonly objects: Readonly<Record<string, number>>
  /** Base names, or what the Fault's message and hint match. */
  readonly files?: readonly string[]
  readonly fault?: RegExp
  readonly hint?: RegExp
  readonly found?: number
  readonly warnings?: readonly RegExp[]
}

const ten = settingsOf({ numFilesTrain: 10 })
const tenInThree = settingsOf({ numFilesTrain: 10, numSubfoldersTrain: 3 })
const tenNames = Array.from({ length: 10 }, (_, i) => `img_0${i}_of_10.npz`)

const rows: readonly Row[] = [
  { name: 'nothing wanted', layout: { numFilesTrain: 0 }, objects: {}, files: [] },
  { name: 'nothing wanted in subfolders', layout: { numFilesEval: 0, numSubfoldersEval: 4 }, set: 'valid', objects: {}, files: [] },
  { name: 'flat', layout: ten, objects: objectsOf(ten, 'train'), files: tenNames },
  { name: 'one subfolder is flat', layout: { ...ten, numSubfoldersTrain: 1 }, objects: objectsOf(ten, 'train'), files: tenNames },
  { name: 'at the top of the bucket', layout: { ...ten, prefix: '' }, objects: objectsOf({ ...ten, prefix: '' }, 'train'), files: tenNames },
  { name: 'three subfolders, by base name', layout: tenInThree, objects: objectsOf(tenInThree, 'train'), files: tenNames },
  { name: 'fewer files than subfolders', layout: { numFilesTrain: 2, numSubfoldersTrain: 5 }, objects: { 'data/train/0/img_0_of_2.npz': 1, 'data/train/1/img_1_of_2.npz': 1 }, files: ['img_0_of_2.npz', 'img_1_of_2.npz'] },
  { name: 'any names with the extension, capitals too', layout: { numFilesTrain: 3 }, objects: { 'data/train/b.npz': 1, 'data/train/a.NPZ': 1, 'data/train/c_npz': 1 }, files: ['a.NPZ', 'b.npz', 'c_npz'] },
  { name: 'valid', layout: { numFilesEval: 2 }, set: 'valid', objects: { 'data/valid/a.npz': 1, 'data/valid/b.npz': 2, 'data/train/c.npz': 3 }, files: ['a.npz', 'b.npz'] },
  { name: 'a folder marker is no file', layout: { numFilesTrain: 1 }, objects: { 'data/train/': 0, 'data/train/a.npz': 1 }, files: ['a.npz'] },
  { name: 'index files are passed over', layout: { numFilesTrain: 1, extension: 'indexed_binary' }, objects: { 'data/train/a.indexed_binary': 8, 'data/train/a.indexed_binary.off.idx': 8, 'data/train/a.indexed_binary.sz.idx': 8 }, files: ['a.indexed_binary'] },
  { name: 'too many: a subset', layout: { numFilesTrain: 4 }, objects: objectsOf(ten, 'train'), files: tenNames.slice(0, 4), warnings: [/^Number of files for training in data\/train \(10\) is more than requested \(4\)\. A subset of files will be used$/] },
  { name: 'too many in subfolders: a subset', layout: { numFilesTrain: 4, numSubfoldersTrain: 3 }, objects: objectsOf(tenInThree, 'train'), files: tenNames.slice(0, 4), warnings: [/training .* \(10\) .* \(4\)/] },
  { name: 'too many for evaluation', layout: { numFilesEval: 1 }, set: 'valid', objects: { 'data/valid/a.npz': 1, 'data/valid/b.npz': 2 }, files: ['a.npz'], warnings: [/for evaluation in data\/valid \(2\)/] },
  { name: 'strangers and empty files are told', layout: { numFilesTrain: 2 }, objects: { 'data/train/a.npz': 0, 'data/train/b.npz': 2, 'data/train/LICENSE': 3, 'data/train/notes.txt': 3, 'data/train/x/c.npz': 4 }, files: ['a.npz', 'b.npz'], warnings: [/^1 of .* 0 bytes, such as "data\/train\/a.npz"/, /^2 of .* not npz files .* such as "data\/train\/LICENSE"/, /^1 of .* at another depth .* "data\/train\/x\/c.npz"/] },
  { name: 'an empty store', layout: ten, objects: {}, fault: /Not enough training dataset is found; Please run the code with \+\+workload\.workflow\.generate_data=True.*nothing at all is under "data\/".*0 of 10/, hint: /--generate or \+\+workload\.workflow\.generate_data=True/, found: 0 },
  { name: 'an empty bucket at its top', layout: { ...ten, prefix: '' }, objects: {}, fault: /nothing at all is under "" .*0 of 10/, found: 0 },
  { name: 'a folder without the set', layout: { numFilesEval: 2 }, set: 'valid', objects: objectsOf(ten, 'train'), fault: /Not enough evaluation dataset is found; Please run .*"data\/" in .* is there, but nothing is under "data\/valid\/".*0 of 2/, found: 0 },
  { name: 'another format', layout: ten, objects: { 'data/train/a.npy': 1, 'data/train/b.npy': 1 }, fault: /has 2 objects, none of them a npz file: 0 of 10/, found: 0 },
  { name: 'too few', layout: { numFilesTrain: 11 }, objects: objectsOf(ten, 'train'), fault: /too few npz files: 10 of 11/, found: 10 },
  { name: 'a prefix that only begins alike', layout: { numFilesTrain: 1 }, objects: { 'data/training/a.npz': 1, 'data2/train/a.npz': 1 }, fault: /0 of 1/, found: 0 },
  { name: 'subfolders where none are configured', layout: ten, objects: objectsOf(tenInThree, 'train'), fault: /lie in 3 subfolders, but workload\.dataset\.num_subfolders_train is 0/, hint: /\+\+workload\.dataset\.num_subfolders_train=3/, found: 3 },
  { name: 'no subfolders where some are configured', layout: tenInThree, objects: objectsOf(ten, 'train'), fault: /lie in no subfolders, but workload\.dataset\.num_subfolders_train is 3/, hint: /num_subfolders_train=0/, found: 0 },
  { name: 'another number of subfolders', layout: { numFilesEval: 10, numSubfoldersEval: 4 }, set: 'valid', objects: objectsOf(settingsOf({ numFilesEval: 10, numSubfoldersEval: 3 }), 'valid'), fault: /"data\/valid\/" has 3 subfolders of npz files, but workload\.dataset\.num_subfolders_eval is 4/, hint: /num_subfolders_eval=3/, found: 3 },
]

describe('listFiles', () => {
  for (const { name, layout, set = 'train', objects, ...expected } of rows) {
    test(name, async () => {
      const listing = listFiles(await storeWith(objects), { layout: settingsOf(layout), set, numSamplesPerFile: 2 })
      if (expected.fault) {
        await assert.rejects(listing, (error) => {
          assert.ok(isFault(error, 'dataset'))
          assert.match(error.message, expected.fault!)
          assert.match(error.hint!, expected.hint ?? /./)
          assert.equal(error.info.found, expected.found)
          return true
        })
        return
      }
      const { table, warnings, bytes } = await listing
      const keys = [...table.keys]
      assert.deepEqual(keys.map((key) => key.slice(key.lastIndexOf('/') + 1)), expected.files)
      assert.deepEqual([...table.sizes], keys.map((key) => objects[key]))
      assert.equal(bytes, keys.reduce((sum, key) => sum + objects[key]!, 0))
      assert.equal(table.numSamplesPerFile, 2)
      assert.deepEqual([table.numFiles, table.etags?.length ?? 0], [keys.length, keys.length])
      assert.equal(warnings.length, expected.warnings?.length ?? 0, warnings.join('\n'))
      for (const [i, warning] of warnings.entries()) assert.match(warning, expected.warnings![i]!)
    })
  }

  test('each file keeps its size and ETag, whatever the order', async () => {
    const store = await storeWith(objectsOf(tenInThree, 'train'))
    const { table } = await listFiles(store, { layout: tenInThree, set: 'train', numSamplesPerFile: 1 })
    for (let i = 0; i < 10; i++) {
      const { size, etag } = await store.head(table.keys.get(i))
      assert.deepEqual([table.keys.get(i), table.sizes[i], table.etags!.get(i)], [fileKey(tenInThree, 'train', i), size, etag])
    }
  })

  for (const numSubfoldersTrain of [0, 7]) {
    test(`5 000 files in ${numSubfoldersTrain} subfolders: as many request chains as you like give one table`, async () => {
      const layout = settingsOf({ numFilesTrain: 5000, numSubfoldersTrain })
      const store = await storeWith(objectsOf(layout, 'train', 0))
      const [one, many] = await Promise.all([1, 8].map((concurrency) => listFiles(store, { layout, set: 'train', numSamplesPerFile: 1, concurrency })))
      assert.deepEqual([...one!.table.keys], Array.from({ length: 5000 }, (_, i) => fileKey(layout, 'train', i)))
      assert.deepEqual([...many!.table.keys], [...one!.table.keys])
      assert.deepEqual(many!.table.sizes, one!.table.sizes)
      assert.equal(one!.numPages, 5)
    })
  }

  for (const [name, nameOf] of [['numbered', (i: number): string => `img_${String(i).padStart(5, '0')}`], ['of no order', (i: number): string => (i * 2_654_435_761 % 2 ** 32).toString(36)]] as const) {
    for (const numSubfoldersTrain of [0, 5]) {
      test(`12 000 names ${name} in ${numSubfoldersTrain} subfolders, ETags that are no MD5: each row stays together`, async () => {
        const layout = settingsOf({ numFilesTrain: 12_000, numSubfoldersTrain })
        const keys = Array.from({ length: 12_000 }, (_, i) => `data/train/${numSubfoldersTrain > 0 ? `${i % numSubfoldersTrain}/` : ''}${nameOf(i)}.npz`).toSorted()
        const { table, lastKey } = await listFiles(listingOf(keys) as ObjectStore, { layout, set: 'train', numSamplesPerFile: 1, concurrency: 8 })
        const found = [...table.keys]
        assert.deepEqual(found, keys.toSorted((a, b) => baseName(a) < baseName(b) ? -1 : 1))
        assert.deepEqual(found.map((_, i) => table.etags!.get(i)), found)
        assert.equal(lastKey, keys.at(-1))
      })
    }
  }

  test('an abort arrives', async () => {
    const controller = new AbortController()
    controller.abort()
    await assert.rejects(listFiles(await storeWith(objectsOf(ten, 'train')), { layout: ten, set: 'train', numSamplesPerFile: 1, signal: controller.signal }), (error) => isFault(error, 'aborted'))
  })
})
