// Memory for object bodies, kept for the next read: small objects then stay in the core's cache and the collector has
// nothing to do. One pool per thread. Few classes of size, so that a buffer fits the next object whatever its size is.

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

export class BufferPool {
  readonly #largest: number
  readonly #limitBytes: number
  readonly #free = new Map<number, ArrayBuffer[]>()
  #leasedBytes = 0
  #freeBytes = 0

  /** Objects are at most `largest` bytes. Buffers are kept while all of them together are at most `limitBytes`. */
  constructor(largest: number, limitBytes: number) {
    this.#largest = largest
    this.#limitBytes = limitBytes
  }

  take(size: number): Lease {
    const capacity = bufferSize(size, this.#largest)
    const kept = this.#free.get(capacity)?.pop()
    if (kept) this.#freeBytes -= capacity
    else this.#makeRoom(capacity)
    const buffer = kept ?? new ArrayBuffer(capacity)
    this.#leasedBytes += capacity
    let held = true
    return {
      bytes: new Uint8Array(buffer, 0, size),
      release: () => {
        if (!held) return
        held = false
        this.#leasedBytes -= capacity
        this.#keep(buffer)
      },
    }
  }

  /** Lets go of free buffers of other classes before a new one would lead over the limit. */
  #makeRoom(capacity: number): void {
    for (const [size, buffers] of this.#free) {
      while (buffers.length > 0 && this.#leasedBytes + this.#freeBytes + capacity > this.#limitBytes) {
        buffers.pop()
        this.#freeBytes -= size
      }
    }
  }

  /** At least one buffer is always kept: dropping and allocating for every read would leave it all to the collector. */
  #keep(buffer: ArrayBuffer): void {
    const size = buffer.byteLength
    if (this.#freeBytes > 0 && this.#leasedBytes + this.#freeBytes + size > this.#limitBytes) return
    this.#freeBytes += size
    const list = this.#free.get(size)
    if (list) list.push(buffer)
    else this.#free.set(size, [buffer])
  }
}
