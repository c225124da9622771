// Retries as tables: what they are made for, how long they wait, what they may cost, how fast an adaptive client sends.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { storageFault } from '../../src/storage/faults.ts'
import { RetryBudget } from '../../src/storage/retry-budget.ts'
import { refusalFault } from '../../src/storage/s3/errors.ts'
import { SendRate } from '../../src/storage/send-rate.ts'
import { delayFor, retrying, retryPolicy, type RetryPolicy, type RetryRecord } from '../../src/storage/with-retry.ts'
import { isFault, type StorageReason } from '../../src/util/fault.ts'
import { retriesText, retryCauses, sumRetries, type RetryCause } from '../../src/util/retry-counts.ts'
import { fromSeconds } from '../../src/util/units.ts'
import { ManualClock } from '../support/manual-clock.ts'

const failure = (reason: StorageReason, more: { storeTimeMilliseconds?: number; status?: number } = {}): Error => storageFault(reason, `made up: ${reason}`, { operation: 'read', ...more })

describe('by S3 code: what is asked again, and for what cause', () => {
  const now = new Date().toUTCString(), hourAgo = new Date(Date.now() - 3_600_000).toUTCString()
  const rows: readonly [number, string | undefined, string, RetryCause | undefined][] = [
    [503, 'SlowDown', now, 'throttled'], [503, undefined, now, 'throttled'], [429, undefined, now, 'throttled'], [429, 'TooManyRequests', now, 'throttled'], [500, 'InternalError', now, 'server'], [500, undefined, now, 'server'],
    [502, undefined, now, 'server'], [504, undefined, now, 'server'], [400, 'RequestTimeout', now, 'timeout'], [408, undefined, now, 'timeout'], [403, 'RequestTimeTooSkewed', hourAgo, 'clock'],
    [403, 'RequestTimeTooSkewed', '', undefined], [403, undefined, hourAgo, 'clock'], [403, undefined, now, undefined], [403, 'AccessDenied', hourAgo, undefined], [400, 'ExpiredToken', now, undefined], [404, 'NoSuchKey', now, undefined],
    [412, 'PreconditionFailed', now, undefined], [416, 'InvalidRange', now, undefined], [501, 'NotImplemented', now, undefined], [307, 'TemporaryRedirect', now, undefined], [400, 'InvalidRequest', now, undefined],
  ]
  for (const [status, code, date, cause] of rows) {
    test(`${status} ${code ?? 'without a code'}${date === now ? '' : date === '' ? ' without a date' : ', clocks an hour apart'}: ${cause ?? 'never'}`, async () => {
      const told: RetryRecord[] = []
      const policy = retryPolicy({ maxAttempts: 2 }, { retry: (record) => told.push(record) }, { clock: new ManualClock(), random: () => 0 })
      const error = refusalFault({ status, code, date }, { operation: 'read', key: 'k', endpoint: 'http://x' })
      await assert.rejects(retrying(async () => { throw error }, { operation: 'read', key: 'k' }, policy), (thrown) => thrown === error)
      assert.deepEqual(told.map(({ reason }) => reason), cause === undefined ? [] : [cause])
    })
  }
})

describe('the wait before a retry', () => {
  for (const [attempt, random, isThrottled, seconds] of [
    [1, 0, false, 0], [1, 0, true, 0], [1, 1, false, 0.1], [1, 1, true, 0.5], [2, 0.5, true, 0.5], [4, 1, true, 4], [5, 1, true, 5], [9, 1, true, 5], [9, 1, false, 5],
  ] as const) {
    test(`attempt ${attempt}, random ${random}${isThrottled ? ', throttled' : ''}: ${seconds} s`, () => { assert.equal(delayFor(attempt, random, { isThrottled }), fromSeconds(seconds)) })
  }
})

describe('the budget', () => {
  test('is full at first, and stays so however many calls succeed', () => {
    const budget = new RetryBudget()
    for (let i = 0; i < 10; i++) budget.succeeded(0)
    assert.equal(budget.left, 500)
  })
  for (const [cause, cost] of [['throttled', 5], ['server', 5], ['truncated', 5], ['unreachable', 5], ['clock', 5], ['timeout', 10]] as const) {
    test(`a retry for ${cause} costs ${cost}, and success gives it back`, () => {
      const budget = new RetryBudget()
      assert.equal(budget.take(cause), cost)
      assert.equal(budget.left, 500 - cost)
      budget.succeeded(cost)
      assert.equal(budget.left, 500)
    })
  }
  test('what fails for good is not given back; calls that need no retry fill it by 1', () => {
    const budget = new RetryBudget()
    for (let i = 0; i < 50; i++) budget.take('timeout')
    assert.equal(budget.left, 0)
    assert.equal(budget.take('server'), undefined)
    for (let i = 0; i < 4; i++) budget.succeeded(0)
    assert.equal(budget.take('server'), undefined)
    budget.succeeded(0)
    assert.equal(budget.take('timeout'), undefined)
    assert.equal(budget.take('server'), 5)
  })

  for (const [reason, retries] of [['server', 100], ['timeout', 50]] as const) {
    test(`a store that answers nothing but ${reason} is asked again ${retries} times, not 4 for each of 1000 calls`, async () => {
      const told: RetryRecord[] = []
      const clock = new ManualClock()
      const policy = retryPolicy({ maxAttempts: 5 }, { retry: (record) => told.push(record) }, { clock, random: () => 1 })
      let numCalls = 0, lastError: unknown
      for (let i = 0; i < 1000; i++) await retrying(async () => { numCalls++; throw failure(reason) }, { operation: 'read' }, policy).catch((error: unknown) => { lastError = error })
      assert.deepEqual([told.length, numCalls], [retries, 1000 + retries])
      assert.ok(isFault(lastError, 'storage') && lastError.info.reason === reason)
      assert.match(lastError.message, new RegExp(`made up: ${reason}; it is not asked again`))
      assert.match(lastError.hint ?? '', /--retries 0/)
    })
  }
  test('a store that fails one call in three for ever does not use it up', async () => {
    const policy = retryPolicy({ maxAttempts: 5 }, {}, { clock: new ManualClock(), random: () => 0 })
    for (let i = 0; i < 1000; i++) {
      await retrying(async (attempt) => { if (i % 3 === 0 && attempt < 2) throw failure('throttled') }, { operation: 'read' }, policy)
      assert.ok(policy.budget.left >= 490, `${policy.budget.left} left of call ${i}`)
    }
  })
})

const storeTimeMilliseconds = Date.UTC(2026, 0, 1, 0, 20)
const skewed = (): Error => failure('clock', { storeTimeMilliseconds })
async function ask(failures: readonly (Error | undefined)[], maxAttempts = 5): Promise<{ policy: RetryPolicy; told: string[]; numCalls: number; error: unknown; clock: ManualClock }> {
  const told: string[] = []
  const clock = new ManualClock()
  const policy = retryPolicy({ maxAttempts }, { retry: ({ reason }) => told.push(reason) }, { clock, random: () => 1 })
  let numCalls = 0
  const error = await retrying(async () => { const next = failures[numCalls++]; if (next) throw next }, { operation: 'read' }, policy).catch((thrown: unknown) => thrown)
  return { policy, told, numCalls, error, clock }
}

describe('a clock that the store refuses', () => {
  test('is set by the store\'s, at once, and counted', async () => {
    const { policy, told, error, clock } = await ask([skewed()])
    assert.deepEqual([policy.offset.milliseconds, told, error, clock.now()], [20 * 60_000, ['clock'], undefined, 0])
  })
  test('is set once: the second refusal is final', async () => {
    const { told, numCalls, error } = await ask([skewed(), skewed(), skewed()])
    assert.deepEqual([told, numCalls], [['clock'], 2])
    assert.ok(isFault(error, 'storage') && error.info.reason === 'clock')
  })
  test('beside other failures', async () => { assert.deepEqual((await ask([failure('server'), skewed(), failure('throttled')])).told, ['server', 'clock', 'throttled']) })
  test('is left as it is with --retries 0, and where the store does not tell its time', async () => {
    for (const { policy, told, error } of [await ask([skewed()], 1), await ask([failure('clock')])]) {
      assert.deepEqual([policy.offset.milliseconds, told], [0, []])
      assert.ok(isFault(error, 'storage') && error.info.reason === 'clock')
    }
  })
})

/** `perSecond` requests are answered for `seconds` from `clock`'s time on, evenly. */
function send(rate: SendRate, clock: ManualClock, { perSecond, seconds }: { perSecond: number; seconds: number }): void {
  for (let i = 0; i < perSecond * seconds; i++) {
    clock.advanceTo(clock.now() + Math.round(1e9 / perSecond))
    rate.answered(false)
  }
}

describe('the adaptive mode', () => {
  test('does nothing before the store throttles', async () => {
    const clock = new ManualClock()
    const rate = new SendRate(clock)
    send(rate, clock, { perSecond: 100, seconds: 10 })
    await Promise.all(Array.from({ length: 1000 }, () => rate.wait(undefined)))
    assert.deepEqual([rate.limit, clock.now()], [undefined, 10e9])
  })
  test('keeps 0.7 of the rate that was too much, and comes back to it along a cubic curve', () => {
    const clock = new ManualClock()
    const rate = new SendRate(clock)
    send(rate, clock, { perSecond: 100, seconds: 10 })
    rate.answered(true)
    const lowest = rate.limit!
    assert.ok(Math.abs(lowest - 70) < 1, String(lowest))
    const curve: number[] = []
    for (let second = 1; second <= 6; second++) {
      send(rate, clock, { perSecond: 90, seconds: 1 })
      curve.push(rate.limit!)
    }
    // (100 · 0.3 / 0.4)^(1/3) = 4.2 s until it is there again; flat around that, steeper before and after.
    for (const [second, expected] of [[1, 86.8], [2, 95.7], [3, 99.3], [4, 100], [5, 100.2], [6, 102.3]] as const) {
      assert.ok(Math.abs(curve[second - 1]! - expected) < 1, `after ${second} s: ${curve[second - 1]}, not ${expected}`)
    }
  })
  test('never grows beyond twice what is sent, and never stops', () => {
    const clock = new ManualClock()
    const rate = new SendRate(clock)
    send(rate, clock, { perSecond: 100, seconds: 2 })
    rate.answered(true)
    send(rate, clock, { perSecond: 2, seconds: 60 })
    assert.ok(rate.limit! <= 4.1, String(rate.limit))
    for (let i = 0; i < 100; i++) rate.answered(true)
    assert.ok(rate.limit! >= 0.5)
  })
  test('sends at the limit, one after another', async () => {
    const clock = new ManualClock()
    const rate = new SendRate(clock)
    send(rate, clock, { perSecond: 100, seconds: 10 })
    rate.answered(true)
    const begin = clock.now()
    const sentAt: number[] = []
    await Promise.all(Array.from({ length: 141 }, async () => { await rate.wait(undefined); sentAt.push(clock.now()) }))
    const seconds = (clock.now() - begin) / 1e9
    assert.ok(seconds > 1.9 && seconds < 2.1, `${seconds} s for 141 requests at 70 a second`)
    assert.deepEqual(sentAt, sentAt.toSorted((a, b) => a - b))
  })
  test('is what retryMode asks for', () => {
    assert.equal(retryPolicy({ maxAttempts: 5 }).rate, undefined)
    assert.equal(retryPolicy({ maxAttempts: 5, mode: 'standard' }).rate, undefined)
    assert.ok(retryPolicy({ maxAttempts: 5, mode: 'adaptive' }).rate)
  })
  test('slows retries down as well', async () => {
    const clock = new ManualClock()
    const policy = retryPolicy({ maxAttempts: 5, mode: 'adaptive' }, {}, { clock, random: () => 0 })
    await retrying(async (attempt) => { if (attempt < 3) throw failure('throttled') }, { operation: 'read' }, policy)
    // Nothing was measured yet, so the limit is the least there is: one request in two seconds.
    assert.ok(clock.now() >= 2e9 && clock.now() < 10e9, String(clock.now()))
    assert.ok(policy.rate!.limit! < 2, String(policy.rate!.limit))
  })
})

describe('retries by cause', () => {
  for (const [counts, sum, text] of [
    [[], {}, ''], [[undefined, {}], {}, ''], [[{ server: 1 }, undefined, { throttled: 2 }], { throttled: 2, server: 1 }, '2 throttled, 1 server'],
    [[{ server: 1, clock: 1 }, { server: 2 }], { server: 3, clock: 1 }, '3 server, 1 clock'],
  ] as const) test(text || `none, of ${counts.length}`, () => { assert.deepEqual([sumRetries(counts), retriesText(sumRetries(counts))], [sum, text]) })
  test('every cause is counted', () => { assert.deepEqual(Object.keys(sumRetries(retryCauses.map((cause) => ({ [cause]: 1 })))), [...retryCauses]) })
})
