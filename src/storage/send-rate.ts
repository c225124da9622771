// The "adaptive" retry mode: a client that is throttled slows itself down, and feels its way up again along a cubic curve.
// Source: "adaptive" mode, AWS SDKs and Tools Reference Guide, "Retry behavior"; the curve is that of RFC 9438 (CUBIC).

import type { Clock } from '../util/clock.ts'
import { fromSeconds, toSeconds } from '../util/units.ts'

/** What is left of the rate after a refusal. */
const beta = 0.7
const scale = 0.4
/** Weight of the newest half second in the measured rate. */
const smooth = 0.8
/** Requests per second at least, and tokens that the bucket can hold at least. */
const minRate = 0.5
const minCapacity = 1
/** The rate is measured in windows of so many seconds. */
const windowSeconds = 0.5

/** One per store and thread. Without any effect until the store throttles for the first time. */
export class SendRate {
  readonly #clock: Clock
  #isLimited = false
  #rate = 0
  #capacity = 0
  #tokens = 0
  #filledAt: number
  #measuredRate = 0
  #window: number
  #numInWindow = 0
  #lastMaxRate = 0
  #throttledAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#filledAt = this.#seconds()
    this.#window = this.#windowNow()
  }

  /** Requests per second; undefined while there is no limit. */
  get limit(): number | undefined { return this.#isLimited ? this.#rate : undefined }

  /** Resolves when the next request may be sent. They go in the order in which they ask. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#isLimited) return
    this.#fill()
    this.#tokens--
    if (this.#tokens >= 0) return
    await this.#clock.sleep(fromSeconds(-this.#tokens / this.#rate), signal)
  }

  /** A request was answered, or failed. */
  answered(isThrottled: boolean): void {
    this.#measure()
    const now = this.#seconds()
    if (isThrottled) {
      this.#lastMaxRate = this.#isLimited ? Math.min(this.#measuredRate, this.#rate) : this.#measuredRate
      this.#throttledAt = now
      this.#isLimited = true
    }
    if (!this.#isLimited) return
    this.#limitTo(Math.min(isThrottled ? this.#lastMaxRate * beta : this.#cubic(now), 2 * this.#measuredRate))
  }

  /** So long after a refusal the rate is where it was before it. */
  #cubic(now: number): number {
    const window = Math.cbrt(this.#lastMaxRate * (1 - beta) / scale)
    return scale * (now - this.#throttledAt - window) ** 3 + this.#lastMaxRate
  }

  #limitTo(rate: number): void {
    this.#fill()
    this.#rate = Math.max(rate, minRate)
    this.#capacity = Math.max(rate, minCapacity)
    this.#tokens = Math.min(this.#tokens, this.#capacity)
  }

  #fill(): void {
    const now = this.#seconds()
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#rate)
    this.#filledAt = now
  }

  #measure(): void {
    this.#numInWindow++
    const window = this.#windowNow()
    if (window <= this.#window) return
    this.#measuredRate = smooth * this.#numInWindow / (window - this.#window) + (1 - smooth) * this.#measuredRate
    this.#numInWindow = 0
    this.#window = window
  }

  #windowNow(): number { return Math.floor(this.#seconds() / windowSeconds) * windowSeconds }

  #seconds(): number { return toSeconds(this.#clock.now()) }
}
