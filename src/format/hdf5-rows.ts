// Rows of a data set, which are DLIO's samples: the bytes each needs, and its elements out of them.

import { chunkedRows } from './hdf5-assembly.ts'
import type { DataSet } from './hdf5-dataset.ts'
import type { Pages, Range } from './hdf5-pages.ts'
import { eachChunk, filled, rowLength, type Rows, type Scratch } from './hdf5-places.ts'
import { arrayTensor } from './samples.ts'
import type { Tensor } from './tensor.ts'

/** The bytes that rows need. Empty where nothing is stored, or where only the library knows. */
export function rangesOf(dataSet: DataSet, rows: Rows): Range[] {
  const { storage, shape } = dataSet
  const bytes = rowLength(dataSet)
  if (bytes === 0 || rows.count === 0) return []
  if (storage.kind === 'contiguous') return [{ offset: storage.offset + rows.first * bytes, length: rows.count * bytes }]
  if (storage.kind !== 'chunked') return []
  const ranges: Range[] = []
  eachChunk(storage, shape, rows, (index) => {
    const offset = storage.offsets[index] ?? -1
    if (offset >= 0) ranges.push({ offset, length: storage.sizes?.[index] ?? storage.chunkLength })
  })
  return ranges
}

/** An array over the rows, all of whose ranges are in `pages`: a view where the bytes lie in order, else in memory of its own. */
export function readRows(dataSet: DataSet, rows: Rows, pages: Pages, scratch: Scratch = (length) => Buffer.allocUnsafeSlow(length)): Tensor {
  const { type, shape, storage } = dataSet
  const layout = { dtype: type.dtype!, shape: shape.length === 0 ? [] : [rows.count, ...shape.slice(1)], fortranOrder: false, bigEndian: type.bigEndian }
  const length = rows.count * rowLength(dataSet)
  if (length === 0) return arrayTensor(layout, new Uint8Array(0), 0)
  if (storage.kind === 'inline') return arrayTensor(layout, storage.bytes, rows.first * rowLength(dataSet))
  if (storage.kind === 'contiguous') return arrayTensor(layout, pages.view(storage.offset + rows.first * rowLength(dataSet), length), 0)
  if (storage.kind === 'chunked') return arrayTensor(layout, chunkedRows({ dataSet, storage, rows, pages, length, scratch }), 0)
  return arrayTensor(layout, filled(dataSet, length, pages), 0)
}
