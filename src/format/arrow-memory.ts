// Columns that a WebAssembly library left in its memory, copied out. Source: Apache Arrow, "The Arrow C data interface", with
// pointers of 32 bits, and "Arrow Columnar Format". Numbers, and lists of numbers; nothing else is asked for.

import type { DType } from './tensor.ts'
import { itemSizes } from './tensor.ts'
import { float16 } from './tensor-values.ts'

export interface NumberColumn {
  readonly dtype: DType
  /** Of all rows, one after the other, little-endian. float64 with NaN where values are missing. */
  readonly bytes: Uint8Array
  /** Row i is the elements from `offsets[i]` up to `offsets[i + 1]`; undefined: a row is one number. */
  readonly offsets: Float64Array | undefined
  readonly hasNulls: boolean
}

/** Where the two structs of an array are. */
export interface Address { readonly array: number; readonly schema: number }

const formats: Readonly<Record<string, DType>> = { b: 'bool', c: 'int8', C: 'uint8', s: 'int16', S: 'uint16', i: 'int32', I: 'uint32', l: 'int64', L: 'uint64', e: 'float16', f: 'float32', g: 'float64' }

class ArrowArray {
  readonly #view: DataView
  readonly #array: number
  readonly #schema: number
  readonly format: string
  readonly name: string

  constructor(view: DataView, { array, schema }: Address) {
    this.#view = view
    this.#array = array
    this.#schema = schema
    this.format = this.#text(view.getUint32(schema, true))
    this.name = this.#text(view.getUint32(schema + 4, true))
  }

  get length(): number { return this.#long(this.#array) }
  get nullCount(): number { return this.#long(this.#array + 8) }
  get offset(): number { return this.#long(this.#array + 16) }
  get childCount(): number { return this.#long(this.#array + 32) }

  child(index: number): ArrowArray {
    const [arrays, schemas] = [this.#view.getUint32(this.#array + 44, true), this.#view.getUint32(this.#schema + 32, true)]
    return new ArrowArray(this.#view, { array: this.#view.getUint32(arrays + 4 * index, true), schema: this.#view.getUint32(schemas + 4 * index, true) })
  }

  /** A view from the buffer's beginning; buffer 0 says which values are there, and is absent when all are. */
  buffer(index: number, length: number): Uint8Array {
    const address = this.#view.getUint32(this.#view.getUint32(this.#array + 40, true) + 4 * index, true)
    return new Uint8Array(this.#view.buffer, address, address === 0 ? 0 : length)
  }

  isThere(index: number): boolean {
    const at = this.offset + index
    return (this.buffer(0, (at >> 3) + 1)[at >> 3]! >> (at & 7) & 1) === 1
  }

  #long(at: number): number { return Number(this.#view.getBigInt64(at, true)) }

  #text(at: number): string {
    const bytes = new Uint8Array(this.#view.buffer, at)
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString('utf8')
  }
}

/** The columns of a record batch by name; those that are no numbers are left out. */
export function numberColumns(memory: ArrayBuffer, address: Address): Map<string, NumberColumn> {
  const batch = new ArrowArray(new DataView(memory), address)
  const columns = new Map<string, NumberColumn>()
  for (let index = 0; index < batch.childCount; index++) {
    const child = batch.child(index)
    const column = columnOf(child)
    if (column) columns.set(child.name, column)
  }
  return columns
}

function columnOf(array: ArrowArray): NumberColumn | undefined {
  const rows = array.length
  if (array.format.startsWith('+w:')) {
    const width = Number(array.format.slice(3))
    return elements(array.child(0), { first: array.offset * width, count: rows * width, offsets: Float64Array.from({ length: rows + 1 }, (_, row) => row * width), rowsHaveNulls: array.nullCount > 0 })
  }
  if (array.format === '+l') {
    const ends = new Int32Array(array.buffer(1, 4 * (array.offset + rows + 1)).slice().buffer).subarray(array.offset)
    const first = ends[0] ?? 0
    return elements(array.child(0), { first, count: (ends[rows] ?? first) - first, offsets: Float64Array.from(ends, (end) => end - first), rowsHaveNulls: array.nullCount > 0 })
  }
  return elements(array, { first: 0, count: rows, offsets: undefined, rowsHaveNulls: false })
}

interface Part { readonly first: number; readonly count: number; readonly offsets: Float64Array | undefined; readonly rowsHaveNulls: boolean }

function elements(array: ArrowArray, { first, count, offsets, rowsHaveNulls }: Part): NumberColumn | undefined {
  const dtype = formats[array.format]
  if (dtype === undefined) return undefined
  const begin = array.offset + first
  const bytes = dtype === 'bool' ? unpackedBits(array.buffer(1, (begin + count + 7) >> 3), begin, count) : array.buffer(1, (begin + count) * itemSizes[dtype]).slice(begin * itemSizes[dtype])
  if (array.nullCount === 0) return { dtype, bytes, offsets, hasNulls: rowsHaveNulls }
  const values = asNumbers(dtype, bytes)
  for (let index = 0; index < count; index++) if (!array.isThere(first + index)) values[index] = Number.NaN
  return { dtype: 'float64', bytes: new Uint8Array(values.buffer), offsets, hasNulls: true }
}

function unpackedBits(bits: Uint8Array, begin: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => bits[(begin + index) >> 3]! >> ((begin + index) & 7) & 1)
}

function asNumbers(dtype: DType, { buffer }: Uint8Array): Float64Array {
  switch (dtype) {
    case 'int8': return Float64Array.from(new Int8Array(buffer))
    case 'int16': return Float64Array.from(new Int16Array(buffer))
    case 'uint16': return Float64Array.from(new Uint16Array(buffer))
    case 'int32': return Float64Array.from(new Int32Array(buffer))
    case 'uint32': return Float64Array.from(new Uint32Array(buffer))
    case 'int64': return Float64Array.from(new BigInt64Array(buffer), Number)
    case 'uint64': return Float64Array.from(new BigUint64Array(buffer), Number)
    case 'float16': return Float64Array.from(new Uint16Array(buffer), float16)
    case 'float32': return Float64Array.from(new Float32Array(buffer))
    case 'float64': return new Float64Array(buffer)
    case 'bool': case 'uint8': case 'complex64': case 'complex128': return Float64Array.from(new Uint8Array(buffer))
    default: return dtype satisfies never
  }
}
