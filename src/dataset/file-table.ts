// The files of one set, in the order that samples are numbered: columns in shared memory, so threads look up, never copy.

import { StringTable, stringTable, type StringTableParts } from '../util/string-table.ts'
import { ETagBuilder, ETags, type ETagParts } from './etags.ts'

/** `numFiles` rows. File i holds the samples i·n … i·n + n − 1, n = numSamplesPerFile. */
export interface FileTable {
  readonly numFiles: number
  readonly numSamplesPerFile: number
  readonly keys: StringTable
  /** Bytes. Shape [numFiles]. Doubles: exact up to 2^53. */
  readonly sizes: Float64Array<SharedArrayBuffer>
  /** Absent when the listing showed none at all. */
  readonly etags?: ETags
}

/** A FileTable as plain data that structured clone shares. */
export interface FileTableParts {
  readonly numSamplesPerFile: number
  readonly keys: StringTableParts
  readonly sizes: Float64Array<SharedArrayBuffer>
  readonly etags?: ETagParts
}

export function fileTableParts({ numSamplesPerFile, keys, sizes, etags }: FileTable): FileTableParts {
  return { numSamplesPerFile, keys: keys.parts, sizes, ...(etags ? { etags: etags.parts } : {}) }
}

export function fileTableOf({ numSamplesPerFile, keys, sizes, etags }: FileTableParts): FileTable {
  return {
    numFiles: sizes.length, numSamplesPerFile, keys: new StringTable(keys), sizes,
    ...(etags ? { etags: new ETags(etags) } : {}),
  }
}

/** A table of files that are known already. Sizes in bytes. */
export function fileTable(files: readonly { readonly key: string; readonly size: number; readonly etag?: string }[], numSamplesPerFile: number): FileTable {
  const sizes = new Float64Array(new SharedArrayBuffer(8 * files.length))
  for (const [i, file] of files.entries()) sizes[i] = file.size
  const builder = new ETagBuilder()
  for (const { etag } of files) builder.push(etag)
  const etags = builder.build()
  return {
    numFiles: files.length, numSamplesPerFile, keys: stringTable(files.map((file) => file.key)), sizes,
    ...(etags ? { etags } : {}),
  }
}
