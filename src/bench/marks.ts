// What is known of each key a run writes, one byte a key, shared by all threads: whoever removes objects needs no listing.

import { isFault } from '../util/fault.ts'

/** Only keys that are not `untouched` are removed. */
export const mark = { untouched: 0, underWay: 1, maybeThere: 2, there: 3 } as const

export type Marks = Uint8Array<SharedArrayBuffer>

export function createMarks(count: number): Marks {
  return new Uint8Array(new SharedArrayBuffer(count))
}

/** Marks a key before its request, for what fails half-way may be there; the result is told how that ended. Several may write one key at once. */
export function beginWrite(marks: Marks, index: number): (error?: unknown) => void {
  Atomics.compareExchange(marks, index, mark.untouched, mark.underWay)
  return (error) => {
    if (error === undefined) Atomics.store(marks, index, mark.there)
    // Only what this write may have brought: another one's end that is in doubt stays in doubt.
    else if (isRefusal(error)) Atomics.compareExchange(marks, index, mark.underWay, mark.untouched)
    else for (const before of [mark.untouched, mark.underWay]) Atomics.compareExchange(marks, index, before, mark.maybeThere)
  }
}

/** The store has said that it will not take the object, or is not asked to. */
export function isRefusal(error: unknown): boolean {
  if (isFault(error, 'storage') && error.info.reason === 'invalid') return error.info.status === undefined
  return isFault(error, 'credentials') || (isFault(error, 'storage') && ['denied', 'no-bucket', 'redirect'].includes(error.info.reason))
}

/** Objects that are there or may be. Of a run that ended with `error`: a store that took nothing and was never spoken with has none. */
export function countMarked(marks: Uint8Array, error?: unknown): number {
  const neverReached = isFault(error, 'storage') && ['unreachable', 'tls', 'protocol'].includes(error.info.reason) && !marks.includes(mark.there)
  return neverReached ? 0 : marks.reduce((sum, one) => sum + (one === mark.untouched ? 0 : 1), 0)
}

/** Objects that are surely there. */
export function countThere(marks: Uint8Array): number {
  return marks.reduce((sum, one) => sum + (one === mark.there ? 1 : 0), 0)
}
