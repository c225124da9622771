// ByteSource over ObjectStore: where formats and storage meet. A source is made for one batch and one object.

import type { ReadBytes } from '../dataset/verifier.ts'
import { bytesSource } from '../format/bytes-source.ts'
import { checkInside } from '../format/format-fault.ts'
import type { ByteSource, Follow } from '../format/format.ts'
import type { Parts } from '../storage/part-plan.ts'
import { isParted, readInParts } from '../storage/read-parts.ts'
import type { ObjectStore, ReadTimings } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'
import { isFault } from '../util/fault.ts'
import { MiB, type Nanoseconds } from '../util/units.ts'
import type { BufferPool, Lease } from './buffers.ts'

/** Bytes. Below this, ranges are heads and small samples, of which there may be many: not each is worth a buffer of the pool. */
const smallRange = 16 * 1024
/** Bytes. What is shorter comes in so few pieces that it may wait for other answers that are here already. */
const shortRead = 1 * MiB

/** What all sources of a batch have in common. */
export interface SourceContext {
  readonly store: ObjectStore
  /** How what is large is read. Absent: by one request. */
  readonly parts: Parts | undefined
  readonly buffers: BufferPool
  readonly signal: AbortSignal
  readonly clock: Pick<Clock, 'now'>
  /** Whether there is work to do with what was read. */
  readonly isDecoded: boolean
  /** Told of every request that the store answered in full. */
  readonly onRequest: (timings: ReadTimings, bytes: number) => void
  /** Told of every read once all its requests are answered. */
  readonly onRead: (timings: ReadTimings) => void
}

export interface SourceObject {
  readonly key: string
  /** Bytes, from the listing: no HEAD is ever sent. */
  readonly size: number
  readonly etag: string | undefined
  /** Told of what was read, of this object and of those beside it. The bytes are this source's until it is released. */
  readonly onBytes?: ((read: ReadBytes) => void) | undefined
}

/** A ByteSource over the store, for one batch and one object; made anew for each, so it is a class, whose methods cost nothing to make. */
export interface ReleasableSource extends ByteSource {
  /** How long somebody has waited for the store: reads that are under way at the same time are waited for once. */
  readonly waited: Nanoseconds
  /** Ends every view this source has given. Its memory is free for others when this resolves, which is once no read is under way any more. */
  release(): Promise<void> | undefined
}

/**
 * Resolves when the event loop has taken from all sockets what is there. Decoding at once, between one socket and the next, would
 * send the next requests as far apart as objects are decoded: a server that is done sooner falls asleep, and waking it costs more
 * than waiting here, 3 to 6 µs of 80 for 128 KiB that are checked on a machine of two cores.
 */
function turnEnd(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve) })
}

/** What is read of an object, from `offset` on. */
interface Piece { readonly key: string; readonly etag: string | undefined; readonly offset: number; readonly whole: boolean }

/** The memory of one source, and what is being read into it. */
abstract class StoreSource implements ReleasableSource {
  readonly key: string
  readonly size: number
  waited: Nanoseconds = 0
  readonly #context: SourceContext
  readonly #object: SourceObject
  /** Reads of fewer bytes get memory of their own. */
  readonly #pooled: number
  readonly #leases: Lease[] = []
  /** All reads, those that have ended too; so many have not. */
  readonly #reads: Promise<unknown>[] = []
  #underWay = 0
  #waitsSince: Nanoseconds = 0

  constructor(context: SourceContext, object: SourceObject, pooled: number) {
    this.key = object.key
    this.size = object.size
    this.#context = context
    this.#object = object
    this.#pooled = pooled
  }

  abstract read(offset: number, length: number, follow?: Follow): Promise<Uint8Array>

  /** Another object of the store, which is read whole at once: what lies beside an object of samples is small. */
  beside(key: string, size?: number): Promise<ByteSource | undefined> {
    return this.#track(this.#beside(key, size))
  }

  /** Of this source until it is released. */
  scratch(length: number): Uint8Array<ArrayBuffer> {
    if (length < this.#pooled) return new Uint8Array(length)
    const lease = this.#context.buffers.take(length)
    this.#leases.push(lease)
    return lease.bytes
  }

  /** A reader that failed may have left another read under way: given away now, its memory would be written to in somebody else's hands. */
  release(): Promise<void> | undefined {
    if (this.#underWay > 0) return this.#releaseLater()
    for (const lease of this.#leases) lease.release()
    return undefined
  }

  protected fetch(offset: number, length: number, follow?: Follow): Promise<Uint8Array> {
    const { key, etag, size } = this.#object
    return this.#track(this.#fetch({ key, etag, offset, whole: length === size }, length, follow))
  }

  #track<T>(reading: Promise<T>): Promise<T> {
    this.#reads.push(reading)
    return reading
  }

  async #releaseLater(): Promise<void> {
    await Promise.allSettled(this.#reads)
    for (const lease of this.#leases) lease.release()
  }

  #begin(): void {
    if (this.#underWay++ === 0) this.#waitsSince = this.#context.clock.now()
  }

  #end(): void {
    if (--this.#underWay === 0) this.waited += this.#context.clock.now() - this.#waitsSince
  }

  async #fetch({ key, etag, offset, whole }: Piece, length: number, follow?: Follow): Promise<Uint8Array> {
    const { store, parts, signal, isDecoded, onRequest, onRead } = this.#context
    const { onBytes } = this.#object
    const into = this.scratch(length)
    if (length === 0) {
      onBytes?.({ key, offset, bytes: into })
      return into
    }
    this.#begin()
    try {
      const options = { signal, ifMatch: etag, whole }
      if (isParted(length, parts)) {
        onRead(await readInParts(store, { key, offset, into, parts, onRequest }, options))
      } else {
        // What readInParts would do, with a promise less: most objects are read like this.
        const timings = await store.read(key, { offset, length }, into, follow ? { ...options, onFilled: this.#followed(follow, into) } : options)
        onRequest(timings, length)
        onRead(timings)
        if (isDecoded && length < shortRead) await turnEnd()
      }
      onBytes?.({ key, offset, bytes: into })
      return into
    } finally {
      this.#end()
    }
  }

  /** Looking at bytes is no waiting for them. */
  #followed(follow: Follow, into: Uint8Array): (filled: number) => void {
    const { clock } = this.#context
    return (filled) => {
      const begin = clock.now()
      follow(into, filled)
      this.waited -= clock.now() - begin
    }
  }

  async #beside(key: string, size: number | undefined): Promise<ByteSource | undefined> {
    const { store, signal } = this.#context
    this.#begin()
    try {
      const found = size === undefined ? await store.head(key, { signal }) : { size, etag: undefined }
      return bytesSource(key, await this.#fetch({ key, etag: found.etag, offset: 0, whole: true }, found.size))
    } catch (error) {
      if (isFault(error, 'storage') && error.info.reason === 'no-key') return undefined
      throw error
    } finally {
      this.#end()
    }
  }
}

/** The whole object at the first read, by one GET or by its parts; further reads are views of it. */
export class ObjectSource extends StoreSource {
  readonly whole = true
  #fetched: Promise<Uint8Array> | undefined

  constructor(context: SourceContext, object: SourceObject) { super(context, object, 0) }

  read(offset: number, length: number, follow?: Follow): Promise<Uint8Array> {
    return offset === 0 && length === this.size ? this.#fetched ??= this.fetch(0, length, follow) : this.#view(offset, length)
  }

  async #view(offset: number, length: number): Promise<Uint8Array> {
    checkInside(this, offset, length)
    const bytes = await (this.#fetched ??= this.fetch(0, this.size))
    return bytes.subarray(offset, offset + length)
  }
}

/** Exactly the ranges that the reader asks for, one GET each, or several for a large one. */
export class RangeSource extends StoreSource {
  constructor(context: SourceContext, object: SourceObject) { super(context, object, smallRange) }

  async read(offset: number, length: number, follow?: Follow): Promise<Uint8Array> {
    checkInside(this, offset, length)
    return await this.fetch(offset, length, follow)
  }
}
