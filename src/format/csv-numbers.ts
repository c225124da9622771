// A table of plain numbers, straight from the bytes: what data sets hold, at ten times the speed of reading cells as strings.
// Anything else (quotes, words, rows of different lengths) is left to a CSV library, which also says what is wrong.

import { cellNumber, isWholeNumber } from './csv-cell.ts'

/** Numbers row by row. `dtype` as pandas infers it for the whole table. */
export interface NumberTable {
  readonly rows: number
  readonly columns: number
  readonly dtype: 'int64' | 'uint64' | 'float64' | 'bool'
  readonly bytes: Uint8Array
}

const [newline, carriageReturn, comma, minus, point, zero, nine] = [10, 13, 44, 45, 46, 48, 57]
/** Integers of so many digits, and powers of ten up to 10^22, are exact in a double: their quotient is the nearest double. */
const exactDigits = 15
/** Characters. Longer ones are nobody's numbers. */
const longestCell = 400
const powersOfTen = Float64Array.from({ length: exactDigits + 1 }, (_, power) => Number(`1e${power}`))

/** Undefined: not a table of plain numbers. Empty lines count for nothing. */
export function scanNumbers(bytes: Uint8Array, begin: number): NumberTable | undefined {
  // A cell is a character and a separator at least; most have more.
  let values = new Float64Array(Math.max(16, Math.ceil((bytes.length - begin) / 4)))
  const wide = new Map<number, string>()
  let count = 0, rows = 0, columns = 0, rowBegin = 0
  let allWhole = true
  for (let at = begin; at < bytes.length;) {
    const cellBegin = at
    let byte = bytes[at]
    if (count === rowBegin && isLineEnd(byte)) {
      at++
      continue
    }
    const isNegative = byte === minus
    if (isNegative) byte = bytes[++at]
    let value = 0, fraction = 0, digits = -at
    for (; isDigit(byte); byte = bytes[++at]) value = value * 10 + (byte - zero)
    digits += at
    if (byte === point) {
      byte = bytes[++at]
      fraction = -at
      for (; isDigit(byte); byte = bytes[++at]) value = value * 10 + (byte - zero)
      fraction += at
      digits += fraction
      allWhole = false
      if (fraction > 0 && fraction <= exactDigits) value /= powersOfTen[fraction]!
    }
    if (isNegative) value = -value
    if (!isSeparator(byte) || digits === 0 || digits > exactDigits) {
      at = cellEnd(bytes, at)
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + cellBegin, at - cellBegin).toString('latin1')
      const read = at - cellBegin > longestCell ? undefined : cellNumber(text)
      if (read === undefined) return undefined
      if (isWholeNumber(text)) wide.set(count, text.trim())
      else allWhole = false
      value = read
      byte = bytes[at]
    }
    if (count === values.length) values = grown(values)
    values[count++] = value
    at++
    // A comma at the end of the file: there is one more cell, and it is empty.
    if (byte === comma && at < bytes.length) continue
    if (byte === comma) return undefined
    if (rows++ === 0) columns = count
    else if (count - rowBegin !== columns) return undefined
    rowBegin = count
  }
  return numberTable({ rows, columns }, values.subarray(0, count), allWhole ? wide : undefined)
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= zero && byte <= nine
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === newline || byte === carriageReturn
}

function isSeparator(byte: number | undefined): boolean {
  return byte === comma || byte === undefined || isLineEnd(byte)
}

function cellEnd(bytes: Uint8Array, begin: number): number {
  let at = begin
  while (!isSeparator(bytes[at])) at++
  return at
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length)
  larger.set(values)
  return larger
}

/** `wide`: texts of the whole numbers that a double does not hold exactly; undefined: not all of `values` are whole. */
export function numberTable({ rows, columns }: { rows: number; columns: number }, values: Float64Array, wide: ReadonlyMap<number, string> | undefined): NumberTable {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (wide === undefined) return { rows, columns, dtype: 'float64', bytes }
  const bigs = [...wide].map(([index, text]): [number, bigint] => [index, BigInt(text.replace(/^\+/, ''))])
  const fitsSigned = bigs.every(([, big]) => BigInt.asIntN(64, big) === big)
  const fitsUnsigned = !fitsSigned && bigs.every(([, big]) => BigInt.asUintN(64, big) === big) && values.every((value) => value >= 0)
  if (!fitsSigned && !fitsUnsigned) return { rows, columns, dtype: 'float64', bytes }
  const integers = new BigInt64Array(values.buffer, values.byteOffset, values.length)
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  // In place, as two halves: making a BigInt of each takes ten times as long.
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    words[2 * i] = value
    words[2 * i + 1] = Math.floor(value / 2 ** 32)
  }
  for (const [index, big] of bigs) integers[index] = BigInt.asIntN(64, big)
  return { rows, columns, dtype: fitsSigned ? 'int64' : 'uint64', bytes }
}
