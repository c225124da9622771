// FORMAT parquet: a row is a sample. Of its columns, the sample is `data` (DLIO's legacy layout), else the first one of numbers;
// the whole row is fetched and all its numbers are decoded. A row group is the least that can be read.

import { unsupported } from './format-fault.ts'
import type { ByteSource, Format, Inspection, OpenHint, SampleReader } from './format.ts'
import type { NumberColumn } from './arrow-memory.ts'
import { decodeParquet } from './parquet-decode.ts'
import { parseFooter, readFooterBytes, type Footer, type RowGroup } from './parquet-footer.ts'
import { fetchRowGroup, rowGroupFile, type FetchedGroup } from './parquet-row-group.ts'
import type { Column } from './parquet-schema.ts'
import { encodeParquet, parquetEncodedSize } from './parquet-write.ts'
import { checkSampleIndex } from './samples.ts'
import { itemSizes, packedStrides, type DType, type Tensor } from './tensor.ts'

export const parquet: Format = { name: 'parquet', hasRanges: true, open, inspect, encode: encodeParquet, encodedSize: parquetEncodedSize }

const namesOf = (columns: readonly Column[]): Set<string> => new Set(columns.map(({ name }) => name))

function decodeGroup(source: ByteSource, footer: Footer, group: RowGroup, { fetched, picked }: { fetched: FetchedGroup; picked: readonly Column[] }): Map<string, NumberColumn> {
  const decoded = namesOf(picked.filter(({ isNumbers }) => isNumbers))
  return decodeParquet(source.key, rowGroupFile(source, footer, group, { fetched, decoded }), group.numRows)
}

/** The columns that are read: those of storage_options.columns, or all. */
function pick({ key }: ByteSource, { columns }: Footer, { columns: names }: OpenHint): readonly Column[] {
  if (names === undefined || names.length === 0) return columns
  return names.map((name) => {
    const column = columns.find((each) => each.name === name)
    if (column) return column
    throw unsupported(key, `${key} has no column "${name}"`, `its columns: ${columns.map((each) => each.name).join(', ').slice(0, 400)}`)
  })
}

/** Of the footer one read, or none where an earlier open left it; of a row group one read, where its columns are neighbours. */
async function open(given: ByteSource, hint: OpenHint): Promise<SampleReader> {
  const { key } = given
  const { source, bytes } = await readFooterBytes(given, hint.memo)
  const footer = parseFooter(source, bytes)
  const picked = pick(source, footer, hint)
  const numbers = picked.filter(({ isNumbers }) => isNumbers)
  const main = numbers.find(({ name }) => name === 'data') ?? numbers[0]
  if (!main) throw unsupported(key, `${key} has no column of numbers to be the sample`, 'inspect lists its columns')

  const ends: number[] = []
  for (const { numRows } of footer.rowGroups) ends.push((ends.at(-1) ?? 0) + numRows)
  const groupOf = (index: number): number => ends.findIndex((end) => index < end)
  const fetched = new Map<number, Promise<FetchedGroup>>()
  const fetch = (group: number): Promise<FetchedGroup> => {
    const known = fetched.get(group)
    if (known) return known
    const fetching = fetchRowGroup(source, footer.rowGroups[group]!, namesOf(picked))
    fetched.set(group, fetching)
    fetching.catch(() => { fetched.delete(group) }) // a failed fetch is not remembered
    return fetching
  }
  const decoded = new Map<number, NumberColumn>()
  const columnOf = async (group: number): Promise<NumberColumn> => {
    const known = decoded.get(group)
    if (known) return known
    const column = decodeGroup(source, footer, footer.rowGroups[group]!, { fetched: await fetch(group), picked }).get(main.name)
    if (!column) throw unsupported(key, `${key} has numbers in column ${main.name} that are not read`)
    decoded.set(group, column)
    return column
  }
  return {
    numSamples: footer.numRows,
    async prepare(indexes) {
      await Promise.all([...new Set(indexes.filter((index) => index >= 0 && index < footer.numRows).map(groupOf))].map(fetch))
    },
    async readSample(index) {
      checkSampleIndex(key, index, footer.numRows)
      const group = groupOf(index)
      return rowOf(await columnOf(group), index - (ends[group - 1] ?? 0))
    },
  }
}

function rowOf({ dtype, bytes, offsets }: NumberColumn, row: number): Tensor {
  const itemSize = itemSizes[dtype]
  if (!offsets) return { dtype, shape: [], strides: [], bytes, offset: row * itemSize }
  const [begin, end] = [offsets[row]!, offsets[row + 1]!]
  return { dtype, shape: [end - begin], strides: [itemSize], bytes, offset: begin * itemSize }
}

/** Every column; with values where all rows are numbers, of one length and none missing. */
async function inspect(given: ByteSource, hint: OpenHint): Promise<Inspection> {
  const { source, bytes } = await readFooterBytes(given, hint.memo)
  const footer = parseFooter(source, bytes)
  const parts = new Map<string, NumberColumn[]>(footer.columns.map(({ name }) => [name, []]))
  for (const group of footer.rowGroups) {
    if (group.numRows === 0) continue
    const numbers = footer.columns.filter(({ isNumbers }) => isNumbers)
    if (numbers.length === 0) break
    const fetched = await fetchRowGroup(source, group, namesOf(numbers))
    for (const [name, part] of decodeGroup(source, footer, group, { fetched, picked: numbers })) parts.get(name)!.push(part)
  }
  const arrays = footer.columns.map((column) => {
    const tensor = column.isNumbers ? joined(column, parts.get(column.name)!, footer.numRows) : undefined
    return tensor ? { name: column.name, dtype: tensor.dtype, shape: tensor.shape, tensor } : { name: column.name, dtype: column.dtype, shape: [footer.numRows] }
  })
  return { numSamples: footer.numRows, arrays }
}

/** The parts of a column, row group by row group, as one array; undefined where rows differ in length or miss values. */
function joined(column: Column, parts: readonly NumberColumn[], rows: number): Tensor | undefined {
  if (parts.some(({ hasNulls }) => hasNulls) || (parts.length === 0 && rows > 0)) return undefined
  const widths = new Set(parts.flatMap(({ offsets }) => (offsets ? lengthsOf(offsets) : [])))
  if (widths.size > 1) return undefined
  const dtype = parts[0]?.dtype ?? column.dtype as DType
  const shape = column.isList ? [rows, [...widths][0] ?? 0] : [rows]
  return { dtype, shape, strides: packedStrides(shape, itemSizes[dtype]), bytes: Buffer.concat(parts.map(({ bytes }) => bytes)), offset: 0 }
}

function lengthsOf(offsets: Float64Array): number[] {
  return [...new Set(offsets.subarray(1).map((end, row) => end - offsets[row]!))]
}
