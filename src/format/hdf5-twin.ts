// Objects of a data set are alike but for their numbers: where all bytes that told what an object holds are the same in the next
// one, it holds the same. Which bytes these are, the parser says itself: they are those that it looked at.

import type { DataSet } from './hdf5-dataset.ts'
import type { Pages, Range } from './hdf5-pages.ts'
import { KiB } from '../util/units.ts'

/** More bytes of metadata than this are not compared: those of DLIO's files are a few hundred, and a row for each chunk. */
const maxLength = 64 * KiB

interface Frame { readonly offset: number; readonly bytes: Buffer }

export class Hdf5Twin {
  readonly #size: number
  readonly #asked: string | undefined
  readonly #frames: readonly Frame[]
  readonly #dataSets: readonly DataSet[]

  private constructor(size: number, asked: string | undefined, frames: readonly Frame[], dataSets: readonly DataSet[]) {
    this.#size = size
    this.#asked = asked
    this.#frames = frames
    this.#dataSets = dataSets
  }

  /** Of an object in which `dataSets` were found for what was asked, after looking at what `pages` remembers. Undefined where that is too much, or in pieces. */
  static of(pages: Pages, asked: string | undefined, dataSets: readonly DataSet[]): Hdf5Twin | undefined {
    const ranges = joined(pages.seen)
    if (ranges.reduce((sum, { length }) => sum + length, 0) > maxLength) return undefined
    const frames: Frame[] = []
    for (const { offset, length } of ranges) {
      const bytes = pages.find(offset, length)
      if (!bytes) return undefined
      // A copy: nothing of the object stays, its memory is the next one's.
      frames.push({ offset, bytes: Buffer.from(bytes) })
    }
    return new Hdf5Twin(pages.size, asked, frames, dataSets)
  }

  /** What is in an object of which `pages` has the metadata; undefined when it is another kind of object, or they are not all here. */
  dataSetsIn(pages: Pages, asked: string | undefined): readonly DataSet[] | undefined {
    if (pages.size !== this.#size || asked !== this.#asked) return undefined
    for (const { offset, bytes } of this.#frames) {
      const found = pages.find(offset, bytes.length)
      if (!found || bytes.compare(found) !== 0) return undefined
    }
    return this.#dataSets
  }
}

/** In order, those that touch made one. */
function joined(ranges: readonly Range[]): Range[] {
  const result: { offset: number; length: number }[] = []
  for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = result.at(-1)
    if (last && offset <= last.offset + last.length) last.length = Math.max(last.length, offset + length - last.offset)
    else result.push({ offset, length })
  }
  return result
}
