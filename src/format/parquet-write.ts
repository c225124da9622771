// Parquet files as DLIO's fork lays them out: rows in row groups, columns as dataset.parquet.columns says, or one column `data`.
// Lists are lists of one length, which readers other than Arrow's know too; the fork's are Arrow's fixed-size lists.

import { promisify } from 'node:util'
import zlib from 'node:zlib'

import { Fault } from '../util/fault.ts'
import { MiB } from '../util/units.ts'
import type { EncodeOptions, SampleBlock } from './format.ts'
import { writtenColumns, type WrittenColumn } from './parquet-columns.ts'
import { Ledger, type Page } from './parquet-ledger.ts'
import { RowContent } from './parquet-rows.ts'
import { dictionaryPage, encodedValues, hasDictionary, levels, valuesLength } from './parquet-values.ts'

const magic = Buffer.from('PAR1')
/** Bytes of content in a page; a row is never split. */
const pageLength = MiB
const [uncompressed, gzipped] = [0, 2]

const gzip = promisify(zlib.gzip) as (bytes: Uint8Array, options: zlib.ZlibOptions) => Promise<Uint8Array>

export async function* encodeParquet(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  const codec = codecOf(options)
  const columns = writtenColumns(samples, options)
  const content = new RowContent(samples, columns)
  const ledger = new Ledger(columns, codec, magic.length)
  yield magic
  for (const page of pagesOf(columns, samples.numSamples, options)) {
    const plain = page.isDictionary ? dictionaryPage(page.column) : Buffer.concat([levels(page.column, page.rows), encodedValues(page.column, content.take(page), page.rows)])
    const stored = codec === gzipped ? await gzip(plain, { level: options.compressionLevel }) : plain
    yield ledger.enter(page, { plain: plain.length, stored: stored.length })
    yield stored
  }
  yield ledger.footer()
}

/** The same walk without the content; undefined where that decides, in compressed files and those with strings. */
export function parquetEncodedSize(samples: SampleBlock, options: EncodeOptions): number | undefined {
  const columns = writtenColumns(samples, options)
  if (codecOf(options) !== uncompressed || columns.some((column) => valuesLength(column, 1) === undefined)) return undefined
  const ledger = new Ledger(columns, uncompressed, magic.length)
  for (const page of pagesOf(columns, samples.numSamples, options)) {
    const length = page.isDictionary ? dictionaryPage(page.column).length : levels(page.column, page.rows).length + valuesLength(page.column, page.rows)!
    ledger.enter(page, { plain: length, stored: length })
  }
  return ledger.position + ledger.footer().length
}

/** Row group by row group, column by column. A write call of the fork begins new row groups, so a smaller batch makes smaller ones. */
function* pagesOf(columns: readonly WrittenColumn[], numRows: number, { parquet }: EncodeOptions): Generator<Page> {
  const groupSize = Math.max(1, parquet?.rowGroupSize ?? numRows)
  const batch = parquet?.generationBatchSize || groupSize
  for (let groupBegin = 0; groupBegin < numRows;) {
    const batchEnd = Math.min(numRows, (Math.floor(groupBegin / batch) + 1) * batch)
    const groupEnd = Math.min(batchEnd, groupBegin + groupSize)
    for (const column of columns) {
      const isLastColumn = column === columns.at(-1)
      if (hasDictionary(column)) yield { column, isDictionary: true, firstRow: groupBegin, rows: 0, isFirst: true, isLast: false }
      const count = Math.max(1, Math.floor(pageLength / Math.max(1, column.length)))
      for (let firstRow = groupBegin; firstRow < groupEnd; firstRow += count) {
        const rows = Math.min(count, groupEnd - firstRow)
        const isLast = firstRow + rows === groupEnd
        yield {
          column, isDictionary: false, firstRow, rows, isLast, isFirst: firstRow === groupBegin && !hasDictionary(column),
          ...(isLast && isLastColumn ? { groupRows: groupEnd - groupBegin } : {}),
        }
      }
    }
    groupBegin = groupEnd
  }
}

function codecOf({ compression, compressionLevel }: EncodeOptions): number {
  if (compression === 'none') return uncompressed
  if (compression !== 'gzip') {
    throw new Fault('usage', `dataset.compression is ${compression}, and parquet files are written plain or with gzip`, {
      info: { key: 'dataset.compression' }, hint: 'use dataset.compression=gzip or none',
    })
  }
  if (!(Number.isInteger(compressionLevel) && compressionLevel >= 0 && compressionLevel <= 9)) {
    throw new Fault('usage', `dataset.compression_level is ${compressionLevel}, and gzip has 0 to 9`, { info: { key: 'dataset.compression_level' } })
  }
  return gzipped
}
