// Time that moves when told, or by itself to the next deadline when everybody sleeps (a discrete-event simulation).

import type { Clock } from '../../src/util/clock.ts'
import { throwIfAborted } from '../../src/util/fault.ts'
import type { Nanoseconds } from '../../src/util/units.ts'

interface Sleeper { readonly deadline: Nanoseconds; readonly wake: () => void }

export class ManualClock implements Clock {
  #now: Nanoseconds = 0
  #sleepers: Sleeper[] = []
  #scheduled = false

  now(): Nanoseconds { return this.#now }

  wallMilliseconds(): number { return Date.UTC(2026, 0, 1) + this.#now / 1e6 }

  advanceTo(time: Nanoseconds): void {
    if (time < this.#now) throw new Error(`time does not go back from ${this.#now} to ${time}`)
    this.#now = time
  }

  sleep(duration: Nanoseconds, signal?: AbortSignal): Promise<void> { return this.sleepUntil(this.#now + duration, signal) }

  async sleepUntil(deadline: Nanoseconds, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (deadline <= this.#now) return
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = { deadline, wake: () => { signal?.removeEventListener('abort', leave); resolve() } }
      const leave = (): void => { this.#sleepers = this.#sleepers.filter((other) => other !== sleeper); resolve() }
      signal?.addEventListener('abort', leave, { once: true })
      this.#sleepers.push(sleeper)
      this.#schedule()
    })
    throwIfAborted(signal)
  }

  /** Once all other work of this turn is done, time jumps to the next deadline. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const next = Math.min(...this.#sleepers.map((sleeper) => sleeper.deadline))
      if (!Number.isFinite(next)) return
      this.#now = Math.max(this.#now, next)
      const due = this.#sleepers.filter((sleeper) => sleeper.deadline <= this.#now)
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.deadline > this.#now)
      for (const sleeper of due) sleeper.wake()
      if (this.#sleepers.length > 0) this.#schedule()
    })
  }
}
