// Keeps account of what is written to a Parquet file, and gives its page headers and its footer.
// Source: Apache Parquet, parquet.thrift.

import { hasDictionary } from './parquet-values.ts'
import { pathOf, physicalType, schemaOf, type WrittenColumn } from './parquet-columns.ts'
import { structBytes, types, type Field, type Struct, type Value } from './thrift.ts'

/** A page to be written: a dictionary, or rows of a column. */
export interface Page {
  readonly column: WrittenColumn
  readonly isDictionary: boolean
  readonly firstRow: number
  readonly rows: number
  /** Whether it begins or ends a column chunk; `groupRows`: of the row group that it ends. */
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly groupRows?: number
}

/** Bytes of a page without its header, and after compression. */
export interface PageLengths { readonly plain: number; readonly stored: number }

interface Chunk { readonly begin: number; data: number; numValues: number; plain: number; stored: number }

const createdBy = 'dlio-s3'
const [dataPage, dictionaryPage] = [0, 2]
const [plain, rle, rleDictionary] = [0, 3, 8]

const i32 = (value: number): Field => ({ type: types.i32, value })
const i64 = (value: number): Field => ({ type: types.i64, value })
const binary = (value: string): Field => ({ type: types.binary, value: Buffer.from(value) })
const list = (type: number, items: Value[]): Field => ({ type: types.list, value: { type, items } })
const struct = (fields: [number, Field][]): Field => ({ type: types.struct, value: new Map(fields) })

export class Ledger {
  readonly #columns: readonly WrittenColumn[]
  /** 0 uncompressed, 2 gzip. */
  readonly #codec: number
  #position: number
  #numRows = 0
  #chunk: Chunk | undefined
  #chunks: Struct[] = []
  readonly #groups: Struct[] = []

  /** `position`: bytes that are written already. */
  constructor(columns: readonly WrittenColumn[], codec: number, position: number) {
    this.#columns = columns
    this.#codec = codec
    this.#position = position
  }

  get position(): number { return this.#position }

  /** Enters a page, and gives the header that goes before it. */
  enter(page: Page, { plain: plainLength, stored }: PageLengths): Uint8Array {
    const { column, isDictionary, rows } = page
    const numValues = isDictionary ? 256 : rows * (column.isList ? Math.max(1, column.size) : 1)
    const about = isDictionary
      ? [7, struct([[1, i32(numValues)], [2, i32(plain)]])] as const
      : [5, struct([[1, i32(numValues)], [2, i32(hasDictionary(column) ? rleDictionary : plain)], [3, i32(rle)], [4, i32(rle)]])] as const
    const header = structBytes(new Map([[1, i32(isDictionary ? dictionaryPage : dataPage)], [2, i32(plainLength)], [3, i32(stored)], about]))
    if (page.isFirst) this.#chunk = { begin: this.#position, data: this.#position, numValues: 0, plain: 0, stored: 0 }
    const chunk = this.#chunk!
    this.#position += header.length + stored
    if (isDictionary) chunk.data = this.#position
    else chunk.numValues += numValues
    chunk.plain += header.length + plainLength
    chunk.stored += header.length + stored
    if (page.isLast) this.#chunks.push(this.#chunkStruct(column, chunk))
    if (page.groupRows !== undefined) this.#endGroup(page.groupRows)
    return header
  }

  /** The footer with its length and the magic that ends a file. */
  footer(): Uint8Array {
    const metadata = structBytes(new Map([
      [1, i32(2)], [2, list(types.struct, schemaOf(this.#columns))], [3, i64(this.#numRows)], [4, list(types.struct, this.#groups)], [6, binary(createdBy)],
    ]))
    const end = Buffer.alloc(8)
    end.writeUInt32LE(metadata.length)
    end.write('PAR1', 4, 'latin1')
    return Buffer.concat([metadata, end])
  }

  #chunkStruct(column: WrittenColumn, { begin, data, numValues, plain: plainLength, stored }: Chunk): Struct {
    const fields: [number, Field][] = [
      [1, i32(physicalType(column))],
      [2, list(types.i32, hasDictionary(column) ? [plain, rle, rleDictionary] : [plain, rle])],
      [3, list(types.binary, pathOf(column).map((name) => Buffer.from(name)))],
      [4, i32(this.#codec)], [5, i64(numValues)], [6, i64(plainLength)], [7, i64(stored)], [9, i64(data)],
    ]
    if (data > begin) fields.push([11, i64(begin)])
    return new Map([[2, i64(begin)], [3, struct(fields)]])
  }

  #endGroup(rows: number): void {
    const sum = (id: number): number => this.#chunks.reduce((total, chunk) => total + ((chunk.get(3)!.value as Struct).get(id)!.value as number), 0)
    this.#groups.push(new Map([[1, list(types.struct, this.#chunks)], [2, i64(sum(6))], [3, i64(rows)], [6, i64(sum(7))]]))
    this.#numRows += rows
    this.#chunks = []
  }
}
