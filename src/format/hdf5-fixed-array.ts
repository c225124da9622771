// The chunk index of data sets whose largest shape is known: one array, in pages where it is long.
// Source: HDF5 File Format Specification, VII.C (fixed array index).

import { damaged } from './format-fault.ts'
import { checkCount, emptyTable, isSet, readEntry, sizeWidthOf, type ChunkIndex, type ChunkTable } from './hdf5-chunk-table.ts'
import { addressAt, cursorAt, verify } from './hdf5-file.ts'

const headSignature = 0x44484146 // FAHD
const blockSignature = 0x42444146 // FADB

export function fixedArray(index: ChunkIndex, at: number): ChunkTable {
  const { extent: { file }, grid } = index
  const head = cursorAt(file, at, 28)
  head.expect(headSignature, 'fixed array')
  verify(head, 'fixed array')
  head.skip(2)
  const entrySize = head.u8(), pageBits = head.u8(), count = head.u64()
  const blockAt = addressAt(head)
  const sizeWidth = sizeWidthOf(index, entrySize)
  if (count !== grid.reduce((product, length) => product * length, 1)) throw damaged(file.key, head.base, `${file.key} has an index of ${count} chunks where its shape has others`)
  checkCount(count, file.pages.size)
  const table = emptyTable(count, index.isFiltered)
  if (blockAt === undefined) return table

  const pageCount = count > 2 ** pageBits ? Math.ceil(count / 2 ** pageBits) : 0
  const bitmapLength = Math.ceil(pageCount / 8)
  const headLength = 14 + bitmapLength
  const block = cursorAt(file, blockAt, headLength + (pageCount > 0 ? 4 : count * entrySize + 4))
  block.expect(blockSignature, 'block of a fixed array')
  verify(block, 'block of a fixed array')
  const entry = { base: file.base, sizeWidth }
  if (pageCount === 0) {
    block.skip(10)
    for (let chunk = 0; chunk < count; chunk++) readEntry(block, table, { ...entry, at: chunk })
    return table
  }
  const bitmap = block.bytes.subarray(14, 14 + bitmapLength)
  const pageLength = 2 ** pageBits * entrySize + 4
  for (let page = 0; page < pageCount; page++) {
    if (!isSet(bitmap, page)) continue
    const first = page * 2 ** pageBits
    const entries = Math.min(2 ** pageBits, count - first)
    const cursor = cursorAt(file, blockAt + headLength + 4 + page * pageLength, entries * entrySize + 4)
    verify(cursor, 'page of a fixed array')
    for (let row = 0; row < entries; row++) readEntry(cursor, table, { ...entry, at: first + row })
  }
  return table
}
