// One row group as a Parquet file of its own, so that a decoder that wants whole files needs no more than the row group's bytes.

import { checkPages, decodeLimits } from './parquet-pages.ts'
import type { ColumnChunk, Footer, RowGroup } from './parquet-footer.ts'
import type { ByteSource } from './format.ts'
import { numberOf, structBytes, structsOf, types, type Struct } from './thrift.ts'

const magic = Buffer.from('PAR1')
/** ColumnChunk: bloom filters and page indexes are elsewhere in the file. ColumnMetaData likewise. */
const chunkFields = new Set([2, 3])
const metaFields = new Set([1, 2, 3, 4, 5, 6, 7, 9, 11])

/** Bytes of all chunks of a row group, neighbours in one read. In the order of the chunks. */
async function readChunks(source: ByteSource, chunks: readonly ColumnChunk[]): Promise<Uint8Array[]> {
  const runs: { begin: number; end: number }[] = []
  for (const { begin, length } of chunks.toSorted((a, b) => a.begin - b.begin)) {
    const last = runs.at(-1)
    if (last && begin <= last.end) last.end = Math.max(last.end, begin + length)
    else runs.push({ begin, end: begin + length })
  }
  const read = await Promise.all(runs.map(({ begin, end }) => source.read(begin, end - begin)))
  return chunks.map(({ begin, length }) => {
    const run = runs.findIndex((each) => begin >= each.begin && begin + length <= each.end)
    return read[run]!.subarray(begin - runs[run]!.begin, begin - runs[run]!.begin + length)
  })
}

/** Column chunks of a row group with their bytes, which are views of what the source gave. */
export type FetchedGroup = ReadonlyMap<ColumnChunk, Uint8Array>

export async function fetchRowGroup(source: ByteSource, group: RowGroup, columns: ReadonlySet<string>): Promise<FetchedGroup> {
  const wanted = group.chunks.filter(({ column }) => columns.has(column))
  const bytes = await readChunks(source, wanted)
  return new Map(wanted.map((chunk, index) => [chunk, bytes[index]!]))
}

/** A file of the columns `decoded` of a row group, the pages of which were checked. @throws {Fault} 'format' */
export function rowGroupFile(source: Pick<ByteSource, 'key' | 'size'>, footer: Footer, group: RowGroup, { fetched, decoded }: { fetched: FetchedGroup; decoded: ReadonlySet<string> }): Uint8Array {
  const limits = decodeLimits(source)
  const parts: Uint8Array[] = [magic]
  const begins = new Map<ColumnChunk, number>()
  let at = magic.length
  for (const [chunk, bytes] of fetched) {
    if (!decoded.has(chunk.column)) continue
    checkPages(limits, chunk, bytes)
    parts.push(bytes)
    begins.set(chunk, at - chunk.begin)
    at += chunk.length
  }
  const metadata = structBytes(footerOf(footer, group, begins))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(metadata.length)
  return Buffer.concat([...parts, metadata, length, magic])
}

/**
 * The footer of that file: only the columns that are in it, their offsets moved. What Arrow noted of its own types is left out,
 * since it is of all columns; a fixed-size list then is a list.
 */
function footerOf(footer: Footer, group: RowGroup, moved: ReadonlyMap<ColumnChunk, number>): Struct {
  const all = structsOf(group.struct, 1)
  const chunks = group.chunks.flatMap((chunk, index): Struct[] => {
    const by = moved.get(chunk)
    if (by === undefined) return []
    const meta = only(all[index]!.get(3)!.value as Struct, metaFields)
    meta.set(9, { type: types.i64, value: numberOf(meta, 9)! + by })
    const dictionary = numberOf(meta, 11)
    if (dictionary === chunk.begin) meta.set(11, { type: types.i64, value: dictionary + by })
    else meta.delete(11)
    return [only(all[index]!, chunkFields).set(3, { type: types.struct, value: meta })]
  })
  const names = new Set([...moved.keys()].map(({ column }) => column))
  const columns = footer.columns.filter(({ name }) => names.has(name))
  const root: Struct = new Map([[4, { type: types.binary, value: Buffer.from('schema') }], [5, { type: types.i32, value: columns.length }]])
  const rowGroup = only(group.struct, new Set([2, 3])).set(1, { type: types.list, value: { type: types.struct, items: chunks } })
  return only(footer.struct, new Set([1, 6]))
    .set(2, { type: types.list, value: { type: types.struct, items: [root, ...columns.flatMap(({ elements }) => elements)] } })
    .set(3, { type: types.i64, value: group.numRows })
    .set(4, { type: types.list, value: { type: types.struct, items: [rowGroup] } })
}

function only(struct: Struct, ids: ReadonlySet<number>): Struct {
  return new Map([...struct].filter(([id]) => ids.has(id)))
}
