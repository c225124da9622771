import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alarm } from '../../src/util/alarm.ts'
import { hrtime } from '../../src/util/units.ts'

/** An alarm, and what waits for its next ring. An alarm does not keep the process alive: a timer does while one is awaited. */
async function started(): Promise<{ alarm: Alarm; ring: () => Promise<number>; rings: () => number }> {
  let rings = 0
  let waiting: ((at: number) => void) | undefined
  const alarm = new Alarm(() => {
    rings++
    waiting?.(hrtime())
  })
  await alarm.start()
  const ring = (): Promise<number> => new Promise((resolve) => {
    const keepAlive = setTimeout(() => {}, 60_000)
    waiting = (at) => {
      clearTimeout(keepAlive)
      resolve(at)
    }
  })
  return { alarm, rings: () => rings, ring }
}

for (const milliseconds of [0, 0.3, 3.5, 12]) {
  test(`an alarm in ${milliseconds} ms rings, and not before`, async () => {
    const { alarm, ring } = await started()
    const moment = hrtime() + milliseconds * 1e6
    const rung = ring()
    alarm.set(moment)
    assert.ok(await rung >= moment)
    await alarm.stop()
  })
}

test('setting it again counts, earlier or later, and it rings once for each moment', async () => {
  const { alarm, ring, rings } = await started()
  const first = ring()
  alarm.set(hrtime() + 3600e9)
  alarm.set(hrtime() + 2e6)
  await first
  const second = ring()
  const moment = hrtime() + 8e6
  alarm.set(hrtime() + 1e9)
  alarm.set(moment)
  assert.ok(await second >= moment)
  assert.equal(rings(), 2)
  await alarm.stop()
})

test('no moment, no ring; the thread ends when it is stopped', async () => {
  const { alarm, rings, ring } = await started()
  alarm.set(Infinity)
  const rung = ring()
  alarm.set(hrtime())
  await rung
  assert.equal(rings(), 1)
  await alarm.stop()
  assert.equal(alarm.isReady, false)
})

test('starting twice is starting once', async () => {
  const { alarm } = await started()
  await alarm.start()
  assert.ok(alarm.isReady)
  await alarm.stop()
})
