import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { baseNameOrder } from '../../src/dataset/base-name-order.ts'
import { fileKey } from '../../src/dataset/names.ts'
import { numberedOrder } from '../../src/dataset/numbered-order.ts'
import { stringTable } from '../../src/util/string-table.ts'
import { settingsOf } from './settings.ts'

function namesOf(count: number, numSubfoldersTrain: number): string[] {
  const layout = settingsOf({ numFilesTrain: count, numSubfoldersTrain })
  return Array.from({ length: count }, (_, i) => fileKey(layout, 'train', i)).toSorted()
}

const numbered: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ['none', []],
  ['one', ['a/1']],
  ['two', ['a/2', 'b/1']],
  ['backwards', ['a/img_3.npz', 'a/img_2.npz', 'a/img_1.npz', 'a/img_0.npz']],
  ['1000 in 7 subfolders', namesOf(1000, 7)],
  ['1000 in 64 subfolders', namesOf(1000, 64)],
  ['folders of several lengths', ['0123456789/x1', 'a/x3', '0123456789/x2', 'bcde/x0']],
  ['digits before and behind', ['0/x10_of_20', '1/x11_of_20', '0/x12_of_20', '1/x02_of_20', '0/x03_of_20', '0/x04_of_20', '0/x05_of_20']],
]
const others: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ['words', ['a/b', 'b/a']],
  ['other lengths', ['a/1', 'a/10', 'b/2']],
  ['the same name twice', ['a/1', 'a/2', 'b/1', 'b/3']],
  ['all the same', ['a/1', 'b/1']],
  ['two numbers', ['a/1_1', 'a/2_1', 'b/1_2', 'b/3_1']],
  ['a letter where the others have a digit', ['a/1', 'a/x', 'b/2']],
  ['one with another beginning', ['a/x1', 'a/y2', 'b/x3']],
  ['a longer one in between', ['a/1', 'a/123', 'b/2']],
  ['a shorter one in between', ['a/100', 'a/1', 'b/102']],
  ['numbers far apart', ['a/000000001', 'b/900000000']],
  ['numbers where the base name of the key before was, but of the next key', ['0123456789/x1', 'a/x2', 'bcdef/x3', '0123456789/x4']],
  ['numbers too long', ['a/0000000001', 'b/0000000002']],
]

describe('numberedOrder', () => {
  for (const [name, keys] of numbered) {
    test(name, () => { assert.deepEqual(numberedOrder(stringTable(keys)), baseNameOrder(stringTable(keys))) })
  }
  for (const [name, keys] of others) {
    test(`not for: ${name}`, () => { assert.equal(numberedOrder(stringTable(keys)), undefined) })
  }
})
