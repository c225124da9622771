// Asks again after failures that may pass: a wrapper for calls of one request, and the loop itself for uploads of many.
// Source: "full jitter" of the AWS Architecture Blog, "Exponential Backoff And Jitter".

import { systemClock, type Clock } from '../util/clock.ts'
import { Fault, isFault, type StorageReason } from '../util/fault.ts'
import { fromSeconds, type Nanoseconds } from '../util/units.ts'
import type { Operation } from './faults.ts'
import type { Cancel, ObjectStore } from './store.ts'

/** A failure that is being followed by another attempt. `attempt` counts from 1: the one that failed. */
export interface RetryRecord {
  readonly operation: Operation
  readonly reason: StorageReason
  readonly key?: string
  readonly attempt: number
}

const baseSeconds = 0.1
const capSeconds = 5
/** A store that asks for a longer rest is not there for this run. A mistyped or hostile `retry-after` must not stop it for a day. */
const longestRetryAfterSeconds = 60

/** How long to wait after failed attempt `attempt` (from 1), given a random number of [0, 1). Never less than the store asked for. */
export function delayFor(attempt: number, random: number, retryAfterSeconds = 0): Nanoseconds {
  const jittered = random * Math.min(capSeconds, baseSeconds * 2 ** (attempt - 1))
  return fromSeconds(Math.max(jittered, retryAfterSeconds))
}

/** Whether another attempt can end differently. Short answers that had a status are not cut off: the object is short. */
const transient: Readonly<Record<StorageReason, 'yes' | 'no' | 'once reached' | 'without status'>> = {
  throttled: 'yes', server: 'yes', timeout: 'yes', unreachable: 'once reached', truncated: 'without status',
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
  /** Whether the store has answered a call yet. Set by `retrying`. */
  reached: boolean
}

export function retryPolicy(maxAttempts: number, observer: RetryPolicy['observer'] = {}, environment: Partial<Pick<RetryPolicy, 'clock' | 'random'>> = {}): RetryPolicy {
  return { maxAttempts, observer, clock: systemClock, random: Math.random, ...environment, reached: false }
}

export interface RetriedCall extends Cancel {
  readonly operation: Operation
  readonly key?: string | undefined
  /** Which of the failures that may pass may be answered by another attempt. Absent: all of them. */
  readonly isSafe?: (fault: Fault<'storage'>) => boolean
}

/** What the first attempt of `call` gives that does not fail. `attempt` counts from 1. @throws {Fault} the last attempt's, or the signal's. */
export async function retrying<T>(call: (attempt: number) => Promise<T>, about: RetriedCall, policy: RetryPolicy): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await call(attempt)
      policy.reached = true
      return result
    } catch (error) {
      await pause(error, attempt, about, policy)
    }
  }
}

/** Returns once the next attempt may begin; throws `error` when there is none. */
async function pause(error: unknown, attempt: number, { operation, key, signal, isSafe }: RetriedCall, { maxAttempts, observer, clock, random, reached }: RetryPolicy): Promise<void> {
  if (attempt >= maxAttempts || !isTransient(error, reached) || isSafe?.(error) === false) throw error
  const { reason, retryAfterSeconds } = error.info
  if (retryAfterSeconds !== undefined && retryAfterSeconds > longestRetryAfterSeconds) throw tooLong(error, retryAfterSeconds)
  observer.retry?.({ operation, reason, attempt, ...(key === undefined ? {} : { key }) })
  await clock.sleep(delayFor(attempt, random(), retryAfterSeconds), signal)
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
    name: store.name,
    async * list(prefix, options) {
      let startAfter = options?.startAfter
      for (let attempt = 1; ; attempt++) {
        try {
          for await (const page of store.list(prefix, { ...options, startAfter })) {
            policy.reached = true
            attempt = 1
            yield page
            startAfter = page.at(-1)?.key ?? startAfter
          }
          return
        } catch (error) {
          await pause(error, attempt, { operation: 'list', key: prefix, signal: options?.signal }, policy)
        }
      }
    },
    async read(key, range, into, options) {
      const begin = policy.clock.now()
      return await retrying(async (attempt) => {
        const timings = await store.read(key, range, into, options)
        return attempt === 1 ? timings : { ...timings, begin }
      }, { operation: 'read', key, signal: options?.signal }, policy)
    },
    head: (key, options) => retrying(() => store.head(key, options), { operation: 'head', key, signal: options?.signal }, policy),
    write: (key, body, options) => store.write(key, body, options),
    delete: (keys, options) => retrying(() => store.delete(keys, options), { operation: 'delete', key: keys[0], signal: options?.signal }, policy),
    createContainer: (options) => retrying(() => store.createContainer(options), { operation: 'create', signal: options?.signal }, policy),
    close: () => store.close(),
  }
}
