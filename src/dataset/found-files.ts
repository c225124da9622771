// What a listing came upon, sorted into data files and the rest, in columns: ten million keys must not be ten million objects.

import type { ObjectMeta } from '../storage/store.ts'
import { reorder, type Column } from '../util/reorder.ts'
import { StringTableBuilder } from '../util/string-table.ts'
import { baseNameOrder } from './base-name-order.ts'
import { ETagBuilder } from './etags.ts'
import type { FileTable } from './file-table.ts'
import { isCompanion } from './names.ts'
import { numberedOrder } from './numbered-order.ts'

/** How many there are, and one of them to show. */
export interface Tally { count: number; example: string }

export interface Expectation {
  /** What all keys begin with: "data/train/". */
  readonly prefix: string
  /** Names end with this, or with it in capitals, as DLIO asks: no dot needed. */
  readonly extension: string
  readonly subfoldered: boolean
  /** How many files will come, about. More may; with fewer, memory that is never touched costs nothing. */
  readonly numFiles: number
}

/** Room is made for no more than this beforehand, whatever a workload says. */
const maxReserved = 50_000_000

export class FoundFiles {
  /** Everything listed, markers and side files too. */
  numObjects = 0
  /** Data files where they are expected. Bytes of them. */
  numFiles = 0
  bytes = 0
  /** Of `numFiles`, those of no bytes. */
  readonly empty: Tally = { count: 0, example: '' }
  /** Objects that are not of the format. */
  readonly foreign: Tally = { count: 0, example: '' }
  /** Files of the format at another depth than expected; of them, those directly in the set's folder. */
  readonly misplaced: Tally = { count: 0, example: '' }
  numFlat = 0
  /** Subfolders, one level down, that hold files of the format. */
  readonly folders: Set<string> = new Set()
  readonly #expectation: Expectation
  readonly #keys: StringTableBuilder
  readonly #etags: ETagBuilder
  #sizes: Float64Array<SharedArrayBuffer>
  /** With its slash. */
  #lastFolder = '/'
  /** Rows that came one after the other from one range. */
  readonly #runs: { readonly part: number; readonly begin: number; length: number }[] = []

  constructor(expectation: Expectation) {
    this.#expectation = expectation
    const room = Math.min(expectation.numFiles, maxReserved)
    this.#keys = new StringTableBuilder(expectation.prefix, room)
    this.#etags = new ETagBuilder(room)
    this.#sizes = sharedDoubles(room)
  }

  /** `part`: which of the ranges it is of. Those of one range come in key order, and ranges follow one another. */
  add({ key, size, etag }: ObjectMeta, part: number): void {
    this.numObjects++
    const { prefix, extension, subfoldered } = this.#expectation
    if (!key.endsWith(extension) && !key.endsWith(extension.toUpperCase())) {
      if (!isCompanion(key)) tally(this.foreign, key)
      return
    }
    const first = key.indexOf('/', prefix.length)
    const isFlat = first < 0
    const isOneDown = !isFlat && key.indexOf('/', first + 1) < 0
    if (isFlat) this.numFlat++
    else if (isOneDown) this.#addFolder(key, first)
    if (subfoldered ? !isOneDown : !isFlat) {
      tally(this.misplaced, key)
      return
    }
    if (size === 0) tally(this.empty, key)
    this.#reserve(this.numFiles + 1)
    this.#noteRow(part)
    this.#sizes[this.numFiles++] = size
    this.bytes += size
    this.#keys.push(key)
    this.#etags.push(etag)
  }

  /** The first `numFiles` files by base name where they lie in subfolders, else by key. To be called once. */
  table(numFiles: number, numSamplesPerFile: number): FileTable {
    const keys = this.#keys.build(), etags = this.#etags.build(), sizes = this.#sizes.subarray(0, keys.length)
    const columns = [{ values: keys.parts.starts, width: 1 }, { values: sizes, width: 1 }, ...(etags ? [etags.column()] : [])]
    const numbered = this.#expectation.subfoldered ? numberedOrder(keys) : undefined
    if (!numbered) this.#sortByKey(columns)
    if (this.#expectation.subfoldered) reorder(numbered ?? baseNameOrder(keys), columns)
    this.#sizes = sharedDoubles(0)
    return { numFiles, numSamplesPerFile, sizes: sizes.subarray(0, numFiles), keys: keys.first(numFiles), ...(etags ? { etags: etags.first(numFiles) } : {}) }
  }

  /** The last file in key order; '' when there are none. To be called before `table`. */
  lastKey(): string {
    const last = this.#runs.reduce((latest, run) => run.part >= latest.part ? run : latest, { part: -1, begin: 0, length: 0 })
    return last.length === 0 ? '' : this.#keys.get(last.begin + last.length - 1)
  }

  #noteRow(part: number): void {
    const run = this.#runs.at(-1)
    if (run?.part === part) run.length++
    else this.#runs.push({ part, begin: this.numFiles, length: 1 })
  }

  /** Pages of several ranges came as they came. */
  #sortByKey(columns: readonly Column[]): void {
    if (this.#runs.length < 2) return
    const order = new Uint32Array(this.numFiles)
    let next = 0
    for (const { begin, length } of this.#runs.toSorted((a, b) => a.part - b.part)) for (let i = 0; i < length; i++) order[next++] = begin + i
    reorder(order, columns)
  }

  /** `end`: of the folder in `key`. Nearly always it is that of the key before. */
  #addFolder(key: string, end: number): void {
    const { length } = this.#expectation.prefix
    if (end - length + 1 === this.#lastFolder.length && key.startsWith(this.#lastFolder, length)) return
    this.#lastFolder = key.slice(length, end + 1)
    this.folders.add(key.slice(length, end))
  }

  #reserve(length: number): void {
    if (length <= this.#sizes.length) return
    const larger = sharedDoubles(Math.max(length, Math.ceil(1.5 * this.#sizes.length)))
    larger.set(this.#sizes.subarray(0, this.numFiles))
    this.#sizes = larger
  }
}

function sharedDoubles(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * length))
}

/** The example is the first by key, whichever came first. */
function tally(into: Tally, example: string): void {
  if (into.count++ === 0 || example < into.example) into.example = example
}
