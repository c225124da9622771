import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Loads } from '../../src/loader/loads.ts'

const rows: readonly (readonly [count: number, threads: number, inWork: readonly number[], shares: readonly number[]])[] = [
  [0, 2, [], []], [1, 1, [], [1]], [1, 2, [], [1]], [2, 2, [], [1, 1]], [5, 2, [], [3, 2]], [7, 3, [], [3, 2, 2]],
  [1, 2, [4, 3], [1]], [2, 2, [4, 2], [2]], [3, 2, [4, 2], [3]], [4, 2, [4, 2], [3, 1]], [2, 3, [5], [1, 1]], [6, 3, [5, 1, 1], [3, 3]], [9, 3, [5, 0, 1], [5, 4]],
]
for (const [count, threads, inWork, shares] of rows) {
  test(`${count} batches over ${threads} threads with ${inWork.join(' and ') || 'nothing'} in work`, () => {
    const loads = new Loads()
    for (const [thread, batches] of inWork.entries()) loads.begin(thread, batches)
    assert.deepEqual(loads.shares(count, threads), shares)
  })
}

test('the thread with the fewest batches is the next, the first of several', () => {
  const loads = new Loads()
  const next = (): number | undefined => loads.least([{ id: 1 }, { id: 2 }])?.id
  assert.equal(loads.least([]), undefined)
  assert.equal(next(), 1)
  loads.begin(1, 2)
  loads.begin(2, 1)
  assert.equal(next(), 2)
  loads.end(1)
  assert.equal(next(), 1)
  loads.end(1)
  loads.end(1)
  loads.begin(1, 1)
  assert.equal(next(), 1, 'what ended twice is no credit')
})
