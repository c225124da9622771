// The grammar of --faults, and which requests a rule applies to.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { faultKinds, parseFaults, type FaultRule, type FaultTimes } from '../../src/server/fault-rules.ts'
import { scheduleOf } from '../../src/server/fault-schedule.ts'
import { startServer } from '../../src/server/server.ts'
import { isFault } from '../../src/util/fault.ts'

const get = ['GetObject']
const numbers = (first: number, last: number): FaultTimes => ({ kind: 'numbers', first, last })
const always = numbers(1, Infinity)

describe('parseFaults', () => {
  const rows: readonly [string, readonly FaultRule[], number?][] = [
    ['', [], 0],
    ['seed=7', [], 7],
    ['slow-down', [{ kind: 'slow-down', times: always }]],
    ['slow-down=1.5s', [{ kind: 'slow-down', value: 1500, times: always }]],
    [' latency=20ms , reset:get@3 ,', [{ kind: 'latency', value: 20, times: always }, { kind: 'reset', operations: get, times: numbers(3, 3) }]],
    ['short-body@2-4', [{ kind: 'short-body', operations: get, times: numbers(2, 4) }]],
    ['short-body@2-', [{ kind: 'short-body', operations: get, times: numbers(2, Infinity) }]],
    ['internal-error:put@2.5%', [{ kind: 'internal-error', operations: ['PutObject', 'UploadPart'], times: { kind: 'share', share: 0.025 } }]],
    ['reset@/5', [{ kind: 'reset', times: { kind: 'every', step: 5 } }]],
    ['bandwidth=10MiB', [{ kind: 'bandwidth', value: 10 * 1024 * 1024, operations: get, times: always }]],
    ['bandwidth=1MiB:any', [{ kind: 'bandwidth', value: 1024 * 1024, times: always }]],
    ['clock-skew=-20m', [{ kind: 'clock-skew', value: -1_200_000, times: always }]],
    ['slow-accept=2h', [{ kind: 'slow-accept', value: 7_200_000, times: always }]],
  ]
  for (const [text, rules, seed = 0] of rows) test(`'${text}'`, () => { assert.deepEqual(parseFaults(text), { rules, seed }) })

  const wrong = ['x', 'slow', 'latency', 'latency=', 'latency=20', 'latency=-5ms', 'bandwidth=fast', 'bandwidth=0', 'reset=1s', 'reset:nothing', 'reset@0', 'reset@4-2', 'reset@101%', 'reset@/0', 'reset@',
    'reset@x', 'clock-skew=1h@2', 'slow-accept=1s:get', 'seed=x', 'seed=99999999999', 'get:503=2%', 'toString', 'reset:constructor',
    'reset-body:put', 'short-body:head@2', 'stalled-body:put', 'wrong-bytes:list', 'ignored-range:put', 'short-page:get', 'repeated-page:put', 'lost-part:get', 'wrong-checksum:list']
  for (const text of wrong) {
    test(`'${text}' is refused, and named`, () => {
      assert.throws(() => parseFaults(`latency=1ms,${text}`), (error) => isFault(error, 'usage') && error.message.includes(JSON.stringify(text)) && error.hint !== undefined)
    })
  }
})

/** Numbers, from 1, of the requests that a rule applies to. */
function applied(spec: string, numRequests: number): number[] {
  const schedule = scheduleOf(parseFaults(spec))
  return Array.from({ length: numRequests }, (_, i) => i + 1).filter(() => schedule.next('GetObject', () => true).length > 0)
}

describe('a rule applies to', () => {
  for (const [spec, expected] of [
    ['', []], ['reset', [1, 2, 3, 4, 5, 6]], ['reset@1', [1]], ['reset@3', [3]], ['reset@2-4', [2, 3, 4]], ['reset@5-', [5, 6]], ['reset@/2', [2, 4, 6]], ['reset:put', []], ['reset:get@6', [6]], ['reset@0%', []], ['reset@100%', [1, 2, 3, 4, 5, 6]],
  ] as const) test(`'${spec}': ${expected.join(' ') || 'nothing'}`, () => { assert.deepEqual(applied(spec, 6), expected) })

  test('a share of them, the same each time, others with another seed', () => {
    const some = applied('reset@10%', 2000)
    assert.ok(some.length > 150 && some.length < 250, String(some.length))
    assert.deepEqual(applied('reset@10%', 2000), some)
    assert.notDeepEqual(applied('reset@10%,seed=1', 2000), some)
  })
  test('those of its operation only, and requests that it could not do anything to do not count', () => {
    const schedule = scheduleOf(parseFaults('repeated-page@2,reset:put@1'))
    const next = (operation: string, hasToken: boolean): string[] => schedule.next(operation, ({ kind }) => kind !== 'repeated-page' || hasToken).map(({ kind }) => kind)
    assert.deepEqual([next('ListObjectsV2', false), next('ListObjectsV2', true), next('GetObject', true), next('ListObjectsV2', false), next('ListObjectsV2', true), next('UploadPart', true), next('PutObject', true)], [[], [], [], [], ['repeated-page'], ['reset'], []])
  })
})

test('a rule more does not change when the others apply', () => {
  const alone = scheduleOf(parseFaults('reset@20%')), both = scheduleOf(parseFaults('reset@20%,internal-error@20%'))
  for (let i = 0; i < 200; i++) assert.equal(alone.next('GetObject', () => true).length > 0, both.next('GetObject', () => true).some(({ kind }) => kind === 'reset'))
})

test('a server is not started with faults that nobody understands', async () => {
  await assert.rejects(startServer({ faults: 'slow' }), (error) => isFault(error, 'usage'))
})

test('all kinds can be asked for', () => {
  for (const kind of faultKinds) assert.equal(parseFaults([kind, `${kind}=1s`, `${kind}=1MiB`].find((text) => { try { parseFaults(text); return true } catch { return false } })!).rules[0]!.kind, kind)
})
