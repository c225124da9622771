// Where all accelerators of a step meet.

import { onAbort } from '../util/cancel.ts'
import { throwIfAborted } from '../util/fault.ts'

export class Barrier {
  readonly parties: number
  /** What happens once all are here and before anybody goes on: the processes of a job meet there. */
  readonly #whenComplete: (signal: AbortSignal) => Promise<void>
  #waiting: ((outcome: Promise<void>) => void)[] = []

  constructor(parties: number, whenComplete: (signal: AbortSignal) => Promise<void> = async () => {}) {
    this.parties = parties
    this.#whenComplete = whenComplete
  }

  /** Resolves for everybody once the last party is here; rejects with the signal's Fault when that cannot happen any more. */
  async arrive(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    if (this.#waiting.length + 1 === this.parties) {
      const all = this.#waiting
      this.#waiting = []
      const outcome = this.#whenComplete(signal)
      for (const go of all) go(outcome)
      return outcome
    }
    await new Promise<void>((resolve, reject) => {
      const go = (outcome: Promise<void>): void => {
        stop()
        outcome.then(resolve, reject)
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        resolve()
      }
      const stop = onAbort(signal, leave)
      this.#waiting.push(go)
    })
    throwIfAborted(signal)
  }
}
