import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backlog } from '../../src/cli/backlog.ts'

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

test('nothing is done at once, and all in order', async () => {
  const done: number[] = []
  const backlog = new Backlog<number>((item) => { done.push(item) })
  backlog.flush()
  for (let i = 0; i < 10; i++) backlog.add(i)
  assert.deepEqual(done, [])
  await turn()
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a turn takes a slice', async () => {
  let done = 0
  const backlog = new Backlog<number>(() => { done++ })
  for (let i = 0; i < 100; i++) backlog.add(i)
  await turn()
  assert.equal(done, 32)
  backlog.flush()
  assert.equal(done, 100)
  backlog.add(0)
  await turn()
  assert.equal(done, 101)
})

test('what comes in faster than a slice does not pile up', async () => {
  let done = 0, added = 0
  const backlog = new Backlog<number>(() => { done++ })
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < 500; i++) backlog.add(added++)
    await turn()
  }
  assert.ok(added - done <= 8 * 500, `${added - done} are waiting`)
})

test('items that the work adds are done too', async () => {
  const done: number[] = []
  const backlog: Backlog<number> = new Backlog((item) => { done.push(item); if (item < 3) backlog.add(item + 1) })
  backlog.add(0)
  for (let i = 0; i < 5; i++) await turn()
  assert.deepEqual(done, [0, 1, 2, 3])
})
