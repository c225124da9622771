import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { cancel, connectFlag, createCancelFlag, isCancelled, signalOf } from '../../src/util/cancel.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'

test('a flag set in this thread aborts the signal made of it', async () => {
  const flag = createCancelFlag()
  const signal = signalOf(flag)
  assert.ok(!signal.aborted)
  const aborted = once(signal, 'abort')
  cancel(flag)
  await aborted
  assert.ok(isFault(signal.reason, 'aborted'))
  assert.ok(isCancelled(flag))
})

test('a flag that was set before gives an aborted signal', () => {
  const flag = createCancelFlag()
  cancel(flag)
  assert.ok(signalOf(flag).aborted)
})

test('a flag reaches a thread that waits for it', async () => {
  const flag = createCancelFlag()
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads')
    Atomics.waitAsync(workerData, 0, 0).value.then((how) => { parentPort.postMessage(how) })
    parentPort.on('message', () => {})
    parentPort.postMessage('waiting')
  `, { eval: true, workerData: flag })
  const messages = on(worker)
  assert.equal(await messages(), 'waiting')
  cancel(flag)
  assert.equal(await messages(), 'ok')
  await worker.terminate()
})

/** The next message of a worker, in order. */
function on(worker: Worker): () => Promise<unknown> {
  const arrived: unknown[] = []
  const wanted: ((message: unknown) => void)[] = []
  worker.on('message', (message: unknown) => { const next = wanted.shift(); if (next) next(message); else arrived.push(message) })
  return async () => (arrived.length > 0 ? arrived.shift() : new Promise((resolve) => { wanted.push(resolve) }))
}

test('a connected flag follows its signal until it is stopped', () => {
  const [first, second] = [createCancelFlag(), createCancelFlag()]
  const controller = new AbortController()
  connectFlag(controller.signal, first)
  connectFlag(controller.signal, second).stop()
  controller.abort(abortedFault())
  assert.deepEqual([isCancelled(first), isCancelled(second)], [true, false])
  const late = createCancelFlag()
  connectFlag(controller.signal, late)
  assert.ok(isCancelled(late))
})
