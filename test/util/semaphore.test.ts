import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abortedFault, isFault } from '../../src/util/fault.ts'
import { Semaphore } from '../../src/util/semaphore.ts'

/** Whether a promise has settled once all microtasks have run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true
  const settle = (): void => { pending = false }
  promise.then(settle, settle)
  await new Promise((resolve) => { setImmediate(resolve) })
  return pending
}

test('permits are given first come first served, and never more than there are', async () => {
  const semaphore = new Semaphore(3)
  const first = await semaphore.acquire(2)
  const large = semaphore.acquire(3)
  const small = semaphore.acquire(1)
  assert.ok(await isPending(large))
  assert.ok(await isPending(small), 'a small request must not overtake a large one')
  first()
  const releaseLarge = await large
  assert.ok(await isPending(small))
  releaseLarge()
  releaseLarge()
  const releaseSmall = await small
  releaseSmall()
  assert.deepEqual([semaphore.used, semaphore.peak], [0, 3])
})

test('more than the capacity is the whole capacity', async () => {
  const semaphore = new Semaphore(10)
  const release = await semaphore.acquire(1000)
  assert.equal(semaphore.used, 10)
  release()
  assert.equal(semaphore.used, 0)
})

test('the peak is what was asked for at once, also where one alone asked for more than there is', async () => {
  const semaphore = new Semaphore(10)
  assert.equal(semaphore.peak, 0)
  const releases = [await semaphore.acquire(3), await semaphore.acquire(4)]
  for (const release of releases) release()
  assert.equal(semaphore.peak, 7)
  const large = await semaphore.acquire(25)
  large()
  const small = await semaphore.acquire(2)
  small()
  assert.equal(semaphore.peak, 25)
})

test('an abort takes a waiter out of the queue and serves the next', async () => {
  const semaphore = new Semaphore(2)
  const release = await semaphore.acquire(1)
  const controller = new AbortController()
  const blocked = semaphore.acquire(2, controller.signal)
  const behind = semaphore.acquire(1)
  const rejected = assert.rejects(blocked, (error) => isFault(error, 'aborted') && error.info.signal === 'SIGINT')
  controller.abort(abortedFault('SIGINT'))
  await rejected
  const releaseBehind = await behind
  release()
  releaseBehind()
  assert.equal(semaphore.used, 0)
})

test('an abort after the grant loses no permits', async () => {
  const semaphore = new Semaphore(1)
  const release = await semaphore.acquire(1)
  const controller = new AbortController()
  const waiting = semaphore.acquire(1, controller.signal)
  release()
  controller.abort()
  const releaseSecond = await waiting
  releaseSecond()
  assert.equal(semaphore.used, 0)
})

test('an aborted signal takes nothing', async () => {
  const semaphore = new Semaphore(1)
  await assert.rejects(semaphore.acquire(1, AbortSignal.abort()), (error) => isFault(error, 'aborted'))
  assert.equal(semaphore.used, 0)
})
