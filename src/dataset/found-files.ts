// What a listing came upon, sorted into data files and the rest, in columns: ten million keys must not be ten million objects.

import type { ObjectMeta } from '../storage/store.ts'
import { StringTableBuilder } from '../util/string-table.ts'
import { ETagBuilder } from './etags.ts'
import type { FileTable } from './file-table.ts'
import { isCompanion } from './names.ts'

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
  #lastFolder: string | undefined

  constructor(expectation: Expectation) {
    this.#expectation = expectation
    const room = Math.min(expectation.numFiles, maxReserved)
    this.#keys = new StringTableBuilder(expectation.prefix, room)
    this.#etags = new ETagBuilder(room)
    this.#sizes = sharedDoubles(room)
  }

  add({ key, size, etag }: ObjectMeta): void {
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
    else if (isOneDown) this.#addFolder(key.slice(prefix.length, first))
    if (subfoldered ? !isOneDown : !isFlat) {
      tally(this.misplaced, key)
      return
    }
    if (size === 0) tally(this.empty, key)
    this.#reserve(this.numFiles + 1)
    this.#sizes[this.numFiles++] = size
    this.bytes += size
    this.#keys.push(key)
    this.#etags.push(etag)
  }

  /** Takes over what `other` found, after what is here. `other` is of no use afterwards. */
  append(other: FoundFiles): void {
    this.#reserve(this.numFiles + other.numFiles)
    this.#sizes.set(other.#sizes.subarray(0, other.numFiles), this.numFiles)
    this.numFiles += other.numFiles
    this.bytes += other.bytes
    this.numObjects += other.numObjects
    this.numFlat += other.numFlat
    for (const name of ['empty', 'foreign', 'misplaced'] as const) join(this[name], other[name])
    for (const folder of other.folders) this.folders.add(folder)
    this.#keys.append(other.#keys)
    this.#etags.append(other.#etags)
  }

  /** The first `numFiles` files in the order that `orderOf` gives their keys (key order without it). To be called once. */
  table(numFiles: number, numSamplesPerFile: number, orderOf?: (keys: FileTable['keys']) => Uint32Array): FileTable {
    const all = this.#keys.build()
    const inOrder = orderOf?.(all)
    const isWhole = !inOrder && numFiles >= all.length
    const order = isWhole ? undefined : (inOrder ?? Uint32Array.from({ length: numFiles }, (_, i) => i)).subarray(0, numFiles)
    const sizes = order ? sharedDoubles(order.length) : this.#sizes.subarray(0, all.length)
    if (order) for (let i = 0; i < order.length; i++) sizes[i] = this.#sizes[order[i]!]!
    this.#sizes = sharedDoubles(0)
    const etags = this.#etags.build(order)
    return { numFiles: sizes.length, numSamplesPerFile, sizes, keys: order ? all.select(order) : all, ...(etags ? { etags } : {}) }
  }

  #addFolder(folder: string): void {
    if (folder === this.#lastFolder) return
    this.#lastFolder = folder
    this.folders.add(folder)
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

function tally(into: Tally, example: string): void {
  if (into.count++ === 0) into.example = example
}

function join(into: Tally, other: Tally): void {
  if (into.count === 0) into.example = other.example
  into.count += other.count
}
