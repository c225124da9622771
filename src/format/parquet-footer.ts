// A Parquet file's metadata: its schema, and where the column chunks of each row group lie.
// Source: Apache Parquet, parquet.thrift (FileMetaData, RowGroup, ColumnChunk, ColumnMetaData) and "File format".

import { Cursor } from './cursor.ts'
import { damaged, unsupported } from './format-fault.ts'
import type { ByteSource, Memo } from './format.ts'
import { columnsOf, type Column } from './parquet-schema.ts'
import { numberOf, readStruct, structsOf, type List, type Struct } from './thrift.ts'
import { KiB } from '../util/units.ts'

/** One read that holds most footers whole. */
const tailLength = 64 * KiB
const magic = 'PAR1'

export interface ColumnChunk {
  /** Of the column's outermost field: what a reader picks. */
  readonly column: string
  /** Bytes in the file: its pages, the dictionary first. */
  readonly begin: number
  readonly length: number
  /** Bytes of its pages once decompressed, and values with those of lists, as the footer states them. */
  readonly decodedLength: number
  readonly numValues: number
}

export interface RowGroup {
  readonly numRows: number
  readonly chunks: readonly ColumnChunk[]
  readonly struct: Struct
}

export interface Footer {
  readonly struct: Struct
  readonly numRows: number
  readonly rowGroups: readonly RowGroup[]
  readonly columns: readonly Column[]
}

/** The footer's bytes, and the source that it came from, which does not fetch again what came with it. */
export interface FooterBytes { readonly bytes: Uint8Array; readonly source: ByteSource }

/** From the memory of an earlier open where it is there, else by one read, two for large ones. */
export async function readFooterBytes(source: ByteSource, memo: Memo | undefined): Promise<FooterBytes> {
  const known = memo?.get()
  if (known instanceof Uint8Array) return { bytes: known, source }
  const { key, size } = source
  if (size < 12) throw damaged(key, 0, `${key} is ${size} bytes long, which is too short for a Parquet file`)
  const tail = await source.read(Math.max(0, size - tailLength), Math.min(size, tailLength))
  const end = Buffer.from(tail.buffer, tail.byteOffset + tail.length - 8, 8)
  const found = end.toString('latin1', 4)
  if (found === 'PARE') throw unsupported(key, `${key} is an encrypted Parquet file`)
  if (found !== magic) throw damaged(key, size - 4, `${key} does not end as a Parquet file: ${JSON.stringify(found)} instead of "${magic}"`)
  const length = end.readUInt32LE(0)
  if (length > size - 12) throw damaged(key, size - 8, `${key} declares a footer of ${length} bytes and is ${size} bytes long`)
  const inTail = length + 8 <= tail.length
  const bytes = Uint8Array.from(inTail ? tail.subarray(tail.length - 8 - length, tail.length - 8) : await source.read(size - 8 - length, length))
  memo?.set(bytes, bytes.length)
  const begin = size - tail.length
  return { bytes, source: { key: source.key, size: source.size, read: async (offset, count) => (offset >= begin ? tail.subarray(offset - begin, offset - begin + count) : source.read(offset, count)) } }
}

/** @throws {Fault} 'format' when a chunk lies outside of the file, or numbers contradict each other. */
export function parseFooter(source: Pick<ByteSource, 'key' | 'size'>, bytes: Uint8Array): Footer {
  const { key, size } = source
  const begin = size - 8 - bytes.length
  const struct = readStruct(new Cursor(key, bytes, begin))
  const fail = (why: string): never => { throw damaged(key, begin, `${key} has a damaged footer: ${why}`) }
  const numRows = numberOf(struct, 3) ?? fail('it does not state its rows')
  const rowGroups = structsOf(struct, 4).map((group): RowGroup => ({
    struct: group,
    numRows: numberOf(group, 3) ?? fail('a row group does not state its rows'),
    chunks: structsOf(group, 1).map((chunk) => chunkOf(chunk, begin) ?? fail('a column chunk lies outside of the data')),
  }))
  if (rowGroups.some((group) => group.numRows < 0) || rowGroups.reduce((sum, group) => sum + group.numRows, 0) !== numRows) fail(`its row groups do not have ${numRows} rows`)
  const columns = columnsOf(structsOf(struct, 2))
  const names = new Set(columns.map(({ name }) => name))
  if (names.size < columns.length) throw unsupported(key, `${key} has two columns of the same name`)
  const chunks = columns.flatMap(({ name, numLeaves }) => Array<string>(numLeaves).fill(name))
  for (const group of rowGroups) {
    if (group.chunks.length !== chunks.length || group.chunks.some(({ column }, index) => column !== chunks[index])) fail('a row group has other columns than the schema')
  }
  return { struct, numRows, rowGroups, columns }
}

/** `end`: where the data end and the footer begins. */
function chunkOf(chunk: Struct, end: number): ColumnChunk | undefined {
  const meta = chunk.get(3)?.value
  if (!(meta instanceof Map) || chunk.has(1)) return undefined
  const path = (meta.get(3)?.value as List | undefined)?.items?.[0]
  const [numValues, decodedLength, length, data, dictionary] = [5, 6, 7, 9, 11].map((id) => numberOf(meta, id))
  if (!(path instanceof Uint8Array) || numValues === undefined || decodedLength === undefined || length === undefined || data === undefined) return undefined
  // A dictionary offset of 0 means none; some writers give one that lies behind the data.
  const first = dictionary !== undefined && dictionary > 0 && dictionary < data ? dictionary : data
  if (numValues < 0 || decodedLength < 0 || length < 0 || first < 0 || first + length > end) return undefined
  return { column: Buffer.from(path).toString('utf8'), begin: first, length, decodedLength, numValues }
}
