// withRetry and withRecord over a store that fails by plan.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { storageFault } from '../../src/storage/faults.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { withRecord, type RequestRecord } from '../../src/storage/with-record.ts'
import { delayFor, isTransient, retrying, retryPolicy, withRetry, type RetriedCall, type RetryRecord } from '../../src/storage/with-retry.ts'
import type { Clock } from '../../src/util/clock.ts'
import { abortedFault, Fault, isFault, throwIfAborted, type StorageReason } from '../../src/util/fault.ts'
import { fromSeconds, type Nanoseconds } from '../../src/util/units.ts'
import { bytesOf, chunked, listAll, rejectsWith } from './conformance.ts'

function failure(reason: StorageReason, more: { status?: number; retryAfterSeconds?: number } = {}): Fault<'storage'> {
  return storageFault(reason, `made up: ${reason}`, { operation: 'read', ...more })
}

/** Time that passes only by sleeping. */
class SleepClock implements Clock {
  readonly slept: Nanoseconds[] = []
  time = 1000
  now(): Nanoseconds { return this.time++ }
  wallMilliseconds(): number { return 0 }
  sleepUntil(deadline: Nanoseconds, signal?: AbortSignal): Promise<void> { return this.sleep(deadline - this.time, signal) }
  async sleep(duration: Nanoseconds, signal?: AbortSignal): Promise<void> {
    this.slept.push(duration)
    this.time += duration
    throwIfAborted(signal)
  }
}

let numStores = 0
/** A store whose calls first fail as `failures` says, one after another. */
function failingStore(failures: unknown[]): ObjectStore & { calls: string[] } {
  const inner = openMemoryStore(`wrappers-${numStores++}`)
  const calls: string[] = []
  const next = (call: string): void => {
    calls.push(call)
    const error = failures.shift()
    if (error !== undefined) throw error
  }
  return {
    calls, name: 'failing',
    async * list(prefix, options) {
      next(`list ${options?.startAfter ?? ''}`)
      for await (const page of inner.list(prefix, options)) { yield page; next(`page after ${page.at(-1)!.key}`) }
    },
    async read(key, range, into, options) { next('read'); return { ...await inner.read(key, range, into, options), begin: 5, firstByte: 6, end: 7 } },
    async head(key) { next('head'); return await inner.head(key) },
    async write(key, body, options) { next('write'); return await inner.write(key, body, options) },
    async delete(keys) { next('delete'); return await inner.delete(keys) },
    async createContainer() { next('create') },
    close: () => inner.close(),
  }
}

function retriedStore(failures: unknown[], maxAttempts = 5): { store: ObjectStore; inner: ReturnType<typeof failingStore>; clock: SleepClock; told: RetryRecord[] } {
  const inner = failingStore(failures), clock = new SleepClock(), told: RetryRecord[] = []
  return { inner, clock, told, store: withRetry(inner, retryPolicy({ maxAttempts }, { retry: (record) => told.push(record) }, { clock, random: () => 0.5 })) }
}

describe('delayFor', () => {
  for (const [attempt, random, retryAfter, seconds] of [
    [1, 0, undefined, 0], [1, 0.5, undefined, 0.05], [1, 1, undefined, 0.1], [2, 1, undefined, 0.2], [5, 1, undefined, 1.6], [6, 1, undefined, 3.2], [7, 1, undefined, 5], [1000, 0.5, undefined, 2.5], [1, 1, 3, 3], [9, 1, 3, 5], [1, 0.5, 60, 60],
  ] as const) test(`attempt ${attempt}, random ${random}, Retry-After ${retryAfter}: ${seconds} s`, () => { assert.equal(delayFor(attempt, random, { retryAfterSeconds: retryAfter }), fromSeconds(seconds)) })
})

describe('isTransient', () => {
  const rows: [unknown, boolean, boolean][] = [
    [failure('throttled'), false, true], [failure('server'), false, true], [failure('timeout'), false, true], [failure('truncated'), false, true],
    [failure('truncated', { status: 416 }), true, false], [failure('unreachable'), false, false], [failure('unreachable'), true, true],
    [failure('denied'), true, false], [failure('no-key'), true, false], [failure('no-bucket'), true, false], [failure('precondition'), true, false], [failure('protocol'), true, false],
    [failure('tls'), true, false], [failure('clock'), true, false], [failure('redirect'), true, false], [failure('corrupt'), true, false], [failure('invalid'), true, false],
    [new Fault('credentials', 'x', { info: {} }), true, false], [new Fault('usage', 'x', { info: {} }), true, false], [abortedFault(), true, false], [new Error('bug'), true, false], [undefined, true, false],
  ]
  for (const [error, reached, expected] of rows) test(`${String(error)}${error instanceof Fault && 'status' in error.info ? ' with a status' : ''}, ${reached ? 'reached' : 'never reached'}: ${expected}`, () => { assert.equal(isTransient(error, reached), expected) })
})

describe('withRetry', () => {
  test('of one attempt is the store itself', () => { const inner = failingStore([]); assert.equal(withRetry(inner, retryPolicy({ maxAttempts: 1 })), inner) })
  test('a read that works at last keeps the begin of its first attempt', async () => {
    const { store, clock, told } = retriedStore([undefined, failure('server'), failure('throttled', { retryAfterSeconds: 2 })])
    await store.write('k', bytesOf(3))
    const timings = await store.read('k', { offset: 0, length: 3 }, new Uint8Array(3))
    assert.deepEqual(timings, { begin: 1000, firstByte: 6, end: 7 })
    assert.deepEqual(clock.slept, [fromSeconds(0.05), fromSeconds(2)])
    assert.deepEqual(told, [{ operation: 'read', key: 'k', reason: 'server', attempt: 1 }, { operation: 'read', key: 'k', reason: 'throttled', attempt: 2 }])
  })
  test('a read that works at once is not touched', async () => {
    const { store } = retriedStore([])
    await store.write('k', bytesOf(3))
    assert.equal((await store.read('k', { offset: 0, length: 3 }, new Uint8Array(3))).begin, 5)
  })
  test('gives up after the last attempt with the last failure', async () => {
    const { store, inner, clock } = retriedStore([failure('server'), failure('timeout'), failure('throttled')], 3)
    await rejectsWith(store.head('k'), 'throttled')
    assert.deepEqual(inner.calls, ['head', 'head', 'head'])
    assert.equal(clock.slept.length, 2)
  })
  test('does not ask again what cannot change', async () => {
    const { store, inner } = retriedStore([failure('denied')])
    await rejectsWith(store.head('k'), 'denied')
    assert.equal(inner.calls.length, 1)
  })
  test('a target that was never there fails at once, one that was is waited for', async () => {
    const { store, inner } = retriedStore([failure('unreachable'), undefined, failure('unreachable'), undefined])
    await rejectsWith(store.createContainer(), 'unreachable')
    await store.createContainer()
    await store.createContainer()
    assert.equal(inner.calls.length, 4)
  })
  test('writes are left to the store, which knows their requests', async () => {
    const { store, inner, told } = retriedStore([failure('server'), failure('server')])
    await rejectsWith(store.write('k', bytesOf(3)), 'server')
    await rejectsWith(store.write('k', chunked(bytesOf(3), 2), { size: 3 }), 'server')
    assert.equal(inner.calls.length, 2)
    assert.deepEqual(told, [])
  })
  test('a listing goes on behind the last page it gave', async () => {
    const plan = [failure('server'), undefined, undefined, failure('timeout'), failure('server')]
    const { store: again, inner: planned } = retriedStore(plan)
    for (const key of ['a', 'b', 'c', 'd', 'e']) await openMemoryStore(`wrappers-${numStores - 1}`).write(key, bytesOf(1))
    const { objects } = await listAll(again, '', { pageSize: 1 })
    assert.deepEqual(objects.map(({ key }) => key), ['a', 'b', 'c', 'd', 'e'])
    assert.deepEqual(planned.calls.slice(0, 6), ['list ', 'list ', 'page after a', 'page after b', 'list b', 'list b'])
  })
  test('an abort ends the wait', async () => {
    const { store, inner } = retriedStore([failure('server'), failure('server')])
    await rejectsWith(store.head('k', { signal: AbortSignal.abort() }), 'aborted')
    assert.equal(inner.calls.length, 1)
  })
})

async function attempts(failures: unknown[], about: Partial<RetriedCall> = {}): Promise<{ numCalls: number; clock: SleepClock; error: unknown; told: RetryRecord[] }> {
  const clock = new SleepClock(), told: RetryRecord[] = []
  let numCalls = 0
  const call = async (attempt: number): Promise<void> => {
    assert.equal(attempt, ++numCalls)
    if (failures.length > 0) throw failures.shift()
  }
  const error = await retrying(call, { operation: 'write', key: 'k', ...about }, retryPolicy({ maxAttempts: 4 }, { retry: (record) => told.push(record) }, { clock, random: () => 0 })).catch((thrown: unknown) => thrown)
  return { numCalls, clock, error, told }
}

describe('retrying', () => {
  test('of what works is one call', async () => { assert.equal((await attempts([])).numCalls, 1) })
  test('asks again only where that is safe', async () => {
    const { numCalls, error } = await attempts([failure('server', { status: 500 }), failure('truncated')], { isSafe: ({ info }) => info.status !== undefined })
    assert.equal(numCalls, 2)
    assert.ok(isFault(error, 'storage') && error.info.reason === 'truncated')
  })
  for (const seconds of [0, 1, 60]) {
    test(`a Retry-After of ${seconds} s is waited for`, async () => {
      const { numCalls, clock } = await attempts([failure('throttled', { retryAfterSeconds: seconds })])
      assert.equal(numCalls, 2)
      assert.deepEqual(clock.slept, [fromSeconds(seconds)])
    })
  }
  for (const seconds of [60.5, 86_400, 1e15]) {
    test(`a Retry-After of ${seconds} s is not: the Fault says so`, async () => {
      const { numCalls, clock, error, told } = await attempts([failure('throttled', { retryAfterSeconds: seconds })])
      assert.equal(numCalls, 1)
      assert.deepEqual([clock.slept, told], [[], []])
      assert.ok(isFault(error, 'storage') && error.info.reason === 'throttled')
      assert.ok(error.message.includes(`${Math.ceil(seconds)} s`), error.message)
      assert.match(error.hint ?? '', /60 s/)
    })
  }
})

describe('withRecord', () => {
  test('without an observer is the store itself', () => { const inner = failingStore([]); assert.equal(withRecord(inner, {}), inner) })
  test('one record per call, a listing one per page', async () => {
    const records: RequestRecord[] = []
    const store = withRecord(failingStore([undefined, undefined, undefined, failure('denied'), abortedFault(), new TypeError('bug')]), { request: (record) => records.push(record) }, new SleepClock())
    await store.write('k', bytesOf(10))
    await store.write('l', bytesOf(11))
    await store.read('k', { offset: 2, length: 3 }, new Uint8Array(3))
    await rejectsWith(store.read('k', { offset: 0, length: 1 }, new Uint8Array(1)), 'denied')
    await rejectsWith(store.head('k'), 'aborted')
    await assert.rejects(store.delete(['x', 'y']), TypeError)
    await listAll(store, 'p', { pageSize: 1 })
    await listAll(store, '', { pageSize: 1 })
    assert.deepEqual(records.map(({ operation, key, bytes, error }) => [operation, key, bytes, error]), [
      ['write', 'k', 10, undefined], ['write', 'l', 11, undefined], ['read', 'k', 3, undefined], ['read', 'k', 0, 'denied'], ['head', 'k', 0, 'aborted'], ['delete', 'x', 0, 'bug'],
      ['list', '', 0, undefined], ['list', '', 0, undefined],
    ])
    assert.deepEqual(records[2], { operation: 'read', key: 'k', begin: 5, firstByte: 6, end: 7, bytes: 3 })
    assert.ok(records.every(({ begin, end }) => end > begin))
  })
})
