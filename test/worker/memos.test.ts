import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Memos } from '../../src/worker/memos.ts'

test('nothing is known of an object at first', () => {
  assert.equal(new Memos().of('k', 'e').get(), undefined)
})

test('what was set is there for the same object and ETag only', () => {
  const memos = new Memos()
  memos.of('k', 'e').set('value', 5)
  assert.equal(memos.of('k', 'e').get(), 'value')
  assert.equal(memos.of('k', 'other').get(), undefined)
  assert.equal(memos.of('other', 'e').get(), undefined)
})

test('setting again replaces, in bytes too', () => {
  const memos = new Memos(10)
  memos.of('k', 'e').set('a', 8)
  memos.of('k', 'e').set('b', 9)
  assert.deepEqual([memos.of('k', 'e').get(), memos.bytes], ['b', 9])
})

test('over the limit, the longest unused is forgotten', () => {
  const memos = new Memos(10)
  for (const key of ['a', 'b', 'c']) memos.of(key, 'e').set(key, 3)
  memos.of('a', 'e').get()
  memos.of('d', 'e').set('d', 4)
  assert.deepEqual(['a', 'b', 'c', 'd'].map((key) => memos.of(key, 'e').get()), ['a', undefined, 'c', 'd'])
  assert.equal(memos.bytes, 10)
})

test('what is larger than the limit is not kept, and pushes nothing out', () => {
  const memos = new Memos(10)
  memos.of('a', 'e').set('a', 3)
  memos.of('b', 'e').set('b', 11)
  assert.deepEqual(['a', 'b'].map((key) => memos.of(key, 'e').get()), ['a', undefined])
})
