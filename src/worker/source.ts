// ByteSource over ObjectStore: where formats and storage meet. A source is made for one batch and one object.

import { checkInside } from '../format/format-fault.ts'
import type { ByteSource } from '../format/format.ts'
import type { ObjectStore, ReadTimings } from '../storage/store.ts'
import type { BufferPool, Lease } from './buffers.ts'

export interface SourceOptions {
  readonly store: ObjectStore
  readonly key: string
  /** Bytes, from the listing: no HEAD is ever sent. */
  readonly size: number
  readonly etag: string | undefined
  readonly buffers: BufferPool
  readonly signal: AbortSignal
  /** Told of every read that went to the store. */
  readonly onRead: (timings: ReadTimings, bytes: number) => void
}

export interface ReleasableSource extends ByteSource {
  /** Ends every view this source has given. */
  release(): void
}

async function fetchInto(options: SourceOptions, offset: number, into: Uint8Array): Promise<void> {
  const timings = await options.store.read(options.key, { offset, length: into.length }, into, { signal: options.signal, ifMatch: options.etag })
  options.onRead(timings, into.length)
}

/** The whole object by one GET, at the first read; further reads are views of it. */
export function objectSource(options: SourceOptions): ReleasableSource {
  let lease: Lease | undefined
  let fetched: Promise<Lease> | undefined
  const fetchWhole = async (): Promise<Lease> => {
    lease = options.buffers.take(options.size)
    await fetchInto(options, 0, lease.bytes)
    return lease
  }
  return {
    key: options.key,
    size: options.size,
    async read(offset, length) {
      checkInside(options, offset, length)
      fetched ??= fetchWhole()
      const { bytes } = await fetched
      return bytes.subarray(offset, offset + length)
    },
    release: () => { lease?.release() },
  }
}

/** Exactly the ranges that the reader asks for, one GET each. */
export function rangeSource(options: SourceOptions): ReleasableSource {
  const leases: Lease[] = []
  return {
    key: options.key,
    size: options.size,
    async read(offset, length) {
      checkInside(options, offset, length)
      const lease = options.buffers.take(length)
      leases.push(lease)
      await fetchInto(options, offset, lease.bytes)
      return lease.bytes
    },
    release: () => { for (const lease of leases) lease.release() },
  }
}
