// Rows to columns: content comes by row, pages go by column.

import { MiB } from '../util/units.ts'
import type { SampleBlock } from './format.ts'
import type { WrittenColumn } from './parquet-columns.ts'
import type { Page } from './parquet-ledger.ts'
import { elementCount, itemSizes } from './tensor.ts'

/** Bytes of rows that are held, so that a row of many small columns is made once and not once a column. */
const heldLength = 64 * MiB

export class RowContent {
  readonly #samples: SampleBlock
  readonly #rowLength: number
  /** Rows held at once; 0: columns are asked for one by one, because there is one, or rows are that large. */
  readonly #heldRows: number
  #held = new Uint8Array(0)
  #first = -1

  constructor(samples: SampleBlock, columns: readonly WrittenColumn[]) {
    this.#samples = samples
    this.#rowLength = columns.reduce((sum, { length }) => sum + length, 0)
    // Who asks for columns asks for rows of as many bytes.
    const sampleLength = elementCount(samples.shape) * itemSizes[samples.dtype]
    if (sampleLength !== this.#rowLength) throw new RangeError(`rows of ${this.#rowLength} bytes cannot be made of samples of ${sampleLength}`)
    this.#heldRows = columns.length === 1 ? 0 : Math.min(samples.numSamples, Math.floor(heldLength / Math.max(1, this.#rowLength)))
  }

  /** The page's content, row after row, in memory of its own. */
  take({ column, firstRow, rows }: Page): Uint8Array<ArrayBuffer> {
    const { offset, length } = column
    const content = new Uint8Array(rows * length)
    for (let row = 0; row < rows; row++) {
      const into = content.subarray(row * length, (row + 1) * length)
      if (this.#heldRows === 0) this.#samples.fill(firstRow + row, offset, into)
      else into.set(this.#row(firstRow + row).subarray(offset, offset + length))
    }
    return content
  }

  #row(index: number): Uint8Array {
    const first = index - index % this.#heldRows
    if (this.#first !== first) {
      if (this.#held.length === 0) this.#held = new Uint8Array(this.#heldRows * this.#rowLength)
      const end = Math.min(first + this.#heldRows, this.#samples.numSamples)
      for (let row = first; row < end; row++) this.#samples.fill(row, 0, this.#held.subarray((row - first) * this.#rowLength, (row - first + 1) * this.#rowLength))
      this.#first = first
    }
    const at = (index - first) * this.#rowLength
    return this.#held.subarray(at, at + this.#rowLength)
  }
}
