// Where all accelerators of a step meet.

import { onAbort } from '../util/cancel.ts'
import type { Clock } from '../util/clock.ts'
import { throwIfAborted } from '../util/fault.ts'
import type { Nanoseconds } from '../util/units.ts'

interface Meeting {
  arrived: number
  /** Everybody waits for this one promise: when all had met. */
  readonly over: Promise<Nanoseconds>
  readonly end: (over: Promise<Nanoseconds>) => void
  /** Ends listening to the signal. */
  readonly stop: () => void
}

export class Barrier {
  readonly parties: number
  readonly #clock: Pick<Clock, 'now'>
  /** What happens once all are here and before anybody goes on: the processes of a job meet there. */
  readonly #whenComplete: (signal: AbortSignal) => Promise<void>
  #meeting: Meeting | undefined

  constructor(parties: number, clock: Pick<Clock, 'now'>, whenComplete: (signal: AbortSignal) => Promise<void> = async () => {}) {
    this.parties = parties
    this.#clock = clock
    this.#whenComplete = whenComplete
  }

  /**
   * Resolves for everybody once the last party is here, to the one moment when all had met; rejects with the signal's Fault
   * when that cannot happen any more. One signal for all parties of a meeting.
   */
  async arrive(signal: AbortSignal): Promise<Nanoseconds> {
    throwIfAborted(signal)
    const meeting = this.#meeting ??= this.#call(signal)
    if (++meeting.arrived === this.parties) {
      this.#meeting = undefined
      meeting.stop()
      meeting.end(this.#whenComplete(signal).then(() => this.#clock.now()))
    }
    return await meeting.over
  }

  #call(signal: AbortSignal): Meeting {
    const { promise, resolve, reject } = withResolvers<Nanoseconds>()
    const stop = onAbort(signal, () => {
      this.#meeting = undefined
      try { throwIfAborted(signal) } catch (reason) { reject(reason) }
    })
    return { arrived: 0, over: promise, end: resolve, stop }
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T | Promise<T>) => void; reject: (reason: unknown) => void } {
  let resolve!: (value: T | Promise<T>) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((...settle) => { [resolve, reject] = settle })
  return { promise, resolve, reject }
}
