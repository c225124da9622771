// The one place that reads time. Everything that measures or waits is given a Clock.

import { expectListeners } from './cancel.ts'
import { throwIfAborted } from './fault.ts'
import { nanosecondsPerMillisecond, nanosecondsPerSecond, type Nanoseconds } from './units.ts'

export interface Clock {
  /** Monotonic; one zero for all threads of the process, so points from two threads can be subtracted. */
  now(): Nanoseconds
  /** Wall-clock time in milliseconds since 1970, for time stamps that people read. */
  wallMilliseconds(): number
  /** Resolves once `duration` has passed, or rejects with the signal's Fault. */
  sleep(duration: Nanoseconds, signal?: AbortSignal): Promise<void>
}

/** process.hrtime() in one number. It is one clock for all threads; the bigint form costs an allocation more. */
function hrtime(): Nanoseconds {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * nanosecondsPerSecond + nanoseconds
}

/** A timer holds 31 bits of milliseconds, 24.8 days; one that is set for longer fires at once. */
const longestTimer = 2 ** 31 - 1

interface Sleeper { readonly deadline: Nanoseconds; readonly wake: () => void; done: boolean }

/**
 * A timer in whole milliseconds fires early and late, so the timer only comes near the deadline and the event loop
 * is turned (never blocked) for the rest. All sleepers share one timer and one loop: 64 accelerators cost what one does.
 */
class SystemClock implements Clock {
  /** Soonest deadline first. Sleepers are as many as accelerators, so a sorted array is enough. */
  readonly #sleepers: Sleeper[] = []
  #timer: NodeJS.Timeout | undefined
  #turning = false

  now(): Nanoseconds { return hrtime() }

  wallMilliseconds(): number { return Date.now() }

  async sleep(duration: Nanoseconds, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (duration <= 0) return
    expectListeners(signal)
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = { deadline: hrtime() + duration, done: false, wake: () => {
        sleeper.done = true
        signal?.removeEventListener('abort', onAbort)
        resolve()
      } }
      const onAbort = (): void => { this.#remove(sleeper); sleeper.wake() }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#insert(sleeper)
      this.#arm()
    })
    throwIfAborted(signal)
  }

  #insert(sleeper: Sleeper): void {
    let index = this.#sleepers.length
    while (index > 0 && this.#sleepers[index - 1]!.deadline > sleeper.deadline) index--
    this.#sleepers.splice(index, 0, sleeper)
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper)
    if (index >= 0) this.#sleepers.splice(index, 1)
    if (this.#sleepers.length === 0) { clearTimeout(this.#timer); this.#timer = undefined }
  }

  #arm(): void {
    if (this.#turning) return
    const first = this.#sleepers[0]
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!first) return
    const left = (first.deadline - hrtime()) / nanosecondsPerMillisecond
    // Timers were seen up to 1.2 ms late on a busy machine: stop waiting for them 1.5 ms before the deadline.
    if (left > 2) this.#timer = setTimeout(() => { this.#timer = undefined; this.#turn() }, Math.min(longestTimer, Math.floor(left - 1.5)))
    else this.#turn()
  }

  #turn(): void {
    const now = hrtime()
    while (this.#sleepers.length > 0 && this.#sleepers[0]!.deadline <= now) this.#sleepers.shift()!.wake()
    const first = this.#sleepers[0]
    this.#turning = first !== undefined && first.deadline - now <= 2 * nanosecondsPerMillisecond
    if (this.#turning) setImmediate(() => { this.#turn() })
    else this.#arm()
  }
}

export const systemClock: Clock = new SystemClock()
