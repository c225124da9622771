// ByteSource over ObjectStore: where formats and storage meet. A source is made for one batch and one object.

import { checkInside } from '../format/format-fault.ts'
import type { ByteSource } from '../format/format.ts'
import type { Parts } from '../storage/part-plan.ts'
import { readInParts } from '../storage/read-parts.ts'
import type { ObjectStore, ReadTimings } from '../storage/store.ts'
import type { BufferPool, Lease } from './buffers.ts'

export interface SourceOptions {
  readonly store: ObjectStore
  readonly key: string
  /** Bytes, from the listing: no HEAD is ever sent. */
  readonly size: number
  readonly etag: string | undefined
  /** How what is large is read. Absent: by one request. */
  readonly parts: Parts | undefined
  readonly buffers: BufferPool
  readonly signal: AbortSignal
  /** Told of every request that the store answered in full. */
  readonly onRequest: (timings: ReadTimings, bytes: number) => void
  /** Told of every read once all its requests are answered. */
  readonly onRead: (timings: ReadTimings) => void
}

export interface ReleasableSource extends ByteSource {
  /** Ends every view this source has given. Its memory is free for others when this resolves, which is once no read is under way any more. */
  release(): Promise<void>
}

/** The memory of one source, and what is being read into it. */
class Reads {
  readonly #options: SourceOptions
  readonly #leases: Lease[] = []
  readonly #running = new Set<Promise<unknown>>()

  constructor(options: SourceOptions) { this.#options = options }

  fetch(offset: number, length: number): Promise<Uint8Array> {
    const fetched = this.#fetch(offset, length)
    this.#running.add(fetched)
    return fetched
  }

  async #fetch(offset: number, length: number): Promise<Uint8Array> {
    const { store, key, etag, parts, buffers, signal, onRequest, onRead } = this.#options
    const lease = buffers.take(length)
    this.#leases.push(lease)
    onRead(await readInParts(store, { key, offset, into: lease.bytes, parts, onRequest }, { signal, ifMatch: etag }))
    return lease.bytes
  }

  /** A reader that failed may have left another read under way: given away now, its memory would be written to in somebody else's hands. */
  async release(): Promise<void> {
    await Promise.allSettled(this.#running)
    for (const lease of this.#leases) lease.release()
  }
}

/** The whole object at the first read, by one GET or by its parts; further reads are views of it. */
export function objectSource(options: SourceOptions): ReleasableSource {
  const reads = new Reads(options)
  let fetched: Promise<Uint8Array> | undefined
  return {
    key: options.key,
    size: options.size,
    async read(offset, length) {
      checkInside(options, offset, length)
      fetched ??= reads.fetch(0, options.size)
      const bytes = await fetched
      return bytes.subarray(offset, offset + length)
    },
    release: () => reads.release(),
  }
}

/** Exactly the ranges that the reader asks for, one GET each, or several for a large one. */
export function rangeSource(options: SourceOptions): ReleasableSource {
  const reads = new Reads(options)
  return {
    key: options.key,
    size: options.size,
    async read(offset, length) {
      checkInside(options, offset, length)
      return await reads.fetch(offset, length)
    },
    release: () => reads.release(),
  }
}
