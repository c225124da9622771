// Samples of an object whose data sets are known: what they need is fetched by exact ranges, and decoded.

import type { ByteSource, SampleReader } from './format.ts'
import { refused, unsupported } from './format-fault.ts'
import type { DataSet } from './hdf5-dataset.ts'
import { withLibrary } from './hdf5-library.ts'
import { fetchRanges, parsed, type Pages } from './hdf5-pages.ts'
import { rowLength, type Rows } from './hdf5-places.ts'
import { rangesOf, readRows } from './hdf5-rows.ts'
import { arrayTensor, checkSampleIndex } from './samples.ts'
import { MiB } from '../util/units.ts'
import type { Tensor } from './tensor.ts'

/** The library holds a chunk and the rows in a memory that never shrinks. Bytes. */
const libraryLength = 12 * MiB
/** Chunks that may be visited without being stored: a stored one takes bytes in the object. */
const maxSparseChunks = 1_000_000

/** Elements of rows, whoever can read them: at once where what they need is here. `pages` gets what was fetched. */
export function rowsOf(source: ByteSource, pages: Pages, dataSet: DataSet, rows: Rows): Promise<Tensor> | Tensor {
  if (dataSet.type.dtype === undefined) throw unsupported(source.key, `${source.key} has ${dataSet.type.name} in ${dataSet.path}, which are not numbers that are read`)
  if (dataSet.storage.kind === 'library') return libraryRows(source, pages, dataSet, rows)
  const read = (): Tensor => readRows(dataSet, rows, pages, source.scratch?.bind(source))
  return fetchRanges(source, pages, () => rangesOf(dataSet, rows))?.then(read) ?? read()
}

async function libraryRows(source: ByteSource, pages: Pages, dataSet: DataSet, rows: Rows): Promise<Tensor> {
  const { key, size } = source
  const { path, shape, type } = dataSet
  const length = rows.count * rowLength(dataSet)
  if (length > Math.max(libraryLength, 4 * size)) throw refused(key, `${key} wants ${length} bytes for ${path}, and has only ${size}`)
  const bytes = await parsed(source, pages, () => withLibrary(pages, (file) => {
    const { chunks } = file.metadata(path)
    const chunkLength = (chunks ?? []).reduce((product, axis) => product * axis, type.itemSize)
    if (chunkLength > Math.max(libraryLength, 4 * size)) throw refused(key, `${key} has chunks of ${chunkLength} bytes in ${path}, and is ${size} bytes long`)
    if (chunks && length / chunkLength > size / 2 + maxSparseChunks) throw refused(key, `${key} has chunks of ${chunkLength} bytes in ${path}, which are too many`)
    if (length === 0) return new Uint8Array(0)
    return file.read(path, shape.map((_, axis) => (axis === 0 ? rows.first : 0)), shape.map((axis, index) => (index === 0 ? rows.count : axis)), length)
  }))
  // The library swaps bytes itself.
  return arrayTensor({ dtype: type.dtype!, shape: shape.length === 0 ? [] : [rows.count, ...shape.slice(1)], fortranOrder: false, bigEndian: false }, bytes, 0)
}

/** The first axis taken away: a sample of `array`, which holds it alone. */
function withoutFirstAxis(array: Tensor, row: number): Tensor {
  if (array.shape.length === 0) return array
  return { ...array, shape: array.shape.slice(1), strides: array.strides.slice(1), offset: array.offset + row * array.strides[0]! }
}

export class Hdf5Reader implements SampleReader {
  readonly numSamples: number
  readonly #source: ByteSource
  readonly #dataSets: readonly DataSet[]
  /** What is here of the object. It stays here: so do the source's views. */
  readonly #pages: Pages
  /** Rows that were decoded last, because filtered chunks gave more than one. One for each data set. */
  readonly #decoded: ({ rows: Rows; array: Tensor } | undefined)[] = []

  /** `dataSets`: at least one, all of the same number of rows. */
  constructor(source: ByteSource, pages: Pages, dataSets: readonly DataSet[]) {
    this.#source = source
    this.#pages = pages
    this.#dataSets = dataSets
    this.numSamples = dataSets[0]!.shape[0] ?? 1
  }

  prepare(indexes: readonly number[]): Promise<void> | undefined {
    for (const index of indexes) checkSampleIndex(this.#source.key, index, this.numSamples)
    return fetchRanges(this.#source, this.#pages, () => this.#dataSets.flatMap((dataSet) => indexes.flatMap((index) => rangesOf(dataSet, rowsAround(dataSet, index)))))
  }

  /** `records_0[index]`. Where a record is several data sets, the others are read and decoded too: DLIO writes the same into all. */
  async readSample(index: number): Promise<Tensor> {
    checkSampleIndex(this.#source.key, index, this.numSamples)
    let first: Tensor | undefined
    for (const [number, dataSet] of this.#dataSets.entries()) {
      const rows = rowsAround(dataSet, index)
      const array = this.#arrayOf(number, dataSet, rows)
      const read = array instanceof Promise ? await array : array
      if (rows.count > 1) this.#decoded[number] = { rows, array: read }
      first ??= withoutFirstAxis(read, index - rows.first)
    }
    return first!
  }

  #arrayOf(number: number, dataSet: DataSet, rows: Rows): Promise<Tensor> | Tensor {
    const kept = this.#decoded[number]
    return kept?.rows.first === rows.first ? kept.array : rowsOf(this.#source, this.#pages, dataSet, rows)
  }
}

/** The rows that are decoded together: those of a filtered chunk, else one. */
function rowsAround({ storage, shape }: DataSet, index: number): Rows {
  if (storage.kind !== 'chunked' || storage.filters.length === 0 || storage.chunk[0] === 1) return { first: index, count: 1 }
  const length = storage.chunk[0]!
  const first = Math.floor(index / length) * length
  return { first, count: Math.min(length, shape[0]! - first) }
}
