// What the columns of a Parquet file are, from its schema: numbers that can be a sample, or something else with a name.
// Source: Apache Parquet, parquet.thrift (SchemaElement, Type, ConvertedType, LogicalType) and LogicalTypes.md.

import { numberOf, type Struct } from './thrift.ts'
import type { DType } from './tensor.ts'

export interface Column {
  readonly name: string
  /** NumPy's name of the element type, "object" for text and bytes, "struct" for several leaves. */
  readonly dtype: string
  /** Whether a row is numbers: one, or a list of them. */
  readonly isNumbers: boolean
  readonly isList: boolean
  /** Column chunks that it has in a row group. */
  readonly numLeaves: number
  /** Its part of the schema. */
  readonly elements: readonly Struct[]
}

const physical = ['bool', 'int32', 'int64', 'int96', 'float32', 'float64', 'object', 'object'] as const
/** ConvertedType: decimals and times; they are numbers that mean something else. */
const timeTypes: Readonly<Record<number, string>> = { 5: 'object', 6: 'datetime64[D]', 7: 'timedelta64[ms]', 8: 'timedelta64[us]', 9: 'datetime64[ms]', 10: 'datetime64[us]', 21: 'object' }
const integerTypes: Readonly<Record<number, DType>> = { 11: 'uint8', 12: 'uint16', 13: 'uint32', 14: 'uint64', 15: 'int8', 16: 'int16', 17: 'int32', 18: 'int64' }
/** LogicalType: the same in newer words. */
const logical = { decimal: 5, date: 6, time: 7, timestamp: 8, integer: 10, float16: 15 } as const
const repeated = 2

/** `elements`: the schema's tree, depth first; the root's children are the columns. A tree that ends early has the columns that are there. */
export function columnsOf(elements: readonly Struct[]): Column[] {
  const columns: Column[] = []
  for (let at = 1; at < elements.length;) {
    const begin = at
    let pending = 1, lists = 0, numLeaves = 0, isChain = true
    for (; pending > 0 && at < elements.length; at++) {
      const children = Math.max(0, numberOf(elements[at]!, 5) ?? 0)
      if (children > 1) isChain = false
      if (children === 0) numLeaves++
      if (numberOf(elements[at]!, 3) === repeated) lists++
      pending += children - 1
    }
    const dtype = isChain ? leafType(elements[at - 1]!) : 'struct'
    columns.push({ name: nameOf(elements[begin]!), dtype, isNumbers: isChain && lists <= 1 && isNumber(dtype), isList: lists > 0, numLeaves, elements: elements.slice(begin, at) })
  }
  return columns
}

function nameOf(element: Struct): string {
  const name = element.get(4)?.value
  return name instanceof Uint8Array ? Buffer.from(name).toString('utf8') : ''
}

function isNumber(dtype: string): boolean {
  return /^(bool|u?int(8|16|32|64)|float(16|32|64))$/.test(dtype)
}

function leafType(element: Struct): string {
  const converted = numberOf(element, 6) ?? -1
  const union = element.get(10)?.value
  const [kind, field] = union instanceof Map ? [...union][0] ?? [] : []
  if (kind === logical.float16) return 'float16'
  if (kind === logical.date) return 'datetime64[D]'
  if (kind === logical.decimal) return 'object'
  if (kind === logical.time || kind === logical.timestamp) return timeTypes[converted] ?? (kind === logical.time ? 'timedelta64[ns]' : 'datetime64[ns]')
  if (kind === logical.integer && field?.value instanceof Map) {
    return `${field.value.get(2)?.value === true ? '' : 'u'}int${numberOf(field.value, 1) ?? ''}`
  }
  return integerTypes[converted] ?? timeTypes[converted] ?? physical[numberOf(element, 1) ?? -1] ?? 'object'
}
