// What generating a data set means, file by file, without holding the files: any row can be worked out from its index.

import type { Format, SampleBlock } from '../format/format.ts'
import { elementCount } from '../format/tensor.ts'
import { Content, sampleBlock } from './content.ts'
import { fileIndexOf, fileKey, numFilesOf, type DataSetName } from './names.ts'
import type { DatasetSettings } from './settings.ts'
import { recordShapes, type RecordShapes } from './shapes.ts'

export interface PlannedFile {
  /** Combined: train files first, then eval files. */
  readonly index: number
  readonly set: DataSetName
  readonly key: string
  /** Elements per axis of one sample. */
  readonly shape: readonly number[]
  /** Bytes of the object; absent where only encoding tells. */
  readonly size?: number
  readonly block: SampleBlock
}

/** Which files one of several hosts writes: every `worldSize`-th, from `rank` on. */
export interface Shard {
  readonly rank: number
  readonly worldSize: number
}

export class GenerationPlan implements Iterable<PlannedFile> {
  readonly settings: DatasetSettings
  /** Train and eval files together. */
  readonly numFiles: number
  readonly #format: Format
  readonly #shapes: RecordShapes
  readonly #content: Content
  /** Of every file, where all are alike: working it out takes an encoder 5 µs, and there may be millions. */
  readonly #commonSize: number | undefined

  constructor(settings: DatasetSettings, format: Format) {
    this.settings = settings
    this.numFiles = settings.numFilesTrain + settings.numFilesEval
    this.#format = format
    this.#shapes = recordShapes(settings, this.numFiles)
    this.#content = new Content(settings.seed, settings.elementType)
    // Alike shapes have alike sizes, except in DLIO's 'synthetic' files, which hold their number: first and last then differ.
    const ends = this.#shapes.constant && this.numFiles > 0 ? [0, this.numFiles - 1].map((index) => this.#sizeOf(this.#blockOf(index))) : []
    this.#commonSize = ends[0] === ends[1] ? ends[0] : undefined
  }

  #blockOf(index: number): SampleBlock {
    const { numSamplesPerFile, elementType } = this.settings
    return sampleBlock(this.#content, { fileIndex: index, numSamples: numSamplesPerFile, shape: this.#shapes.shapeOf(index), dtype: elementType })
  }

  #sizeOf(block: SampleBlock): number | undefined {
    return this.#format.encodedSize(block, this.settings.encode)
  }

  /** @throws {RangeError} when `index` is not below numFiles. */
  file(index: number): PlannedFile {
    const { numFilesTrain } = this.settings
    if (!(index >= 0 && index < this.numFiles)) throw new RangeError(`no file ${index} in a plan of ${this.numFiles}`)
    const set = index < numFilesTrain ? 'train' : 'valid'
    const block = this.#blockOf(index)
    const size = this.#commonSize ?? this.#sizeOf(block)
    return {
      index, set, block, shape: block.shape, key: fileKey(this.settings, set, set === 'train' ? index : index - numFilesTrain),
      ...(size === undefined ? {} : { size }),
    }
  }

  /** A file that needs no less memory than any other; undefined when there are none. */
  largest(): PlannedFile | undefined {
    if (this.numFiles === 0) return undefined
    // Where shapes are alike only the file's number can make a difference.
    let largest = this.numFiles - 1
    if (!this.#shapes.constant) {
      const elements = (index: number): number => elementCount(this.#shapes.shapeOf(index))
      for (let index = 0; index < this.numFiles; index++) if (elements(index) > elements(largest)) largest = index
    }
    return this.file(largest)
  }

  /** The combined index of the file that has this key, or undefined when none has. */
  indexOf(set: DataSetName, key: string): number | undefined {
    const index = fileIndexOf(this.settings, set, key)
    return index === undefined ? undefined : index + (set === 'train' ? 0 : numFilesOf(this.settings, 'train'))
  }

  * files({ rank, worldSize }: Shard = { rank: 0, worldSize: 1 }): Generator<PlannedFile, void> {
    for (let index = rank; index < this.numFiles; index += worldSize) yield this.file(index)
  }

  [Symbol.iterator](): Iterator<PlannedFile> {
    return this.files()
  }
}
