// FORMAT csv: a row is a sample, a column one of its numbers. No header. Plain or gzip, whatever the name says.

import { parseCells, type MixedTable } from './csv-cells.ts'
import { scanNumbers, type NumberTable } from './csv-numbers.ts'
import { csvEncodedSize, encodeCsv } from './csv-write.ts'
import { unsupported } from './format-fault.ts'
import type { ByteSource, Format, Inspection, OpenHint, SampleReader } from './format.ts'
import { gunzip, hasGzipMagic } from './gunzip.ts'
import { checkSampleIndex } from './samples.ts'
import { itemSizes } from './tensor.ts'

export const csv: Format = { name: 'csv', open, inspect, encode: encodeCsv, encodedSize: csvEncodedSize }

const byteOrderMark = [0xef, 0xbb, 0xbf]

async function readTable(source: ByteSource): Promise<NumberTable | MixedTable> {
  const bytes = await source.read(0, source.size)
  const text = hasGzipMagic(bytes) ? gunzip(source.key, bytes) : bytes
  const begin = byteOrderMark.every((byte, index) => text[index] === byte) ? byteOrderMark.length : 0
  return scanNumbers(text, begin) ?? parseCells(source.key, text)
}

/** Reads and parses the object; samples are then views of its table: int64 where all cells are whole numbers, else float64. */
async function open(source: ByteSource, _hint: OpenHint): Promise<SampleReader> {
  const { key } = source
  const table = await readTable(source)
  if ('columnTypes' in table) {
    const { row, column, text } = table.firstText
    throw unsupported(key, `${key} holds text where numbers are read: row ${row}, column ${column} is ${JSON.stringify(text.slice(0, 40))}`, 'rows and columns count from 0; a header is not skipped')
  }
  const { rows, columns, dtype, bytes } = table
  const itemSize = itemSizes[dtype]
  return {
    numSamples: rows,
    async readSample(index) {
      checkSampleIndex(key, index, rows)
      return { dtype, shape: [columns], strides: [itemSize], bytes, offset: index * columns * itemSize }
    },
  }
}

/** The table as one array; where some columns are text, each column by its number. */
async function inspect(source: ByteSource, _hint: OpenHint): Promise<Inspection> {
  const table = await readTable(source)
  if ('columnTypes' in table) return { numSamples: table.rows, arrays: table.columnTypes.map((dtype, index) => ({ name: String(index), dtype, shape: [table.rows] })) }
  const { rows, columns, dtype, bytes } = table
  const shape = [rows, columns]
  return { numSamples: rows, arrays: [{ name: 'rows', dtype, shape, tensor: { dtype, shape, strides: [columns * itemSizes[dtype], itemSizes[dtype]], bytes, offset: 0 } }] }
}
