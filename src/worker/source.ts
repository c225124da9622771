// ByteSource over ObjectStore: where formats and storage meet. A source is made for one batch and one object.

import { bytesSource } from '../format/bytes-source.ts'
import { checkInside } from '../format/format-fault.ts'
import type { ByteSource } from '../format/format.ts'
import type { Parts } from '../storage/part-plan.ts'
import { readInParts } from '../storage/read-parts.ts'
import type { ObjectStore, ReadTimings } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'
import { isFault } from '../util/fault.ts'
import type { Nanoseconds } from '../util/units.ts'
import type { BufferPool, Lease } from './buffers.ts'

/** Bytes. Below this, ranges are heads and small samples, of which there may be many: not each is worth a buffer of the pool. */
const smallRange = 16 * 1024

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

/** What is read of an object, from `offset` on. */
interface Piece { readonly key: string; readonly etag: string | undefined; readonly offset: number; readonly whole: boolean }

/** The memory of one source, and what is being read into it. */
class Reads {
  readonly #options: SourceOptions
  readonly #pooled: number
  readonly #leases: Lease[] = []
  readonly #running = new Set<Promise<unknown>>()

  /** Reads of fewer bytes than `pooled` get memory of their own. */
  constructor(options: SourceOptions, pooled: number) {
    this.#options = options
    this.#pooled = pooled
  }

  fetch(offset: number, length: number): Promise<Uint8Array> {
    const { key, etag } = this.#options
    return this.#run(this.#fetch({ key, etag, offset, whole: length === this.#options.size }, length))
  }

  #run<T>(reading: Promise<T>): Promise<T> {
    this.#running.add(reading)
    return reading
  }

  async #fetch({ key, etag, offset, whole }: Piece, length: number): Promise<Uint8Array> {
    const { store, parts, signal, onRequest, onRead } = this.#options
    const into = this.memory(length)
    if (length > 0) onRead(await readInParts(store, { key, offset, into, parts, onRequest }, { signal, ifMatch: etag, whole }))
    return into
  }

  /** Of this source until it is released. */
  memory(length: number): Uint8Array<ArrayBuffer> {
    if (length < this.#pooled) return new Uint8Array(length)
    const lease = this.#options.buffers.take(length)
    this.#leases.push(lease)
    return lease.bytes
  }

  /** Another object of the store, which is read whole at once: what lies beside an object of samples is small. */
  async beside(key: string, size?: number): Promise<ByteSource | undefined> {
    return await this.#run(this.#beside(key, size))
  }

  async #beside(key: string, size: number | undefined): Promise<ByteSource | undefined> {
    const { store, signal } = this.#options
    try {
      const found = size === undefined ? await store.head(key, { signal }) : { size, etag: undefined }
      return bytesSource(key, await this.#fetch({ key, etag: found.etag, offset: 0, whole: true }, found.size))
    } catch (error) {
      if (isFault(error, 'storage') && error.info.reason === 'no-key') return undefined
      throw error
    }
  }

  /** A reader that failed may have left another read under way: given away now, its memory would be written to in somebody else's hands. */
  async release(): Promise<void> {
    await Promise.allSettled(this.#running)
    for (const lease of this.#leases) lease.release()
  }
}

/** The whole object at the first read, by one GET or by its parts; further reads are views of it. */
export function objectSource(options: SourceOptions): ReleasableSource {
  const reads = new Reads(options, 0)
  let fetched: Promise<Uint8Array> | undefined
  return {
    key: options.key,
    size: options.size,
    whole: true,
    async read(offset, length) {
      checkInside(options, offset, length)
      fetched ??= reads.fetch(0, options.size)
      const bytes = await fetched
      return bytes.subarray(offset, offset + length)
    },
    beside: (key, size) => reads.beside(key, size),
    scratch: (length) => reads.memory(length),
    release: () => reads.release(),
  }
}

/** Exactly the ranges that the reader asks for, one GET each, or several for a large one. */
export function rangeSource(options: SourceOptions): ReleasableSource {
  const reads = new Reads(options, smallRange)
  return {
    key: options.key,
    size: options.size,
    async read(offset, length) {
      checkInside(options, offset, length)
      return await reads.fetch(offset, length)
    },
    beside: (key, size) => reads.beside(key, size),
    scratch: (length) => reads.memory(length),
    release: () => reads.release(),
  }
}

/** The same source, and how long somebody has waited for it: reads that are under way at the same time are waited for once. */
export function timedSource(source: ByteSource, clock: Clock): { readonly timed: ByteSource; readonly waited: () => Nanoseconds } {
  let waiting = 0
  let [begin, total]: [Nanoseconds, Nanoseconds] = [0, 0]
  const watch = async <T>(read: () => Promise<T> | undefined): Promise<T | undefined> => {
    if (waiting++ === 0) begin = clock.now()
    try {
      return await read()
    } finally {
      if (--waiting === 0) total += clock.now() - begin
    }
  }
  const timed: ByteSource = {
    ...source,
    read: async (offset, length) => (await watch(() => source.read(offset, length)))!,
    beside: (key, size) => watch(() => source.beside?.(key, size)),
  }
  return { timed, waited: () => total }
}
