// A large piece of an object by several requests at once, all into the caller's one buffer: a connection has its limit, the store has many.

import { createController, onAbort } from '../util/cancel.ts'
import { abortedFault, throwIfAborted } from '../util/fault.ts'
import type { Parts } from './part-plan.ts'
import type { ObjectStore, ReadOptions, ReadTimings } from './store.ts'

/** What to read, from `offset` on. */
export interface PartedRead {
  readonly key: string
  readonly offset: number
  /**
   * Bytes. Absent: as many as `into` has. When there are more, nothing is kept: each of the ranges in flight has its own
   * place of `into`, which has as many bytes as they all, and the next one is read over it.
   */
  readonly length?: number
  /** Memory of the caller; nothing is written there any more once the call has settled. */
  readonly into: Uint8Array
  /** Absent: one request, whatever the size. */
  readonly parts: Parts | undefined
  /** Told of every request that was answered in full, also when the call fails later. */
  readonly onRequest: (timings: ReadTimings, bytes: number) => void
}

/** Whether a read of so many bytes is worth several requests. Without `parts` none is. */
export function isParted(length: number, parts: Parts | undefined): parts is Parts {
  return parts !== undefined && parts.partsInFlight > 1 && length > parts.partSize
}

/**
 * From the first request's begin to the last one's end, with the first byte that came of any.
 * Rejects with the first failure, and only when every request has ended: the others are aborted at once, none is begun any more.
 */
export async function readInParts(store: ObjectStore, what: PartedRead, options: ReadOptions = {}): Promise<ReadTimings> {
  const { key, offset, into, length = into.length, parts, onRequest } = what
  if (!isParted(length, parts)) {
    const timings = await store.read(key, { offset, length }, into, options)
    onRequest(timings, length)
    return timings
  }
  const stop = follow(options.signal)
  const whole = { begin: Infinity, firstByte: Infinity, end: -Infinity }
  let failure: { readonly error: unknown } | undefined
  let next = 0
  const isKept = length <= into.length
  const readNext = async (place: number): Promise<void> => {
    while (next < length && !failure) {
      const range = { offset: offset + next, length: Math.min(parts.partSize, length - next) }
      const at = isKept ? next : place * parts.partSize
      const piece = into.subarray(at, at + range.length)
      next += range.length
      try {
        const timings = await store.read(key, range, piece, { ...options, whole: false, signal: stop.signal })
        onRequest(timings, piece.length)
        whole.begin = Math.min(whole.begin, timings.begin)
        whole.firstByte = Math.min(whole.firstByte, timings.firstByte)
        whole.end = Math.max(whole.end, timings.end)
      } catch (error) {
        failure ??= { error }
        // Not with the failure itself: to the others it might look like one that another attempt can mend.
        stop.abort(abortedFault())
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(parts.partsInFlight, Math.ceil(length / parts.partSize)) }, (_, place) => readNext(place)))
  stop.done()
  if (failure) throw failure.error
  return whole
}

interface Stop {
  readonly signal: AbortSignal
  abort(reason: Error): void
  /** Ends listening to the caller's signal. */
  done(): void
}

/** A controller of this call's own, aborted with the caller's. */
function follow(outer: AbortSignal | undefined): Stop {
  throwIfAborted(outer)
  const controller = createController()
  const done = onAbort(outer, () => { controller.abort(outer!.reason) })
  return { signal: controller.signal, abort: (reason) => { controller.abort(reason) }, done }
}
