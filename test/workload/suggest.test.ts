import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, editDistance, nearest } from '../../src/workload/suggest.ts'

for (const [a, b, distance] of [['', '', 0], ['', 'abc', 3], ['abc', 'abc', 0], ['abc', 'abd', 1], ['abc', 'acb', 1], ['ca', 'abc', 3], ['batch_sise', 'batch_size', 1], ['saturday', 'sunday', 3]] as const) {
  test(`${a || 'nothing'} is ${distance} from ${b || 'nothing'}`, () => {
    assert.equal(editDistance(a, b), distance)
    assert.equal(editDistance(b, a), distance)
  })
}

test('the nearest come first, case does not count, the far ones are left out', () => {
  assert.deepEqual(nearest('epoch', ['epics', 'epochs', 'EPOCH', 'seed']), ['EPOCH', 'epochs'])
  assert.deepEqual(nearest('epoch', []), [])
  assert.deepEqual(nearest('ab', ['xy']), [])
  assert.equal(didYouMean('NPZ', ['npy', 'npz']), 'did you mean npz?')
  assert.equal(didYouMean('zzzz', ['npy', 'npz']), undefined)
})
