import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/util/clock.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'
import { fromSeconds } from '../../src/util/units.ts'

for (const milliseconds of [0, 0.2, 1, 3.5, 20]) {
  test(`sleeping ${milliseconds} ms never ends early`, async () => {
    const begin = systemClock.now()
    await systemClock.sleep(fromSeconds(milliseconds / 1e3))
    assert.ok(systemClock.now() - begin >= milliseconds * 1e6)
  })
}

test('sleeps are exact: the median of many is within 15 % at 3.5 ms, on a busy machine too', async () => {
  await systemClock.prepare?.()
  const errors: number[] = []
  for (let i = 0; i < 41; i++) {
    const begin = systemClock.now()
    await systemClock.sleep(3.5e6)
    errors.push((systemClock.now() - begin) / 3.5e6 - 1)
  }
  errors.sort((a, b) => a - b)
  assert.ok(errors[20]! < 0.15, `the median is ${(errors[20]! * 100).toFixed(2)} %`)
})

test('many sleepers wake in the order of their deadlines', async () => {
  const woken: number[] = []
  await Promise.all([9, 1, 5, 3, 7].map(async (ms) => { await systemClock.sleep(ms * 1e6); woken.push(ms) }))
  assert.deepEqual(woken, [1, 3, 5, 7, 9])
})

test('an abort ends a sleep at once, and the other sleepers sleep on', async () => {
  const controller = new AbortController()
  const long = systemClock.sleep(fromSeconds(3600), controller.signal)
  const short = systemClock.sleep(fromSeconds(0.005))
  const rejected = assert.rejects(long, (error) => isFault(error, 'aborted') && error.info.signal === 'SIGTERM')
  controller.abort(abortedFault('SIGTERM'))
  await rejected
  await short
})

test('an aborted signal does not sleep', async () => {
  await assert.rejects(systemClock.sleep(1, AbortSignal.abort()), (error) => isFault(error, 'aborted'))
})

test('a sleep longer than a timer can hold neither ends nor turns the loop, and brings no warning', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => { warnings.push(warning) }
  const { setTimeout: set } = globalThis
  let numTimers = 0
  process.on('warning', note)
  globalThis.setTimeout = ((...given: Parameters<typeof set>) => { numTimers++; return set(...given) }) as typeof set
  try {
    for (const seconds of [30 * 86_400, Infinity]) {
      const controller = new AbortController()
      const long = systemClock.sleep(fromSeconds(seconds), controller.signal)
      await new Promise((resolve) => { set(resolve, 40) })
      controller.abort(abortedFault())
      await assert.rejects(long, (error) => isFault(error, 'aborted'))
    }
    await new Promise(setImmediate)
  } finally {
    globalThis.setTimeout = set
    process.off('warning', note)
  }
  assert.ok(numTimers < 10, `${numTimers} timers for two sleeps`)
  assert.deepEqual(warnings, [])
})
