// The chunk index of data sets with one unlimited axis: blocks that double in size, found through an index block.
// Source: HDF5 File Format Specification, VII.D (extensible array index).

import type { Cursor } from './cursor.ts'
import { checkCount, emptyTable, isSet, readEntry, sizeWidthOf, type ChunkIndex, type ChunkTable } from './hdf5-chunk-table.ts'
import { addressAt, cursorAt, Unfamiliar, verify } from './hdf5-file.ts'
import { eachOf } from './hdf5-group.ts'

const headSignature = 0x44484145 // EAHD
const indexSignature = 0x42494145 // EAIB
const superSignature = 0x42534145 // EASB
const dataSignature = 0x42444145 // EADB

interface Array {
  readonly index: ChunkIndex
  readonly table: Required<ChunkTable>
  readonly entrySize: number
  readonly sizeWidth: number
  /** Bytes of a number that says where in the array a block begins. */
  readonly placeWidth: number
  /** Entries of a page; larger data blocks consist of such. */
  readonly pageEntries: number
  /** Entries that were ever written: what is behind them is not read. */
  readonly count: number
}

/** A data block that is to be read. */
interface Block { readonly at: number; readonly first: number; readonly entries: number; readonly pages: Uint8Array | undefined }

export function extensibleArray(index: ChunkIndex, at: number): ChunkTable {
  const { file } = index.extent
  const head = cursorAt(file, at, 72)
  head.expect(headSignature, 'extensible array')
  verify(head, 'extensible array')
  head.skip(2)
  const entrySize = head.u8(), maxBits = head.u8(), indexEntries = head.u8(), leastEntries = head.u8(), leastBlocks = head.u8(), pageBits = head.u8()
  head.skip(32)
  const count = head.u64()
  head.skip(8)
  const indexAt = addressAt(head)
  checkCount(count, file.pages.size)
  const table = emptyTable(count, index.isFiltered)
  if (indexAt === undefined) return table
  if (maxBits > 64 || !isPower(leastEntries) || !isPower(leastBlocks)) throw new Unfamiliar('extensible array')
  const array: Array = {
    index, table, entrySize, sizeWidth: sizeWidthOf(index, entrySize), placeWidth: Math.ceil(maxBits / 8), pageEntries: 2 ** pageBits, count,
  }
  readIndex(array, indexAt, { indexEntries, leastEntries, leastBlocks, maxBits })
  return table
}

function isPower(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0
}

interface Sizes { readonly indexEntries: number; readonly leastEntries: number; readonly leastBlocks: number; readonly maxBits: number }

/** Super block s stands for 2^⌊s/2⌋ data blocks; the first ones have their data blocks in the index block itself. */
function readIndex(array: Array, at: number, { indexEntries, leastEntries, leastBlocks, maxBits }: Sizes): void {
  const { entrySize, count, index: { extent: { file } } } = array
  const superCount = 1 + maxBits - Math.log2(leastEntries)
  const direct = 2 * Math.log2(leastBlocks)
  const directBlocks = 2 * (leastBlocks - 1)
  const supers = Math.max(0, superCount - direct)
  const cursor = cursorAt(file, at, 14 + indexEntries * entrySize + (directBlocks + supers) * 8 + 4)
  cursor.expect(indexSignature, 'index block of an extensible array')
  verify(cursor, 'index block of an extensible array')
  cursor.skip(10)
  readEntries(array, cursor, { first: 0, entries: indexEntries })
  const steps: (() => void)[] = []
  let first = indexEntries
  for (let superBlock = 0; superBlock < superCount && first < count; superBlock++) {
    const blocks = 2 ** Math.floor(superBlock / 2)
    const entries = 2 ** Math.ceil(superBlock / 2) * leastEntries
    const begin = first
    if (superBlock < direct) {
      for (let block = 0; block < blocks; block++) {
        const found = addressAt(cursor)
        const place = begin + block * entries
        if (found !== undefined && place < count) steps.push(() => { readBlock(array, { at: found, first: place, entries, pages: undefined }) })
      }
    } else {
      const found = addressAt(cursor)
      if (found !== undefined) steps.push(() => { readSuper(array, found, { first: begin, blocks, entries }) })
    }
    first += blocks * entries
  }
  eachOf(steps, (step) => { step() })
}

function readSuper(array: Array, at: number, { first, blocks, entries }: { first: number; blocks: number; entries: number }): void {
  const { index: { extent: { file } }, placeWidth, pageEntries, count } = array
  const bitmapLength = entries > pageEntries ? Math.ceil(entries / pageEntries / 8) : 0
  const cursor = cursorAt(file, at, 14 + placeWidth + blocks * (bitmapLength + 8) + 4)
  cursor.expect(superSignature, 'super block of an extensible array')
  verify(cursor, 'super block of an extensible array')
  cursor.skip(10 + placeWidth)
  const bitmaps = cursor.take(blocks * bitmapLength)
  const found: Block[] = []
  for (let block = 0; block < blocks; block++) {
    const blockAt = addressAt(cursor)
    const pages = bitmapLength === 0 ? undefined : bitmaps.subarray(block * bitmapLength, (block + 1) * bitmapLength)
    if (blockAt !== undefined && first + block * entries < count) found.push({ at: blockAt, first: first + block * entries, entries, pages })
  }
  eachOf(found, (block) => { readBlock(array, block) })
}

function readBlock(array: Array, { at, first, entries, pages }: Block): void {
  const { index: { extent: { file } }, entrySize, placeWidth, pageEntries } = array
  const headLength = 14 + placeWidth
  const cursor = cursorAt(file, at, headLength + (pages ? 4 : entries * entrySize + 4))
  cursor.expect(dataSignature, 'data block of an extensible array')
  verify(cursor, 'data block of an extensible array')
  cursor.skip(headLength - 4)
  if (!pages) {
    readEntries(array, cursor, { first, entries })
    return
  }
  const pageLength = pageEntries * entrySize + 4
  for (let page = 0; page < entries / pageEntries; page++) {
    if (!isSet(pages, page)) continue
    const entriesOfPage = cursorAt(file, at + headLength + 4 + page * pageLength, pageLength)
    verify(entriesOfPage, 'page of an extensible array')
    readEntries(array, entriesOfPage, { first: first + page * pageEntries, entries: pageEntries })
  }
}

function readEntries({ index: { extent: { file } }, table, sizeWidth, entrySize, count }: Array, cursor: Cursor, { first, entries }: { first: number; entries: number }): void {
  for (let row = 0; row < entries; row++) {
    if (first + row < count) readEntry(cursor, table, { at: first + row, base: file.base, sizeWidth })
    else cursor.skip(entrySize)
  }
}
