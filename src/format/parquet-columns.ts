// The columns that are written, and how a file states them. Source: DLIO's fork, parquet.columns (dtypes and sizes);
// Apache Parquet, parquet.thrift and LogicalTypes.md (lists in three levels).

import { Fault } from '../util/fault.ts'
import type { EncodeOptions, SampleBlock } from './format.ts'
import { elementCount, itemSizes, type DType } from './tensor.ts'
import { types, type Struct, type Value } from './thrift.ts'

export interface WrittenColumn {
  readonly name: string
  readonly dtype: DType | 'string' | 'binary'
  /** Elements of a row; of `binary`, bytes. */
  readonly size: number
  readonly isList: boolean
  /** Where its content is in the bytes of a row, and how much. */
  readonly offset: number
  readonly length: number
  /** Whether the content is random bytes that must become numbers of the type, which a sample's own bytes are already. */
  readonly isRaw: boolean
}

/** Bytes of random content behind a string. */
const stringContent = 4

/** @throws {Fault} 'usage' for an element type that Parquet does not have. */
export function writtenColumns({ shape, dtype }: Pick<SampleBlock, 'shape' | 'dtype'>, { parquet }: EncodeOptions): WrittenColumn[] {
  if (dtype.startsWith('complex')) {
    throw new Fault('usage', `dataset.record_element_type is ${dtype}, and parquet files hold real numbers`, { info: { key: 'dataset.record_element_type' } })
  }
  if (!parquet || parquet.columns.length === 0) {
    const size = elementCount(shape)
    return [{ name: 'data', dtype, size, isList: true, offset: 0, length: size * itemSizes[dtype], isRaw: false }]
  }
  let offset = 0
  return parquet.columns.map((column): WrittenColumn => {
    const written = { ...about(column), name: column.name, offset, isRaw: true }
    offset += written.length
    return written
  })
}

/** What the fork makes of a dtype: numbers are a column or, from two on, a list; an unknown name is a list of float32. */
function about({ dtype, size }: { readonly dtype: string; readonly size: number }): Pick<WrittenColumn, 'dtype' | 'size' | 'isList' | 'length'> {
  if (dtype === 'bool') return { dtype, size: 1, isList: false, length: 1 }
  if (dtype === 'string') return { dtype, size: 1, isList: false, length: stringContent }
  if (dtype === 'binary') return { dtype, size, isList: false, length: size }
  const isNumber = Object.hasOwn(itemSizes, dtype) && !dtype.startsWith('complex')
  const type = isNumber ? dtype as DType : 'float32'
  return { dtype: type, size, isList: !isNumber || size !== 1, length: size * itemSizes[type] }
}

interface Physical { readonly type: number; readonly length?: number; readonly converted?: number; readonly logical?: Struct }

const i32 = (value: number): { type: number; value: number } => ({ type: types.i32, value })
const nothing = (): Struct => new Map()
const union = (id: number, value: Struct = nothing()): Struct => new Map([[id, { type: types.struct, value }]])
const integer = (bits: number, isSigned: boolean): Struct => union(10, new Map([[1, { type: types.byte, value: bits }], [2, { type: types.yes, value: isSigned }]]))

/** Physical types: 0 BOOLEAN, 1 INT32, 2 INT64, 4 FLOAT, 5 DOUBLE, 6 BYTE_ARRAY, 7 FIXED_LEN_BYTE_ARRAY. */
const physicals: Readonly<Partial<Record<WrittenColumn['dtype'], Physical>>> = {
  bool: { type: 0 },
  int8: { type: 1, converted: 15, logical: integer(8, true) }, uint8: { type: 1, converted: 11, logical: integer(8, false) },
  int16: { type: 1, converted: 16, logical: integer(16, true) }, uint16: { type: 1, converted: 12, logical: integer(16, false) },
  int32: { type: 1 }, uint32: { type: 1, converted: 13, logical: integer(32, false) },
  int64: { type: 2 }, uint64: { type: 2, converted: 14, logical: integer(64, false) },
  float16: { type: 7, length: 2, logical: union(15) }, float32: { type: 4 }, float64: { type: 5 },
  string: { type: 6, converted: 0, logical: union(1) }, binary: { type: 6 },
}

export function physicalType({ dtype }: WrittenColumn): number {
  return physicals[dtype]!.type
}

/** Names from the column down to its values. */
export function pathOf({ name, isList }: WrittenColumn): string[] {
  return isList ? [name, 'list', 'element'] : [name]
}

const text = (value: string): { type: number; value: Value } => ({ type: types.binary, value: Buffer.from(value) })
const [required, repeated, listType] = [0, 2, 3]

/** The schema, depth first. Nothing is optional: no value is ever missing. */
export function schemaOf(columns: readonly WrittenColumn[]): Struct[] {
  return [
    new Map([[4, text('schema')], [5, i32(columns.length)]]),
    ...columns.flatMap((column): Struct[] => {
      if (!column.isList) return [leaf(column, column.name)]
      return [
        new Map<number, { type: number; value: Value }>([[3, i32(required)], [4, text(column.name)], [5, i32(1)], [6, i32(listType)], [10, { type: types.struct, value: union(3) }]]),
        new Map([[3, i32(repeated)], [4, text('list')], [5, i32(1)]]),
        leaf(column, 'element'),
      ]
    }),
  ]
}

function leaf({ dtype }: WrittenColumn, name: string): Struct {
  const { type, length, converted, logical } = physicals[dtype]!
  const element: Struct = new Map([[1, i32(type)], [3, i32(required)], [4, text(name)]])
  if (length !== undefined) element.set(2, i32(length))
  if (converted !== undefined) element.set(6, i32(converted))
  if (logical !== undefined) element.set(10, { type: types.struct, value: logical })
  return element
}
