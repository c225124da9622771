import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastInOrder, ListingWay, type Listed } from '../../src/storage/listing-order.ts'
import { isFault } from '../../src/util/fault.ts'

const about = { name: 's3://bucket', context: { operation: 'list' } } as const
const pageOf = (keys: readonly string[]): Listed => ({ objects: keys.map((key) => ({ key, size: 1 })) })

const rows: readonly (readonly [last: string, keys: readonly string[], result: string | undefined])[] = [
  ['', [], ''], ['a', [], 'a'], ['', ['a'], 'a'], ['', ['a', 'b', 'ba'], 'ba'], ['a', ['b', 'c'], 'c'], ['', ['A', 'a'], 'a'],
  ['', ['a', 'a'], undefined], ['', ['b', 'a'], undefined], ['', ['ab', 'a'], undefined], ['b', ['b'], undefined], ['b', ['a', 'c'], undefined], ['日', ['a'], undefined],
]
for (const [last, keys, result] of rows) {
  const check = (isAscii: boolean): string => lastInOrder({ ...pageOf(keys), isAscii }, last, about)
  for (const isAscii of [false, true]) {
    test(`${JSON.stringify(keys)} after "${last}"${isAscii ? ', known to be ASCII,' : ''} ${result === undefined ? 'goes backwards' : 'goes forward'}`, () => {
      if (result === undefined) assert.throws(() => check(isAscii), (error) => isFault(error, 'storage') && error.info.reason === 'protocol')
      else assert.equal(check(isAscii), result)
    })
  }
}

test('keys that are not ASCII are in the order of their bytes, not of their UTF-16', () => {
  assert.equal(lastInOrder(pageOf(['\uffee', '😀']), '', about), '😀')
  assert.throws(() => lastInOrder(pageOf(['😀', '\uffee']), '', about))
})

const ways: readonly (readonly [name: string, pages: readonly (readonly [numObjects: number, next: string | undefined])[], leadsOn: boolean])[] = [
  ['no page', [], true],
  ['one page', [[1, undefined]], true],
  ['an empty page on the way', [[1, 'a'], [0, 'b'], [1, undefined]], true],
  ['empty pages, each with a token of its own', [[0, 'a'], [0, 'b'], [0, undefined]], true],
  ['pages with objects and the same token each: their keys tell', [[1, 'a'], [1, 'a'], [1, undefined]], true],
  ['empty pages with the same token', [[0, 'a'], [0, 'a']], false],
  ['empty pages in a circle', [[1, 'a'], [0, 'b'], [0, 'a']], false],
]
for (const [name, pages, leadsOn] of ways) {
  test(`${name}: ${leadsOn ? 'the listing goes on' : 'the listing would never end'}`, () => {
    const way = new ListingWay(about)
    const go = (): void => { for (const [numObjects, next] of pages) way.goesOn(numObjects, next) }
    if (leadsOn) go()
    else assert.throws(go, (error) => isFault(error, 'storage') && error.info.reason === 'protocol' && /names the same continuation token again/.test(error.message))
  })
}
