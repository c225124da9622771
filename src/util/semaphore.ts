// n permits (requests, threads, or bytes), first come first served, abortable.

import { onAbort } from './cancel.ts'
import { throwIfAborted } from './fault.ts'

interface Waiter { readonly taken: number; readonly grant: () => void }

export class Semaphore {
  readonly capacity: number
  #free: number
  #held = 0
  #peak = 0
  readonly #waiters: Waiter[] = []

  constructor(capacity: number) {
    this.capacity = capacity
    this.#free = capacity
  }

  /** Permits taken at this moment. */
  get used(): number { return this.capacity - this.#free }
  /** The most that was asked for by those who held permits at the same time: above the capacity where one alone asked for more. */
  get peak(): number { return this.#peak }

  /**
   * Takes `amount` permits once they are free and returns what gives them back (calling it twice is harmless).
   * More than the capacity counts as the whole capacity: the caller then has the semaphore to itself.
   */
  async acquire(amount: number, signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal)
    const taken = Math.min(amount, this.capacity)
    if (this.#waiters.length === 0 && taken <= this.#free) this.#take(amount)
    else await this.#wait(amount, signal)
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#free += taken
      this.#held -= amount
      this.#serve()
    }
  }

  #take(amount: number): void {
    this.#free -= Math.min(amount, this.capacity)
    this.#held += amount
    this.#peak = Math.max(this.#peak, this.#held)
  }

  async #wait(amount: number, signal: AbortSignal | undefined): Promise<void> {
    const granted = await new Promise<boolean>((resolve) => {
      const waiter: Waiter = { taken: Math.min(amount, this.capacity), grant: () => { stop(); this.#take(amount); resolve(true) } }
      const leave = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        resolve(false)
        this.#serve()
      }
      const stop = onAbort(signal, leave)
      this.#waiters.push(waiter)
    })
    // An abort that comes after the grant is the caller's to notice: throwing here would lose the permits.
    if (!granted) throwIfAborted(signal)
  }

  #serve(): void {
    while (this.#waiters.length > 0 && this.#waiters[0]!.taken <= this.#free) this.#waiters.shift()!.grant()
  }
}
