import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorText } from '../../src/cli/error-text.ts'
import { exitCodeOf } from '../../src/cli/exit-codes.ts'
import { abortedFault, Fault, type StorageReason } from '../../src/util/fault.ts'

const storage = (reason: StorageReason): Fault => new Fault('storage', 'm', { info: { reason, operation: 'read' } })

const rows: [unknown, number][] = [
  [new TypeError('x'), 1], ['text', 1],
  [new Fault('usage', 'm', { info: {} }), 2], [new Fault('dataset', 'm', { info: { prefix: 'p' } }), 2],
  [new Fault('credentials', 'm', { info: {} }), 3],
  ...(['unreachable', 'tls', 'timeout', 'clock', 'protocol', 'no-bucket', 'denied', 'redirect'] as const).map((reason): [unknown, number] => [storage(reason), 4]),
  ...(['no-key', 'precondition', 'truncated', 'corrupt', 'throttled', 'server', 'invalid'] as const).map((reason): [unknown, number] => [storage(reason), 5]),
  [new Fault('format', 'm', { info: { reason: 'damaged', key: 'k' } }), 5],
  [abortedFault('deadline'), 9], [abortedFault('SIGINT'), 130], [abortedFault(), 130], [abortedFault('SIGTERM'), 143],
]
for (const [error, code] of rows) {
  test(`${error instanceof Fault ? `${error.code} ${JSON.stringify(error.info)}` : String(error)} ends with ${code}`, () => { assert.equal(exitCodeOf(error), code) })
}

test('a Fault reads as message and hint, a bug as a stack to report', () => {
  assert.equal(errorText(new Fault('usage', 'this is wrong', { info: {}, hint: 'do this\nor that' })), 'error: this is wrong\n  to do: do this\n         or that\n')
  assert.equal(errorText(new Fault('usage', 'this is wrong', { info: {} })), 'error: this is wrong\n')
  assert.match(errorText(new TypeError('oops')), /bug in dlio-s3[\s\S]*TypeError: oops[\s\S]*at /)
})
