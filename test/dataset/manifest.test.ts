import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { manifestDifferences, manifestKey, manifestText, newManifest, parseManifest, readManifest } from '../../src/dataset/manifest.ts'
import type { DatasetSettings } from '../../src/dataset/settings.ts'
import { isFault } from '../../src/util/fault.ts'
import { settingsOf } from './settings.ts'
import { storeWith } from './stores.ts'

const facts = { version: '0.1.0', created: '2026-01-02T03:04:05.000Z', adopted: false }
const manifest = newManifest(settingsOf(), facts)

describe('manifestKey', () => {
  for (const [prefix, key] of [['', '.dlio-s3.json'], ['data', 'data/.dlio-s3.json'], ['a/b', 'a/b/.dlio-s3.json']] as const) {
    test(`"${prefix}"`, () => { assert.equal(manifestKey(prefix), key) })
  }
})

describe('manifestText', () => {
  for (const settings of [settingsOf(), settingsOf({ recordDims: [4, 128], elementType: 'float32', numSubfoldersTrain: 3, encode: { compression: 'gzip', compressionLevel: 6 } })]) {
    test(`is read back: ${settings.elementType}`, () => {
      const written = newManifest(settings, { ...facts, adopted: true })
      assert.deepEqual(parseManifest(manifestText(written), settings.prefix), written)
    })
  }

  test('is the documented JSON', () => {
    assert.deepEqual(JSON.parse(manifestText(manifest)), {
      schema: 'dlio-s3/manifest@1', version: '0.1.0', created: '2026-01-02T03:04:05.000Z', adopted: false, content: { version: 1, seed: 123 },
      dataset: {
        format: 'npz', num_files_train: 5, num_files_eval: 2, num_subfolders_train: 0, num_subfolders_eval: 0, file_prefix: 'img', extension: 'npz',
        num_samples_per_file: 3, record_length_bytes: 4096, record_length_bytes_stdev: 0, record_dims: [], record_element_type: 'uint8',
      },
      encode: { compression: 'none', compressionLevel: 4 },
    })
  })

  test('does not name the folder, so a copied data set stays valid', () => {
    assert.equal(parseManifest(manifestText(manifest), 'elsewhere').settings.prefix, 'elsewhere')
  })
})

describe('parseManifest refuses', () => {
  const document = JSON.parse(manifestText(manifest)) as { dataset: Record<string, unknown> } & Record<string, unknown>
  const bad: readonly (readonly [name: string, text: string, why: RegExp])[] = [
    ['nothing', '', /no JSON object/],
    ['no JSON', '{', /no JSON object/],
    ['an array', '[]', /no JSON object/],
    ['null', 'null', /no JSON object/],
    ['another schema', JSON.stringify({ ...document, schema: 'dlio-s3/manifest@2' }), /its schema is "dlio-s3\/manifest@2"/],
    ['no version', JSON.stringify({ ...document, version: 1 }), /version/],
    ['a negative seed', JSON.stringify({ ...document, content: { version: 1, seed: -1 } }), /content/],
    ['no dataset', JSON.stringify({ ...document, dataset: [] }), /dataset is missing/],
    ['half a file', JSON.stringify({ ...document, dataset: { ...document.dataset, num_files_train: 1.5 } }), /dataset\.num_files_train is 1\.5/],
    ['an unknown element type', JSON.stringify({ ...document, dataset: { ...document.dataset, record_element_type: 'toString' } }), /record_element_type is "toString"/],
    ['bad dims', JSON.stringify({ ...document, dataset: { ...document.dataset, record_dims: [1, '2'] } }), /record_dims/],
    ['no encode options', JSON.stringify({ ...document, encode: null }), /encode/],
  ]
  for (const [name, text, why] of bad) {
    test(name, () => { assert.throws(() => parseManifest(text, 'data'), (error) => isFault(error, 'usage') && why.test(error.message) && error.message.includes('data/.dlio-s3.json')) })
  }
})

describe('readManifest', () => {
  test('none', async () => { assert.equal(await readManifest(await storeWith(), 'data'), undefined) })
  test('an empty one is refused', async () => {
    await assert.rejects(readManifest(await storeWith({ 'data/.dlio-s3.json': 0 }), 'data'), (error) => isFault(error, 'usage'))
  })
  test('a huge one is not read', async () => {
    await assert.rejects(readManifest(await storeWith({ 'data/.dlio-s3.json': 70_000 }), 'data'), (error) => isFault(error, 'usage') && /70000 bytes/.test(error.message))
  })
  test('one that was written', async () => {
    const store = await storeWith()
    await store.write('data/.dlio-s3.json', Buffer.from(manifestText(manifest)))
    assert.deepEqual(await readManifest(store, 'data'), manifest)
  })
})

describe('manifestDifferences', () => {
  const rows: readonly (readonly [name: string, asked: Partial<DatasetSettings>, names: readonly string[]])[] = [
    ['none', {}, []],
    ['another folder is none', { prefix: 'elsewhere' }, []],
    ['0 and 1 subfolders are alike', { numSubfoldersTrain: 1, numSubfoldersEval: 1 }, []],
    ['a level without compression is none', { encode: { compression: 'none', compressionLevel: 9 } }, []],
    ['another number of files', { numFilesTrain: 6 }, ['num_files_train']],
    ['another seed', { seed: 1 }, ['seed of the content']],
    ['dims', { recordDims: [4] }, ['record_length_bytes', 'record_dims']],
    ['compression', { encode: { compression: 'gzip', compressionLevel: 4 } }, ['compression', 'compressionLevel']],
    ['several', { format: 'npy', extension: 'npy', elementType: 'int8' }, ['format', 'extension', 'record_element_type']],
  ]
  for (const [name, asked, names] of rows) {
    test(name, () => { assert.deepEqual(manifestDifferences(manifest, newManifest(settingsOf(asked), facts)).map((row) => row.name), names) })
  }

  test('a record length does not count beside dims', () => {
    const [a, b] = [1, 2].map((recordLength) => newManifest(settingsOf({ recordDims: [4], recordLength }), facts))
    assert.deepEqual(manifestDifferences(a!, b!), [])
  })

  test('says both values', () => {
    assert.deepEqual(manifestDifferences(manifest, newManifest(settingsOf({ numFilesTrain: 6 }), { ...facts, created: 'later', version: '9' })), [{ name: 'num_files_train', there: '5', asked: '6' }])
  })

  test('another definition of the content', () => {
    assert.deepEqual(manifestDifferences({ ...manifest, contentVersion: 0 }, manifest).map((row) => row.name), ['version of the content'])
  })
})
