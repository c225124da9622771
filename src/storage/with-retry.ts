// Asks again after failures that may pass: a wrapper for calls of one request, and the loop itself for uploads of many.
// Source: "full jitter" of the AWS Architecture Blog, "Exponential Backoff And Jitter".

import { systemClock, type Clock } from '../util/clock.ts'
import { Fault, isFault, type StorageReason } from '../util/fault.ts'
import type { RetryCause } from '../util/retry-counts.ts'
import { fromSeconds, type Nanoseconds } from '../util/units.ts'
import type { Operation } from './faults.ts'
import { RetryBudget } from './retry-budget.ts'
import { SendRate } from './send-rate.ts'
import type { Cancel, ObjectStore, ObjectVersions } from './store.ts'

/** A failure that is being followed by another attempt. `attempt` counts from 1: the one that failed. */
export interface RetryRecord {
  readonly operation: Operation
  readonly reason: RetryCause
  readonly key?: string
  readonly attempt: number
}

const baseSeconds = 0.1
/** A store that has too much to do is not helped by the next request coming soon. */
const throttledBaseSeconds = 0.5
const capSeconds = 5
/** A store that asks for a longer rest is not there for this run. A mistyped or hostile `retry-after` must not stop it for a day. */
const longestRetryAfterSeconds = 60

export interface DelayFacts { readonly retryAfterSeconds?: number | undefined; readonly isThrottled?: boolean }

/** How long to wait after failed attempt `attempt` (from 1), given a random number of [0, 1). Never less than the store asked for. */
export function delayFor(attempt: number, random: number, { retryAfterSeconds = 0, isThrottled = false }: DelayFacts = {}): Nanoseconds {
  const jittered = random * Math.min(capSeconds, (isThrottled ? throttledBaseSeconds : baseSeconds) * 2 ** (attempt - 1))
  return fromSeconds(Math.max(jittered, retryAfterSeconds))
}

/** Whether another attempt can end differently. Short answers that had a status are not cut off: the object is short. */
const transient: Readonly<Record<StorageReason, 'yes' | 'no' | 'once reached' | 'without status'>> = {
  throttled: 'yes', server: 'yes', timeout: 'yes', overdue: 'yes', unreachable: 'once reached', truncated: 'without status',
  tls: 'no', clock: 'no', protocol: 'no', 'no-bucket': 'no', 'no-key': 'no', denied: 'no', redirect: 'no', precondition: 'no', corrupt: 'no', invalid: 'no',
}

/** `reached`: the store has answered before, so it is only away for now. */
export function isTransient(error: unknown, reached: boolean): error is Fault<'storage'> {
  if (!isFault(error, 'storage')) return false
  const when = transient[error.info.reason]
  return when === 'yes' || (when === 'once reached' && reached) || (when === 'without status' && error.info.status === undefined)
}

/** How all calls of one store are retried. One object per store: it remembers. */
export interface RetryPolicy {
  /** 1: no retry. */
  readonly maxAttempts: number
  readonly observer: { retry?(record: RetryRecord): void }
  readonly clock: Clock
  readonly random: () => number
  readonly budget: RetryBudget
  /** Of the adaptive mode. */
  readonly rate?: SendRate
  /** Milliseconds to add to this machine's clock where requests are signed, as the store told. Set by `retrying`. */
  readonly offset: { milliseconds: number }
  /** Whether the store has answered a call yet. Set by `retrying`. */
  reached: boolean
}

export interface RetrySettings {
  readonly maxAttempts: number
  /** Absent: standard. */
  readonly mode?: 'standard' | 'adaptive'
}

export function retryPolicy({ maxAttempts, mode }: RetrySettings, observer: RetryPolicy['observer'] = {}, environment: Partial<Pick<RetryPolicy, 'clock' | 'random'>> = {}): RetryPolicy {
  const { clock = systemClock, random = Math.random } = environment
  return { maxAttempts, observer, clock, random, budget: new RetryBudget(), ...(mode === 'adaptive' ? { rate: new SendRate(clock) } : {}), offset: { milliseconds: 0 }, reached: false }
}

export interface RetriedCall extends Cancel {
  readonly operation: Operation
  readonly key?: string | undefined
  /** Which of the failures that may pass may be answered by another attempt. Absent: all of them. */
  readonly isSafe?: (fault: Fault<'storage'>) => boolean
}

/** What the first attempt of `call` gives that does not fail. `attempt` counts from 1. @throws {Fault} the last attempt's, or the signal's. */
export async function retrying<T>(call: (attempt: number) => Promise<T>, about: RetriedCall, policy: RetryPolicy): Promise<T> {
  const attempts = new Attempts(about, policy)
  for (;;) {
    try {
      if (policy.rate && policy.maxAttempts > 1) await policy.rate.wait(about.signal)
      const result = await call(attempts.number)
      attempts.succeeded()
      return result
    } catch (error) {
      await attempts.failed(error)
    }
  }
}

/** The attempts of one call. */
class Attempts {
  /** Of the attempt under way, from 1. */
  number = 1
  readonly #about: RetriedCall
  readonly #policy: RetryPolicy
  /** Tokens that the last retry cost. */
  #cost = 0
  #isClockSet = false

  constructor(about: RetriedCall, policy: RetryPolicy) {
    this.#about = about
    this.#policy = policy
  }

  succeeded(): void {
    const policy = this.#policy
    policy.reached = true
    policy.budget.succeeded(this.#cost)
    policy.rate?.answered(false)
    this.number = 1
    this.#cost = 0
  }

  /** Returns once the next attempt may begin; throws `error` when there is none. */
  async failed(error: unknown): Promise<void> {
    const { maxAttempts, observer, clock, random, rate } = this.#policy
    const { operation, key, signal, isSafe } = this.#about
    if (isFault(error, 'storage')) rate?.answered(error.info.reason === 'throttled')
    if (this.number >= maxAttempts) throw error
    const cause = this.#setClock(error) ? 'clock' : isTransient(error, this.#policy.reached) && isSafe?.(error) !== false ? error.info.reason as RetryCause : undefined
    if (cause === undefined) throw error
    const { retryAfterSeconds } = (error as Fault<'storage'>).info
    if (retryAfterSeconds !== undefined && retryAfterSeconds > longestRetryAfterSeconds) throw tooLong(error as Fault<'storage'>, retryAfterSeconds)
    const cost = this.#policy.budget.take(cause)
    if (cost === undefined) throw spent(error as Fault<'storage'>)
    this.#cost = cost
    observer.retry?.({ operation, reason: cause, attempt: this.number, ...(key === undefined ? {} : { key }) })
    // Time does not mend a clock.
    if (cause !== 'clock') await clock.sleep(delayFor(this.number, random(), { retryAfterSeconds, isThrottled: cause === 'throttled' }), signal)
    this.number++
  }

  /** Once for each call: those that were under way when the first was refused were signed by the wrong clock too. */
  #setClock(error: unknown): boolean {
    if (this.#isClockSet || !isFault(error, 'storage') || error.info.storeTimeMilliseconds === undefined) return false
    this.#isClockSet = true
    this.#policy.offset.milliseconds = error.info.storeTimeMilliseconds - this.#policy.clock.wallMilliseconds()
    return true
  }
}

function spent(fault: Fault<'storage'>): Fault<'storage'> {
  return new Fault('storage', `${fault.message}; it is not asked again, as too many requests had to be`, {
    info: fault.info, hint: `${fault.hint === undefined ? '' : `${fault.hint}; `}the store fails faster than it recovers; --retries 0 measures it as it is`, cause: fault,
  })
}

function tooLong(fault: Fault<'storage'>, seconds: number): Fault<'storage'> {
  return new Fault('storage', `${fault.message}, and asks to be left alone for ${Math.ceil(seconds)} s`, {
    info: fault.info, hint: `longer than the ${longestRetryAfterSeconds} s that are waited for: try again later`, cause: fault,
  })
}

/** Retries each call; a listing goes on behind the last page it gave. Not `write`: it may be many requests, and each store retries them one by one. */
export function withRetry(store: ObjectStore, policy: RetryPolicy): ObjectStore {
  if (policy.maxAttempts <= 1) return store
  return {
    name: store.name, listsWhole: store.listsWhole === true,
    async * list(prefix, options) {
      let startAfter = options?.startAfter
      const attempts = new Attempts({ operation: 'list', key: prefix, signal: options?.signal }, policy)
      for (;;) {
        try {
          await policy.rate?.wait(options?.signal)
          for await (const page of store.list(prefix, { ...options, startAfter })) {
            attempts.succeeded()
            yield page
            startAfter = page.at(-1)?.key ?? startAfter
          }
          return
        } catch (error) {
          await attempts.failed(error)
        }
      }
    },
    async read(key, range, into, options) {
      // As `retrying`, without its closures and promises: there are more reads than of anything else.
      const attempts = new Attempts({ operation: 'read', key, signal: options?.signal }, policy)
      const begin = policy.clock.now()
      for (;;) {
        try {
          if (policy.rate) await policy.rate.wait(options?.signal)
          const timings = await store.read(key, range, into, options)
          const isFirst = attempts.number === 1
          attempts.succeeded()
          return isFirst ? timings : { ...timings, begin }
        } catch (error) {
          await attempts.failed(error)
        }
      }
    },
    head: (key, options) => retrying(() => store.head(key, options), { operation: 'head', key, signal: options?.signal }, policy),
    write: (key, body, options) => store.write(key, body, options),
    delete: (keys, options) => retrying(() => store.delete(keys, options), { operation: 'delete', key: keys[0], signal: options?.signal }, policy),
    createContainer: (options) => retrying(() => store.createContainer(options), { operation: 'create', signal: options?.signal }, policy),
    ...(store.versions ? { versions: retriedVersions(store.versions, policy) } : {}),
    close: () => store.close(),
  }
}

function retriedVersions(versions: ObjectVersions, policy: RetryPolicy): ObjectVersions {
  return {
    list: (prefix, options) => retrying(() => versions.list(prefix, options), { operation: 'list', key: prefix, signal: options?.signal }, policy),
    delete: (some, options) => retrying(() => versions.delete(some, options), { operation: 'delete', key: some[0]?.key, signal: options?.signal }, policy),
  }
}
