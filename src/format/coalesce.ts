// Ranges that are wanted together, fetched by as few requests as pay, and then served as views.

import { MiB } from '../util/units.ts'
import type { ByteSource } from './format.ts'

/** Bytes of an object: `length` from `offset` on. */
export interface Extent {
  readonly offset: number
  readonly length: number
}

export interface CoalesceLimits {
  /** Unwanted bytes between two ranges that are read along rather than asked around. */
  readonly gap: number
  /** Bytes of a joined range. A wanted range that is longer stays whole. */
  readonly length: number
}

/** A gap below the headers of one more request and its reply costs nothing; several ranges of a part's size go side by side. */
export const requestLimits: CoalesceLimits = { gap: 1024, length: 8 * MiB }

/** What holds all of `extents`: in ascending order, without overlaps; empty ones are left out. */
export function coalesce(extents: Iterable<Extent>, limits: CoalesceLimits = requestLimits): Extent[] {
  const wanted = [...extents].filter(({ length }) => length > 0).toSorted((a, b) => a.offset - b.offset)
  const joined: { offset: number; length: number }[] = []
  for (const { offset, length } of wanted) {
    const last = joined.at(-1)
    const lastEnd = last ? last.offset + last.length : 0
    const end = Math.max(lastEnd, offset + length)
    const overlaps = last !== undefined && offset < lastEnd
    if (last && (overlaps || (offset - lastEnd <= limits.gap && end - last.offset <= limits.length))) last.length = end - last.offset
    else joined.push({ offset, length })
  }
  return joined
}

/** A source that has fetched some of its ranges before they are asked for. */
export class RangeReader {
  readonly #source: ByteSource
  readonly #limits: CoalesceLimits
  /** In ascending order of where they begin. They may overlap. */
  #fetched: { readonly offset: number; readonly bytes: Uint8Array }[] = []

  constructor(source: ByteSource, limits: CoalesceLimits = requestLimits) {
    this.#source = source
    this.#limits = limits
  }

  /** Fetches what is not here yet of `extents`, side by side. */
  async prepare(extents: Iterable<Extent>): Promise<void> {
    const missing = [...extents].filter(({ offset, length }) => length > 0 && this.#here(offset, length) === undefined)
    const fetched = await Promise.all(coalesce(missing, this.#limits).map(async ({ offset, length }) => ({ offset, bytes: await this.#source.read(offset, length) })))
    if (fetched.length > 0) this.#fetched = [...this.#fetched, ...fetched].toSorted((a, b) => a.offset - b.offset)
  }

  /** Exactly `length` bytes: a view, of what was fetched where that holds them. None are read for none. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#here(offset, length) ?? this.#source.read(offset, length)
  }

  #here(offset: number, length: number): Uint8Array | undefined {
    if (length === 0) return new Uint8Array(0)
    // The last that begins at or before `offset`: ranges that were fetched together do not overlap.
    let low = 0
    let high = this.#fetched.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#fetched[middle]!.offset <= offset) low = middle + 1
      else high = middle
    }
    const found = this.#fetched[low - 1]
    if (!found || offset + length > found.offset + found.bytes.length) return undefined
    return found.bytes.subarray(offset - found.offset, offset - found.offset + length)
  }
}
