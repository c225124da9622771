// Memory for object bodies, by size class, kept for the next read: small objects then stay in the core's cache and the
// collector has nothing to do. One pool per thread.

/** Classes are an eighth of a power of two apart: at most 12.5 % of a buffer is unused. */
function classOf(size: number): number {
  if (size <= 4096) return 4096
  const step = 2 ** (Math.ceil(Math.log2(size)) - 4)
  return Math.ceil(size / step) * step
}

export interface Lease {
  /** Exactly the size that was asked for; content is whatever was there. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Gives the memory back. Views of it are worthless afterwards. Calling it twice is harmless. */
  release(): void
}

export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>()
  #keptBytes = 0
  readonly #keepLimitBytes: number

  /** Free memory above `keepLimitBytes` goes back to the system. */
  constructor(keepLimitBytes: number) {
    this.#keepLimitBytes = keepLimitBytes
  }

  take(size: number): Lease {
    const sizeClass = classOf(size)
    const kept = this.#free.get(sizeClass)?.pop()
    if (kept) this.#keptBytes -= sizeClass
    const buffer = kept ?? new ArrayBuffer(sizeClass)
    let held = true
    return {
      bytes: new Uint8Array(buffer, 0, size),
      release: () => {
        if (!held) return
        held = false
        if (this.#keptBytes + sizeClass > this.#keepLimitBytes) return
        this.#keptBytes += sizeClass
        const list = this.#free.get(sizeClass)
        if (list) list.push(buffer)
        else this.#free.set(sizeClass, [buffer])
      },
    }
  }
}
