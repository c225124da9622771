// Memory for object bodies, kept for the next read: small objects then stay in the core's cache and the collector has
// nothing to do. One pool per thread. Few classes of size, so that a buffer fits the next object whatever its size is.
// What a pool drops is gone at once: until the collector came, it would stand above the memory limit.

import { detach } from '../util/detach.ts'

/** Bytes. Below this a buffer is not worth telling apart. */
const smallest = 64 * 1024
/** Ratio of one class to the next. The 168 objects of unet3d, 47 to 302 MB, fall into two classes. */
const ratio = 4

/**
 * Bytes of the buffer that an object of `size` bytes is read into, where no object is larger than `largest`: `largest`, or it
 * divided by 4 as often as the object still fits. What a read costs in memory, and what it is charged for.
 */
export function bufferSize(size: number, largest: number): number {
  let bytes = Math.max(size, largest)
  while (bytes / ratio >= Math.max(size, smallest)) bytes = Math.ceil(bytes / ratio)
  return bytes
}

export interface Lease {
  /** Exactly the size that was asked for; content is whatever was there. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Gives the memory back. Views of it are worthless afterwards. Calling it twice is harmless. */
  release(): void
}

/** Bytes. What memory is counted in: whole pages, so that the sum of a few TB fits 32 bits. */
const page = 4096

/** Memory for the sum of all buffers that the threads of a run have, in use or free: one number, for each of their pools. */
export function createBufferTotal(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
}

export class BufferPool {
  readonly #largest: number
  readonly #limitPages: number
  readonly #total: Int32Array
  readonly #free = new Map<number, ArrayBuffer[]>()

  /** Objects are at most `largest` bytes. Buffers are kept while those of all pools with this `total` are together at most `limitBytes`. */
  constructor(largest: number, limitBytes: number, total: Int32Array = createBufferTotal()) {
    this.#largest = largest
    this.#limitPages = Math.floor(limitBytes / page)
    this.#total = total
  }

  take(size: number): Lease {
    const capacity = bufferSize(size, this.#largest)
    const buffer = this.#free.get(capacity)?.pop() ?? this.#allocate(capacity)
    let held = true
    return {
      bytes: new Uint8Array(buffer, 0, size),
      release: () => {
        if (!held) return
        held = false
        this.#keep(buffer)
      },
    }
  }

  #allocate(capacity: number): ArrayBuffer {
    const pages = pagesOf(capacity)
    this.#dropAbove(this.#limitPages - pages)
    Atomics.add(this.#total, 0, pages)
    return new ArrayBuffer(capacity)
  }

  #keep(buffer: ArrayBuffer): void {
    const list = this.#free.get(buffer.byteLength)
    if (list) list.push(buffer)
    else this.#free.set(buffer.byteLength, [buffer])
    // A single buffer above the limit is kept all the same: an object that large is read again and again.
    this.#dropAbove(Math.max(this.#limitPages, pagesOf(buffer.byteLength)))
  }

  /** Lets go of free buffers while there is more memory than `mostPages` over all pools. Other threads may do so at the same time. */
  #dropAbove(mostPages: number): void {
    if (Atomics.load(this.#total, 0) <= mostPages) return
    for (const [size, buffers] of this.#free) {
      const pages = pagesOf(size)
      while (buffers.length > 0 && Atomics.load(this.#total, 0) > mostPages) {
        Atomics.sub(this.#total, 0, pages)
        detach(buffers.pop()!)
      }
    }
  }
}

function pagesOf(size: number): number {
  return Math.ceil(size / page)
}
