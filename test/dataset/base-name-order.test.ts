import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { baseNameOrder } from '../../src/dataset/base-name-order.ts'
import { MersenneTwister } from '../../src/util/random.ts'
import { stringTable } from '../../src/util/string-table.ts'

/** The same by Array.prototype.sort, which is stable. */
function reference(keys: readonly string[]): number[] {
  const names = keys.map((key) => Buffer.from(key.slice(key.lastIndexOf('/') + 1)))
  return keys.map((_, i) => i).toSorted((a, b) => Buffer.compare(names[a]!, names[b]!))
}

const rows: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ['none', []],
  ['one', ['d/a']],
  ['in order', ['d/a', 'd/b', 'd/c']],
  ['backwards', ['d/c', 'd/b', 'd/a']],
  ['subfolders, round robin', ['d/0/00', 'd/0/03', 'd/0/06', 'd/1/01', 'd/1/04', 'd/2/02', 'd/2/05']],
  ['ties keep their order', ['d/0/a', 'd/0/b', 'd/1/a', 'd/1/b', 'd/2/a']],
  ['a name that begins another', ['d/0/img_1', 'd/0/img_10', 'd/1/img_', 'd/1/img']],
  ['by UTF-8 bytes', ['d/\u{1F600}', 'd/\u{FFFD}', 'd/z', 'd/é']],
]

describe('baseNameOrder', () => {
  for (const [name, keys] of rows) {
    test(name, () => { assert.deepEqual([...baseNameOrder(stringTable(keys, keys.length > 0 ? 'd/' : ''))], reference(keys)) })
  }

  test('200 random tables', () => {
    const random = new MersenneTwister(3)
    for (let round = 0; round < 200; round++) {
      const keys = Array.from({ length: random.randint(50) }, () => `${random.randint(4)}/${random.randint(30)}`)
      assert.deepEqual([...baseNameOrder(stringTable(keys))], reference(keys))
    }
  })
})
