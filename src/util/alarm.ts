// Wakes this thread at a moment that lies between two milliseconds, which no timer of Node can.
// A second thread waits in Atomics.wait, which takes fractions of a millisecond, and rings by a shared word.

import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Nanoseconds } from './units.ts'

/** Int32 words: how often the alarm was set, how often it rang. Then the moment, as a double in the next 8 bytes. */
export const alarmWords = { set: 0, rung: 1 } as const
export const alarmBytes = 16
export const momentOffset = 8

export class Alarm {
  readonly #memory = new SharedArrayBuffer(alarmBytes)
  readonly #words = new Int32Array(this.#memory, 0, 2)
  readonly #moment = new Float64Array(this.#memory, momentOffset, 1)
  readonly #onRing: () => void
  #worker: Worker | undefined
  #ready: Promise<void> | undefined
  #isReady = false

  /** `onRing` is called in this thread, up to some 100 µs after the moment, later when this thread is busy. */
  constructor(onRing: () => void) {
    this.#onRing = onRing
    this.#moment[0] = Infinity
  }

  /** Whether `set` has an effect: the thread took 21 to 38 ms to start (Node 20), and may not start at all. */
  get isReady(): boolean { return this.#isReady }

  /** Starts the thread, once. Once it runs, neither it nor a pending alarm keeps the process alive. Resolves, never rejects. */
  start(): Promise<void> {
    this.#ready ??= new Promise((resolve) => {
      const worker = new Worker(new URL(`./alarm-thread${path.extname(import.meta.url)}`, import.meta.url), { workerData: this.#memory, stdin: false })
      this.#worker = worker
      worker.once('online', () => {
        worker.unref()
        this.#isReady = true
        this.#listen(Atomics.load(this.#words, alarmWords.rung))
        resolve()
      })
      // Without the thread timers alone must do: less exact, and no reason to fail.
      const lose = (): void => {
        this.#isReady = false
        resolve()
      }
      worker.once('error', lose)
      worker.once('exit', lose)
    })
    return this.#ready
  }

  /** The one moment to ring at, in place of the one before; Infinity for none. A moment that has passed rings at once. */
  set(moment: Nanoseconds): void {
    this.#moment[0] = moment
    Atomics.add(this.#words, alarmWords.set, 1)
    Atomics.notify(this.#words, alarmWords.set)
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    await this.#worker?.terminate()
  }

  #listen(rung: number): void {
    const { async, value } = Atomics.waitAsync(this.#words, alarmWords.rung, rung)
    const ring = (): void => {
      this.#listen(Atomics.load(this.#words, alarmWords.rung))
      this.#onRing()
    }
    if (async) void value.then(ring)
    else queueMicrotask(ring)
  }
}
