import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { cancel, connectFlag, createCancelFlag, createController, expectListeners, onAbort, signalOf } from '../../src/util/cancel.ts'
import { systemClock } from '../../src/util/clock.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'
import { Semaphore } from '../../src/util/semaphore.ts'

const isSet = (flag: Int32Array): boolean => Atomics.load(flag, 0) === 1

test('a flag set in this thread aborts the signal made of it', async () => {
  const flag = createCancelFlag()
  const signal = signalOf(flag)
  assert.ok(!signal.aborted)
  const aborted = once(signal, 'abort')
  cancel(flag)
  await aborted
  assert.ok(isFault(signal.reason, 'aborted'))
  assert.ok(isSet(flag))
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
  assert.deepEqual([isSet(first), isSet(second)], [true, false])
  const late = createCancelFlag()
  connectFlag(controller.signal, late)
  assert.ok(isSet(late))
})

/** The warnings that `act` brings. Node 24 has none for signals. */
async function warningsOf(act: () => unknown): Promise<string[]> {
  const warnings: string[] = []
  const note = (warning: Error): void => { warnings.push(warning.name) }
  process.on('warning', note)
  await act()
  // They are told on the next tick.
  await new Promise(setImmediate)
  process.off('warning', note)
  return warnings
}

for (const [name, make] of [
  ['derived', () => AbortSignal.any([new AbortController().signal])], ['of a controller', () => createController().signal], ['of a flag', () => signalOf(createCancelFlag())],
] as const) {
  test(`fifty listeners on a signal ${name} that is for many bring no warning`, async () => {
    assert.deepEqual(await warningsOf(() => {
      const signal = make()
      expectListeners(signal)
      for (let i = 0; i < 50; i++) signal.addEventListener('abort', () => i)
    }), [])
  })
}

const taken = new Semaphore(1)
await taken.acquire(1)

for (const [name, wait] of [
  ['sleeps', (signal: AbortSignal) => systemClock.sleep(1e12, signal)],
  ['waits for permits', (signal: AbortSignal) => taken.acquire(1, signal)],
] as const) {
  test(`fifty ${name} on one signal, made anywhere, bring no warning`, async () => {
    assert.deepEqual(await warningsOf(async () => {
      const controller = new AbortController()
      const signal = AbortSignal.any([controller.signal, new AbortController().signal])
      const waiting = Promise.allSettled(Array.from({ length: 50 }, () => wait(signal)))
      // All are in line on the next turn.
      await new Promise(setImmediate)
      controller.abort()
      assert.ok((await waiting).every(({ status }) => status === 'rejected'))
    }), [])
  })
}

test('listeners of a signal are called once, in order, but not those that were stopped', () => {
  const controller = new AbortController()
  const called: number[] = []
  const stops = [1, 2, 3].map((n) => onAbort(controller.signal, () => { called.push(n) }))
  stops[1]!()
  stops[1]!()
  controller.abort()
  controller.abort()
  assert.deepEqual(called, [1, 3])
  onAbort(controller.signal, () => { called.push(4) })()
  onAbort(undefined, () => { called.push(5) })()
  assert.deepEqual(called, [1, 3])
})

for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 0, 1]]) {
  test(`listeners taken back in the order ${order.join(', ')} are not called, the others are, once`, () => {
    const controller = createController()
    const called: number[] = []
    const stops = [0, 1, 2, 3].map((n) => onAbort(controller.signal, () => { called.push(n) }))
    for (const n of order) stops[n]!()
    controller.abort(abortedFault())
    controller.abort(abortedFault())
    assert.deepEqual(called.toSorted((a, b) => a - b), [0, 1, 2, 3].filter((n) => !order.includes(n)))
  })
}

test('a listener that takes another one back is in time', () => {
  const controller = createController()
  const called: number[] = []
  onAbort(controller.signal, () => { called.push(0); stop() })
  const stop = onAbort(controller.signal, () => { called.push(1) })
  controller.abort(abortedFault())
  assert.deepEqual(called, [0])
})

test('a thousand listeners are one of the signal, so nothing warns', () => {
  const { signal } = new AbortController()
  const real: string[] = []
  const add = signal.addEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => { real.push(args[0]); add(...args) }
  for (let i = 0; i < 1000; i++) onAbort(signal, () => {})
  assert.deepEqual(real, ['abort'])
})
