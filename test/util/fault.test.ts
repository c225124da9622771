import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abortedFault, Fault, isFault, revive, throwIfAborted, toFailure } from '../../src/util/fault.ts'

test('a Fault survives the way through structured clone, fields included', () => {
  const fault = new Fault('storage', 'GET x failed', { info: { reason: 'throttled', operation: 'GET', key: 'x', status: 503 }, hint: 'wait' })
  const back = revive(structuredClone(toFailure(fault)))
  assert.ok(isFault(back, 'storage'))
  assert.deepEqual([back.message, back.hint, back.info], [fault.message, 'wait', fault.info])
})

test('anything else thrown is a bug and keeps its stack', () => {
  const failure = toFailure(new TypeError('oops'))
  assert.equal(failure.code, 'bug')
  const back = revive(structuredClone(failure))
  assert.ok(!isFault(back))
  assert.match(back.stack ?? '', /TypeError: oops/)
  assert.equal(toFailure('text').message, 'text')
})

for (const [codes, expected] of [[[], true], [['format'], true], [['usage', 'format'], true], [['storage'], false]] as const) {
  test(`isFault narrows a format Fault with [${codes.join()}] to ${expected}`, () => {
    assert.equal(isFault(new Fault('format', 'm', { info: { reason: 'damaged', key: 'k' } }), ...codes), expected)
  })
}

test('throwIfAborted throws the reason when it is a Fault, else an aborted Fault', () => {
  throwIfAborted(undefined)
  throwIfAborted(new AbortController().signal)
  const reason = abortedFault('SIGINT')
  assert.throws(() => { throwIfAborted(AbortSignal.abort(reason)) }, (error) => error === reason)
  assert.throws(() => { throwIfAborted(AbortSignal.abort(new Error('x'))) }, (error) => isFault(error, 'aborted'))
})
