// Wrapper: asks again after failures that may pass.
// Source: "full jitter" of the AWS Architecture Blog, "Exponential Backoff And Jitter".

import { systemClock, type Clock } from '../util/clock.ts'
import { isFault, type Fault, type StorageReason } from '../util/fault.ts'
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

export interface RetryEnvironment { readonly clock: Clock; readonly random: () => number }

const system: RetryEnvironment = { clock: systemClock, random: Math.random }

export function withRetry(
  store: ObjectStore, maxAttempts: number, observer: { retry?(record: RetryRecord): void } = {}, { clock, random }: RetryEnvironment = system,
): ObjectStore {
  if (maxAttempts <= 1) return store
  let reached = false

  /** Returns once the next attempt may begin; throws `error` when there is none. */
  async function pause(error: unknown, attempt: number, operation: Operation, { key, signal }: { key?: string; signal?: AbortSignal | undefined }): Promise<void> {
    if (attempt >= maxAttempts || !isTransient(error, reached)) throw error
    observer.retry?.({ operation, reason: error.info.reason, attempt, ...(key === undefined ? {} : { key }) })
    await clock.sleep(delayFor(attempt, random(), error.info.retryAfterSeconds), signal)
  }

  async function retried<T>(operation: Operation, key: string | undefined, options: Cancel | undefined, call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await call()
        reached = true
        return result
      } catch (error) {
        await pause(error, attempt, operation, { ...(key === undefined ? {} : { key }), signal: options?.signal })
      }
    }
  }

  return {
    name: store.name,
    async * list(prefix, options) {
      let startAfter = options?.startAfter
      for (let attempt = 1; ; attempt++) {
        try {
          for await (const page of store.list(prefix, { ...options, startAfter })) {
            reached = true
            attempt = 1
            yield page
            startAfter = page.at(-1)?.key ?? startAfter
          }
          return
        } catch (error) {
          await pause(error, attempt, 'list', { key: prefix, signal: options?.signal })
        }
      }
    },
    async read(key, range, into, options) {
      const begin = clock.now()
      for (let attempt = 1; ; attempt++) {
        try {
          const timings = await store.read(key, range, into, options)
          reached = true
          return attempt === 1 ? timings : { ...timings, begin }
        } catch (error) {
          await pause(error, attempt, 'read', { key, signal: options?.signal })
        }
      }
    },
    head: (key, options) => retried('head', key, options, () => store.head(key, options)),
    // A stream can be read once only.
    write: (key, body, options) => body instanceof Uint8Array
      ? retried('write', key, options, () => store.write(key, body, options))
      : store.write(key, body, options),
    delete: (keys, options) => retried('delete', keys[0], options, () => store.delete(keys, options)),
    createContainer: (options) => retried('create', undefined, options, () => store.createContainer(options)),
    close: () => store.close(),
  }
}
