// A stored object as it is gone through once from its first byte to its last: a few windows ahead, whatever its size.

import type { ObjectStore } from '../storage/store.ts'
import { createController, onAbort } from '../util/cancel.ts'
import { MiB } from '../util/units.ts'
import type { FoundBytes } from './comparison.ts'

/** Bytes. */
export const windowLength: number = 4 * MiB
/** Read at once: one connection alone is slow. */
export const windowsAhead = 4

export interface WindowedObject {
  readonly store: Pick<ObjectStore, 'read'>
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly signal?: AbortSignal | undefined
}

export class StoredWindows {
  readonly #object: WindowedObject
  readonly #controller: AbortController = createController()
  readonly #stopFollowing: () => void
  /** By their number: those that are being read or looked at. */
  readonly #windows = new Map<number, Promise<FoundBytes>>()
  readonly #free: Uint8Array[] = []
  #begun = 0

  /** Begins to read. */
  constructor(object: WindowedObject) {
    const { signal } = object
    this.#object = object
    this.#stopFollowing = onAbort(signal, () => { this.#controller.abort(signal!.reason) })
    if (signal?.aborted) this.#controller.abort(signal.reason)
    this.#readUpTo(windowsAhead)
  }

  /** The bytes from `offset` on, and others around them: `length` of at least 1, and never before what was asked for last. Valid until the next call. */
  async at(offset: number, length: number): Promise<readonly FoundBytes[]> {
    const [first, last] = [Math.floor(offset / windowLength), Math.floor((offset + length - 1) / windowLength)]
    for (const [number, window] of this.#windows) {
      if (number >= first) continue
      const { bytes } = await window
      this.#windows.delete(number)
      if (bytes.length === windowLength) this.#free.push(bytes)
    }
    this.#readUpTo(Math.max(last + 1, first + windowsAhead))
    return await Promise.all(Array.from({ length: last - first + 1 }, (_, i) => this.#windows.get(first + i)!))
  }

  /** Ends what is still being read. To be called in any case. */
  async close(): Promise<void> {
    this.#controller.abort()
    this.#stopFollowing()
    await Promise.allSettled(this.#windows.values())
  }

  #readUpTo(end: number): void {
    for (; this.#begun < end && this.#begun * windowLength < this.#object.size; this.#begun++) {
      const window = this.#read(this.#begun * windowLength)
      window.catch(() => {}) // told where it is asked for
      this.#windows.set(this.#begun, window)
    }
  }

  async #read(offset: number): Promise<FoundBytes> {
    const { store, key, size } = this.#object
    const length = Math.min(windowLength, size - offset)
    const bytes = (length === windowLength ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(length)
    await store.read(key, { offset, length }, bytes, { signal: this.#controller.signal, whole: length === size })
    return { offset, bytes }
  }
}
