import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginWrite, countMarked, createMarks, mark } from '../../src/bench/marks.ts'
import { Fault, type StorageReason } from '../../src/util/fault.ts'

function fault(reason: StorageReason): Fault<'storage'> {
  return new Fault('storage', reason, { info: { reason, operation: 'write' } })
}

const endings: readonly (readonly [name: string, error: unknown, after: number])[] = [
  ['success', undefined, mark.there], ['a timeout', fault('timeout'), mark.maybeThere], ['a server error', fault('server'), mark.maybeThere],
  ['a denial', fault('denied'), mark.untouched], ['no bucket', fault('no-bucket'), mark.untouched],
  ['refused credentials', new Fault('credentials', 'no', { info: {} }), mark.untouched], ['a stop', new Fault('aborted', 'stopped', { info: {} }), mark.maybeThere],
]
for (const [name, error, after] of endings) {
  test(`a first write that ends with ${name}`, () => {
    const marks = createMarks(3)
    const end = beginWrite(marks, 1)
    assert.equal(marks[1], mark.underWay)
    end(error)
    assert.deepEqual([...marks], [0, after, 0])
  })
  test(`a later write that ends with ${name} takes nothing back`, () => {
    const marks = createMarks(1)
    beginWrite(marks, 0)()
    beginWrite(marks, 0)(error)
    assert.equal(marks[0], mark.there)
  })
}

for (const order of [['denied', 'timeout'], ['timeout', 'denied']] as const) {
  test(`two writes at once of which one may have come through: ${order.join(', then ')}`, () => {
    const marks = createMarks(1)
    const ends = [beginWrite(marks, 0), beginWrite(marks, 0)]
    order.forEach((reason, i) => { ends[i]!(fault(reason)) })
    assert.equal(marks[0], mark.maybeThere)
  })
}

const counts: readonly (readonly [marks: readonly number[], error: unknown, count: number])[] = [
  [[], undefined, 0], [[0, 1, 2, 3], undefined, 3], [[0, 1, 1], fault('server'), 2], [[1, 1], fault('unreachable'), 0], [[1, 3], fault('unreachable'), 2],
]
for (const [marks, error, count] of counts) {
  test(`marks ${marks.join()} after ${String(error)} are ${count} objects`, () => { assert.equal(countMarked(Uint8Array.from(marks), error), count) })
}
