// CSV of any kind, by csv-parse: quotes, escapes, words. Strict: rows of different lengths and stray quotes are errors.
// Only what csv-numbers.ts leaves comes here, at 4 to 10 MB/s; udsv has 16 to 94, but takes malformed quotes in silence.

import { parse, type CsvError } from 'csv-parse/sync'

import { cellBoolean, cellNumber, isWholeNumber } from './csv-cell.ts'
import { numberTable, type NumberTable } from './csv-numbers.ts'
import { damaged } from './format-fault.ts'

/** A table in which not all columns are numbers, or some are booleans: types by column, as pandas infers them. */
export interface MixedTable {
  readonly rows: number
  readonly columnTypes: readonly ('int64' | 'float64' | 'bool' | 'object')[]
  /** The first cell that is neither number nor boolean; rows and columns from 0. */
  readonly firstText: { readonly row: number; readonly column: number; readonly text: string }
}

/** What a column can still be. */
interface Column { isWhole: boolean; isNumber: boolean; isBoolean: boolean }

/** @throws {Fault} 'format' when it is no CSV, or its rows have different lengths. */
export function parseCells(key: string, text: Uint8Array): NumberTable | MixedTable {
  const columns: Column[] = []
  const wide = new Map<number, string>()
  let values = new Float64Array(1024)
  let count = 0, rows = 0
  let firstText: MixedTable['firstText'] | undefined
  const onRecord = (record: string[]): undefined => {
    for (const [column, cell] of record.entries()) {
      const state = columns[column] ??= { isWhole: true, isNumber: true, isBoolean: true }
      const boolean = cellBoolean(cell)
      const value = boolean === undefined ? cellNumber(cell) : Number(boolean)
      const isWhole = boolean === undefined && isWholeNumber(cell)
      if (boolean === undefined) state.isBoolean = false
      if (value === undefined || boolean !== undefined) state.isNumber = false
      if (!isWhole) state.isWhole = false
      else if (!Number.isSafeInteger(value)) wide.set(count, cell.trim())
      if (value === undefined) firstText ??= { row: rows, column, text: cell }
      if (count === values.length) {
        const grown = new Float64Array(2 * count)
        grown.set(values)
        values = grown
      }
      values[count++] = value ?? Number.NaN
    }
    rows++
  }
  try {
    parse(text, { bom: true, skip_empty_lines: true, on_record: onRecord })
  } catch (error) {
    const { message, code } = error as CsvError
    if (typeof code !== 'string') throw error
    throw damaged(key, 0, `${key} is no valid CSV: ${message}`, error)
  }
  const size = { rows, columns: columns.length }
  if (columns.every(({ isNumber }) => isNumber)) return numberTable(size, values.subarray(0, count), columns.every(({ isWhole }) => isWhole) ? wide : undefined)
  if (columns.every(({ isBoolean }) => isBoolean)) return { ...size, dtype: 'bool', bytes: Uint8Array.from(values.subarray(0, count)) }
  const columnTypes = columns.map(({ isWhole, isNumber, isBoolean }) => (isBoolean ? 'bool' : !isNumber ? 'object' : isWhole ? 'int64' : 'float64'))
  const column = columnTypes.findIndex((type) => type !== 'int64' && type !== 'float64')
  return { rows, columnTypes, firstText: firstText ?? { row: 0, column, text: 'True or False' } }
}
