// The one place that reads time. Everything that measures or waits is given a Clock.

import { onAbort } from './cancel.ts'
import { throwIfAborted } from './fault.ts'
import { Alarm } from './alarm.ts'
import { hrtime, nanosecondsPerMillisecond, type Nanoseconds } from './units.ts'

export interface Clock {
  /** Monotonic; one zero for all threads of the process, so points from two threads can be subtracted. */
  now(): Nanoseconds
  /** Wall-clock time in milliseconds since 1970, for time stamps that people read. */
  wallMilliseconds(): number
  /** Resolves once `duration` has passed, or rejects with the signal's Fault. */
  sleep(duration: Nanoseconds, signal?: AbortSignal): Promise<void>
  /** Resolves once `now()` is at `deadline` or behind it: at once when it is, or rejects with the signal's Fault. */
  sleepUntil(deadline: Nanoseconds, signal?: AbortSignal): Promise<void>
  /** Resolves once sleeps are as exact as they get. Without it the first sleeps rely on timers. */
  prepare?(): Promise<void>
}

/** A timer holds 31 bits of milliseconds, 24.8 days; one that is set for longer fires at once. */
const longestTimer = 2 ** 31 - 1


/** Nobody is woken up to this late, so what is left is turned (never blocked) away on the event loop. Nanoseconds. */
const lead = {
  /** Seen without a lead, 2 virtual cores, Node 20: the median came 0.2 ms late after 3.5 ms, 0.38 ms after 100 ms. */
  alarm: (duration: Nanoseconds): Nanoseconds => Math.min(500_000, Math.max(150_000, duration * 0.04)),
  /** 300 timers of 2 ms fired between 0.8 ms early and 1.05 ms late, Node 20. */
  timer: 1.5 * nanosecondsPerMillisecond,
} as const

interface Sleeper { readonly deadline: Nanoseconds; readonly lead: Nanoseconds; readonly wake: () => void }

/**
 * An alarm from a second thread comes near the deadline, and the event loop is turned for the rest. All sleepers share one
 * alarm and one loop: 64 accelerators cost what one does.
 */
class SystemClock implements Clock {
  /** Soonest deadline first. Sleepers are as many as accelerators, so a sorted array is enough. */
  readonly #sleepers: Sleeper[] = []
  readonly #alarm = new Alarm(() => { this.#turn() })
  #timer: NodeJS.Timeout | undefined
  #turning = false

  now(): Nanoseconds { return hrtime() }

  wallMilliseconds(): number { return Date.now() }

  async prepare(): Promise<void> { await this.#alarm.start() }

  sleep(duration: Nanoseconds, signal?: AbortSignal): Promise<void> { return this.sleepUntil(hrtime() + duration, signal) }

  async sleepUntil(deadline: Nanoseconds, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    const duration = deadline - hrtime()
    if (duration <= 0) return
    void this.#alarm.start()
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = { deadline, lead: lead.alarm(duration), wake: () => {
        stop()
        resolve()
      } }
      const stop = onAbort(signal, () => { this.#remove(sleeper); sleeper.wake() })
      this.#insert(sleeper)
      if (this.#sleepers[0] === sleeper) this.#arm()
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
    if (this.#sleepers.length === 0) this.#disarm()
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#alarm.isReady) this.#alarm.set(Infinity)
  }

  /** For the soonest sleeper. The timer stays behind the alarm: it keeps the process alive, and wakes when the alarm does not. */
  #arm(): void {
    if (this.#turning) return
    const first = this.#sleepers[0]
    if (!first) {
      this.#disarm()
      return
    }
    const left = first.deadline - hrtime()
    const { isReady } = this.#alarm
    if (left <= (isReady ? first.lead : lead.timer + 0.5 * nanosecondsPerMillisecond)) {
      this.#turn()
      return
    }
    if (isReady) this.#alarm.set(first.deadline - first.lead)
    clearTimeout(this.#timer)
    const milliseconds = isReady ? Math.ceil(left / nanosecondsPerMillisecond) : Math.floor((left - lead.timer) / nanosecondsPerMillisecond)
    this.#timer = setTimeout(() => { this.#turn() }, Math.min(longestTimer, milliseconds))
  }

  #turn(): void {
    const now = hrtime()
    while (this.#sleepers.length > 0 && this.#sleepers[0]!.deadline <= now) this.#sleepers.shift()!.wake()
    const first = this.#sleepers[0]
    const isNear = first !== undefined && first.deadline - now <= (this.#alarm.isReady ? first.lead : 2 * nanosecondsPerMillisecond)
    if (isNear && !this.#turning) setImmediate(() => { this.#turning = false; this.#turn() })
    this.#turning = isNear
    if (!isNear) this.#arm()
  }
}

export const systemClock: Clock = new SystemClock()
