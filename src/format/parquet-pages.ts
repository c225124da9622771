// Walks the pages of a column chunk before a decoder sees them: sizes that contradict each other, checksums that do not fit,
// and declarations that would cost more memory than any data set are found here. Source: parquet.thrift, PageHeader.

import { Cursor } from './cursor.ts'
import { damaged, refused } from './format-fault.ts'
import type { ColumnChunk } from './parquet-footer.ts'
import { numberOf, readStruct, type Struct } from './thrift.ts'
import { crc32 } from '../util/crc.ts'
import { MiB } from '../util/units.ts'

/** What a row group may become, in bytes, or so many times the object. */
const freeLength = 32 * MiB
const bombRatio = 100
/** A value in memory is at most so long. Bytes. */
const widestValue = 8

const [dataPage, dictionaryPage, dataPageV2] = [0, 2, 3]

export interface Limits { readonly key: string; readonly size: number; left: number }

export function decodeLimits({ key, size }: { readonly key: string; readonly size: number }): Limits {
  return { key, size, left: Math.max(freeLength, bombRatio * size) }
}

/** `bytes`: the whole chunk. Takes what it will cost from `limits`. @throws {Fault} 'format' */
export function checkPages(limits: Limits, chunk: ColumnChunk, bytes: Uint8Array): void {
  const { key } = limits
  const cursor = new Cursor(key, bytes, chunk.begin)
  spend(limits, chunk.numValues * widestValue)
  let values = 0
  while (values < chunk.numValues || (chunk.numValues === 0 && cursor.remaining > 0)) {
    const at = cursor.offset
    if (cursor.remaining === 0) throw damaged(key, at, `${key} has ${values} of ${chunk.numValues} values of column ${chunk.column} before ${at}`)
    const header = readStruct(cursor)
    const [type, decodedLength = -1, length = -1, checksum] = [1, 2, 3, 4].map((id) => numberOf(header, id))
    if (decodedLength < 0 || length < 0) throw damaged(key, at, `${key} has a page without a size at ${at}`)
    const page = cursor.take(length)
    if (checksum !== undefined && crc32(page) !== checksum >>> 0) throw damaged(key, at, `${key} has a damaged page at ${at}: its CRC-32 is not that of its bytes`)
    spend(limits, decodedLength)
    const count = valuesOf(header, type)
    if (count < 0) throw damaged(key, at, `${key} has a page that does not state its values at ${at}`)
    if (type === dictionaryPage) spend(limits, count * widestValue)
    else values += count
  }
  if (values !== chunk.numValues) throw damaged(key, chunk.begin, `${key} has ${values} values of column ${chunk.column} where ${chunk.numValues} are declared`)
}

function valuesOf(header: Struct, type: number | undefined): number {
  const id = type === dataPage ? 5 : type === dictionaryPage ? 7 : type === dataPageV2 ? 8 : undefined
  if (id === undefined) return 0
  const about = header.get(id)?.value
  return about instanceof Map ? numberOf(about, 1) ?? -1 : -1
}

function spend(limits: Limits, bytes: number): void {
  limits.left -= bytes
  if (limits.left >= 0) return
  throw refused(limits.key, `${limits.key} is ${limits.size} bytes long and wants more than ${Math.max(freeLength, bombRatio * limits.size)} for one row group, which looks like a decompression bomb`)
}
