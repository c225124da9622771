import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overdueFault, PhaseWatch, timeoutFault, type Phase } from '../../../src/storage/s3/phase-watch.ts'

const timeouts = { connect: 5000, firstByte: 30_000, idle: 20_000 }
const second = 1e9

for (const [phase, seconds, words] of [
  ['connect', 5, 'did not accept the connection for 5 s'], ['continue', 1, 'did not answer for 1 s'], ['first-byte', 30, 'did not answer for 30 s'],
  ['send', 20, 'took no more of the body for 20 s'], ['receive', 20, 'sent nothing more of its answer for 20 s'],
] as const) {
  test(`${phase} is over ${seconds} s after it was last found touched`, () => {
    const watch = new PhaseWatch()
    const at = (time: number): boolean => watch.isOver(time * second, phase, timeouts)
    assert.deepEqual([at(100), at(100 + seconds - 0.001), at(100 + seconds)], [false, false, true])
    watch.touched = true
    assert.deepEqual([at(200), at(200 + seconds - 0.001), at(200 + seconds)], [false, false, true])
    assert.equal(timeoutFault(phase, timeouts, { operation: 'read', endpoint: 'http://store' }).message, `http://store ${words}`)
  })
}

for (const phase of ['idle', 'closed'] as const satisfies readonly Phase[]) {
  test(`${phase} is never over`, () => {
    const watch = new PhaseWatch()
    assert.ok(![0, 1, 1e6].some((time) => watch.isOver(time * second, phase, timeouts)))
  })
}

test('who waits for the body to be asked for waits no longer than for the first byte', () => {
  const watch = new PhaseWatch()
  assert.equal(watch.isOver(0, 'continue', { ...timeouts, firstByte: 200 }), false)
  assert.equal(watch.isOver(0.2 * second, 'continue', { ...timeouts, firstByte: 200 }), true)
})

test('a request is overdue so long after it was first found sent, whatever comes meanwhile, and the next one anew', () => {
  const watch = new PhaseWatch()
  const at = (time: number, phase: Phase): boolean => {
    watch.touched = true
    return watch.isOverdue(time * second, phase, { ...timeouts, total: 60_000 })
  }
  watch.isNew = true
  assert.deepEqual([at(100, 'send'), at(130, 'first-byte'), at(159.999, 'receive'), at(160, 'receive'), at(160, 'idle')], [false, false, false, true, false])
  watch.isNew = true
  assert.deepEqual([at(300, 'continue'), at(359, 'first-byte'), at(360, 'first-byte')], [false, false, true])
  assert.equal(overdueFault(60_000, { operation: 'read', endpoint: 'http://store' }).message, 'http://store was not done with a request after 60 s')
})

test('without a limit of the whole nothing is overdue, and making a connection never is', () => {
  const watch = new PhaseWatch()
  watch.isNew = true
  assert.ok(![0, 1, 1e6].some((time) => watch.isOverdue(time * second, 'receive', timeouts)))
  assert.ok(![0, 1, 1e6].some((time) => watch.isOverdue(time * second, 'connect', { ...timeouts, total: 1 })))
})
