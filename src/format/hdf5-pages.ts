// The parts of an object that are here. What reads them is synchronous: what it misses is fetched, and it is run again.

import { checkInside, damaged } from './format-fault.ts'
import type { ByteSource } from './format.ts'
import { KiB } from '../util/units.ts'

/** Bytes of an object. */
export interface Range { readonly offset: number; readonly length: number }

/** Bytes that the first request asks for: the metadata of DLIO's files end before 4 KiB, those of small chunked ones before 8. */
const headLength = 8 * KiB
/** A request is never for less. */
const leastLength = 4 * KiB
/** Ranges this near to each other are fetched as one: a request costs the client more than so many bytes do. */
const gapLength = 16 * KiB
/** Far more than any layout needs. */
const maxTrips = 2000

/** Thrown by `view` and `look` for bytes that are not here. Never leaves this folder. */
export class Missing extends Error {
  readonly ranges: readonly Range[]
  constructor(ranges: readonly Range[]) {
    super('bytes are missing')
    this.ranges = ranges
  }
}

interface Page { readonly offset: number; readonly bytes: Uint8Array }

export class Pages {
  readonly key: string
  /** Bytes of the object. */
  readonly size: number
  /** In order of their offsets. None lies inside of another, so their ends are in order too. */
  readonly #pages: Page[] = []
  #seen: Range[] = []

  constructor({ key, size }: Pick<ByteSource, 'key' | 'size'>) {
    this.key = key
    this.size = size
  }

  /** How many pages begin at `offset` or before. */
  #countTo(offset: number): number {
    let low = 0, high = this.#pages.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#pages[middle]!.offset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether all of the object is here. */
  get isWhole(): boolean {
    return this.#pages.length > 0 && this.#pages[0]!.bytes.length === this.size
  }

  /** What was looked at since this was last forgotten. */
  get seen(): readonly Range[] { return this.#seen }

  forgetSeen(): void { this.#seen = [] }

  /** A view, or undefined when not all of it is here. @throws {Fault} 'format' outside of the object. */
  find(offset: number, length: number): Uint8Array | undefined {
    checkInside(this, offset, length)
    const page = this.#pages[this.#countTo(offset) - 1]
    const begin = page ? offset - page.offset : 0
    return page && begin + length <= page.bytes.length ? page.bytes.subarray(begin, begin + length) : undefined
  }

  /** @throws {Missing} */
  view(offset: number, length: number): Uint8Array {
    const found = this.find(offset, length)
    if (found) return found
    throw new Missing([{ offset, length }])
  }

  /** The same, of metadata: what it looks at is remembered. */
  look(offset: number, length: number): Uint8Array {
    const found = this.view(offset, length)
    this.#seen.push({ offset, length })
    return found
  }

  add(offset: number, bytes: Uint8Array): void {
    if (this.find(offset, bytes.length)) return
    let begin = this.#countTo(offset)
    if (this.#pages[begin - 1]?.offset === offset) begin--
    let end = begin
    while (end < this.#pages.length && this.#pages[end]!.offset + this.#pages[end]!.bytes.length <= offset + bytes.length) end++
    this.#pages.splice(begin, end - begin, { offset, bytes })
  }
}

/** Ranges in order, neighbours made one. */
export function coalesced(ranges: readonly Range[]): Range[] {
  const joined: Range[] = []
  for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = joined.at(-1)
    if (last && offset <= last.offset + last.length + gapLength) {
      joined[joined.length - 1] = { offset: last.offset, length: Math.max(last.length, offset + length - last.offset) }
    } else {
      joined.push({ offset, length })
    }
  }
  return joined
}

/** Fetches what is not here of the ranges that `wanted` tells, side by side; of a source that brings whole objects, all. Undefined where nothing is missing for sure. */
export function fetchRanges(source: ByteSource, pages: Pages, wanted: () => readonly Range[]): Promise<void> | undefined {
  if (pages.isWhole) return undefined
  return source.whole && source.size > 0 ? fetchWhole(source, pages) : fetchAbsent(source, pages, wanted())
}

async function fetchWhole(source: ByteSource, pages: Pages): Promise<void> {
  pages.add(0, await source.read(0, source.size))
}

async function fetchAbsent(source: ByteSource, pages: Pages, wanted: readonly Range[]): Promise<void> {
  const absent = wanted.filter(({ offset, length }) => pages.find(offset, length) === undefined)
  await Promise.all(coalesced(absent).map(async ({ offset, length }) => { pages.add(offset, await source.read(offset, length)) }))
}

/** Fetches where metadata begin, and most often end. Undefined where they are here. */
export function fetchHead(source: ByteSource, pages: Pages): Promise<void> | undefined {
  return fetchRanges(source, pages, () => [{ offset: 0, length: Math.min(source.size, headLength) }])
}

/** What `parse` gives once all bytes that it asks `pages` for are here; `pages.seen` is what it looked at. */
export async function parsed<T>(source: ByteSource, pages: Pages, parse: () => T | Promise<T>): Promise<T> {
  const { size } = source
  await fetchHead(source, pages)
  for (let trip = 0; trip < maxTrips; trip++) {
    pages.forgetSeen()
    try {
      return await parse()
    } catch (error) {
      if (!(error instanceof Missing)) throw error
      // The longer the search, the more is fetched at a time: a thousand trips cost more than bytes that nobody needs.
      const least = leastLength * 2 ** Math.min(10, trip >> 1)
      const wanted = error.ranges.map(({ offset, length }) => ({ offset, length: Math.min(Math.max(length, least), size - offset) }))
      await fetchRanges(source, pages, () => wanted)
    }
  }
  throw damaged(source.key, 0, `${source.key} has metadata in more than ${maxTrips} places`)
}
