import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { fileIndexOf, fileKey, isCompanion, type DataSetName, type Layout } from '../../src/dataset/names.ts'
import { settingsOf } from './settings.ts'

const rows: readonly (readonly [layout: Partial<Layout>, set: DataSetName, index: number, key: string])[] = [
  [{ numFilesTrain: 1 }, 'train', 0, 'data/train/img_0_of_1.npz'],
  [{ numFilesTrain: 9 }, 'train', 8, 'data/train/img_8_of_9.npz'],
  [{ numFilesTrain: 10 }, 'train', 0, 'data/train/img_00_of_10.npz'],
  [{ numFilesTrain: 168 }, 'train', 7, 'data/train/img_007_of_168.npz'],
  [{ numFilesTrain: 524288, extension: 'tfrecord' }, 'train', 12, 'data/train/img_000012_of_524288.tfrecord'],
  [{ numFilesEval: 4, filePrefix: 'part' }, 'valid', 3, 'data/valid/part_3_of_4.npz'],
  [{ prefix: '', numFilesEval: 100 }, 'valid', 99, 'valid/img_099_of_100.npz'],
  [{ prefix: 'a/b', numFilesTrain: 2, numSubfoldersTrain: 1 }, 'train', 1, 'a/b/train/img_1_of_2.npz'],
  [{ numFilesTrain: 10, numSubfoldersTrain: 3 }, 'train', 7, 'data/train/1/img_07_of_10.npz'],
  [{ numFilesTrain: 12, numSubfoldersTrain: 8 }, 'train', 9, 'data/train/1/img_09_of_12.npz'],
  [{ numFilesTrain: 100, numSubfoldersTrain: 10 }, 'train', 99, 'data/train/09/img_099_of_100.npz'],
  [{ numFilesEval: 4, numSubfoldersEval: 2, numSubfoldersTrain: 50 }, 'valid', 3, 'data/valid/1/img_3_of_4.npz'],
]

describe('fileKey', () => {
  for (const [layout, set, index, key] of rows) test(key, () => { assert.equal(fileKey(settingsOf(layout), set, index), key) })
})

describe('fileIndexOf', () => {
  for (const [layout, set, index, key] of rows) test(`${key} is file ${index}`, () => { assert.equal(fileIndexOf(settingsOf(layout), set, key), index) })

  const layout = settingsOf({ numFilesTrain: 10, numSubfoldersTrain: 3 })
  for (const key of [
    '', 'data/train/', 'img_00_of_10.npz', 'data/train/img_07_of_10.npz', 'data/train/2/img_07_of_10.npz', 'data/train/1/img_7_of_10.npz',
    'data/train/1/img_10_of_10.npz', 'data/train/1/img_07_of_11.npz', 'data/train/1/img_07_of_10.npy', 'data/train/1/img_07_of_10.npz.bak',
    'data/train/1/img_-7_of_10.npz', 'data/train/1/img_ 7_of_10.npz', 'data/valid/1/img_07_of_10.npz', 'x/data/train/1/img_07_of_10.npz', '_of_10.npz', '07_of_10.npz',
  ]) {
    test(`${JSON.stringify(key)} is none of 10 files in 3 subfolders`, () => { assert.equal(fileIndexOf(layout, 'train', key), undefined) })
  }

  test('is the inverse of fileKey for every file', () => {
    for (const [numFilesTrain, numSubfoldersTrain] of [[1, 0], [11, 1], [101, 7], [999, 10]] as const) {
      const some = settingsOf({ numFilesTrain, numSubfoldersTrain })
      for (let i = 0; i < numFilesTrain; i++) assert.equal(fileIndexOf(some, 'train', fileKey(some, 'train', i)), i)
    }
  })
})

describe('isCompanion', () => {
  for (const [key, is] of [
    ['', false], ['data/train/', true], ['data/train/a.indexed_binary.off.idx', true], ['data/train/a.indexed_binary.sz.idx', true],
    ['data/train/a.indexed_binary', false], ['data/train/labels.idx', false], ['data/train/a.idx.npz', false],
  ] as const) {
    test(`${JSON.stringify(key)}: ${is}`, () => { assert.equal(isCompanion(key), is) })
  }
})
