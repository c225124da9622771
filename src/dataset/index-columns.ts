// The columns of a file table as the bytes of an index file, and back. Pieces of about a megabyte: nothing is there twice.

import { Buffer } from 'node:buffer'
import { maxChunks, StringTable, terminator } from '../util/string-table.ts'
import { MiB } from '../util/units.ts'
import { ETags } from './etags.ts'
import type { FileTable } from './file-table.ts'
import type { Encoding } from './index-contents.ts'

const pieceSize = MiB

export interface EncodedColumn {
  readonly column: string
  readonly encoding: Encoding
  /** The memory of a piece is used again for the next. */
  readonly pieces: Iterable<Uint8Array>
}

export function columnsOf({ keys, sizes, etags }: FileTable): EncodedColumn[] {
  const isSmall = sizes.every((size) => size < 2 ** 32)
  return [
    { column: 'key', encoding: 'text', pieces: textPieces(keys) },
    { column: 'size', encoding: isSmall ? 'u32' : 'f64', pieces: isSmall ? numberPieces(sizes, 4, (into, value, at) => into.writeUInt32LE(value, at)) : numberPieces(sizes, 8, (into, value, at) => into.writeDoubleLE(value, at)) },
    ...(etags ? [etagColumn(etags)] : []),
  ]
}

function etagColumn({ parts }: ETags): EncodedColumn {
  if ('digests' in parts) return { column: 'etag', encoding: 'md5', pieces: [parts.digests] }
  return { column: 'etag', encoding: 'text', pieces: textPieces(new StringTable(parts.texts)) }
}

/** The strings without their common prefix. */
function* textPieces(table: StringTable): Generator<Uint8Array, void> {
  let piece = Buffer.allocUnsafeSlow(pieceSize)
  let used = 0
  for (let i = 0; i < table.length; i++) {
    const { bytes, offset } = table.rest(i)
    let end = offset
    while (bytes[end] !== terminator) end++
    if (used + end + 1 - offset > piece.length) {
      yield piece.subarray(0, used)
      used = 0
      if (end + 1 - offset > piece.length) piece = Buffer.allocUnsafeSlow(end + 1 - offset)
    }
    for (let at = offset; at <= end; at++) piece[used++] = bytes[at]!
  }
  yield piece.subarray(0, used)
}

function* numberPieces(values: Float64Array, width: number, write: (into: Buffer, value: number, at: number) => void): Generator<Uint8Array, void> {
  const piece = Buffer.allocUnsafeSlow(pieceSize)
  let used = 0
  for (const value of values) {
    if (used === piece.length) {
      yield piece
      used = 0
    }
    write(piece, value, used)
    used += width
  }
  yield piece.subarray(0, used)
}

/** The bytes of one section, from front to back. */
export interface SectionBytes {
  readonly length: number
  /** Fills all of `into` from byte `offset` of the section on. */
  read(offset: number, into: Uint8Array): Promise<void>
  /** Told all bytes once, in order. */
  check(bytes: Uint8Array): void
}

/** `rows` strings that begin with `prefix`, or undefined when there are not exactly so many. */
export async function readTexts(section: SectionBytes, rows: number, prefix: string): Promise<StringTable | undefined> {
  const chunks: Uint8Array<SharedArrayBuffer>[] = []
  const starts = new Uint32Array(new SharedArrayBuffer(4 * rows))
  let next = 0
  for (let offset = 0, size = pieceSize; offset < section.length;) {
    const chunk = new Uint8Array(new SharedArrayBuffer(Math.min(size, section.length - offset)))
    await section.read(offset, chunk)
    const used = chunk.lastIndexOf(terminator) + 1
    if ((used === 0 && chunk.length === section.length - offset) || chunks.length === maxChunks) return undefined
    if (used === 0) {
      size *= 2
      continue
    }
    // Strings begin in the first 2^20 bytes of a chunk: one that was made larger holds one string.
    const end = size > pieceSize ? chunk.indexOf(terminator) + 1 : used
    for (let at = 0; at < end; at = chunk.indexOf(terminator, at) + 1) {
      if (next === rows) return undefined
      starts[next++] = chunks.length * pieceSize + at
    }
    section.check(chunk.subarray(0, end))
    chunks.push(chunk)
    offset += end
    size = pieceSize
  }
  return next === rows ? new StringTable({ prefix, chunks, starts }) : undefined
}

/** `rows` sizes in bytes, or undefined when one cannot be a size. */
export async function readSizes(section: SectionBytes, rows: number, encoding: Encoding): Promise<Float64Array<SharedArrayBuffer> | undefined> {
  const sizes = new Float64Array(new SharedArrayBuffer(8 * rows))
  const width = encoding === 'u32' ? 4 : 8
  const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, section.length))
  let next = 0
  for (let offset = 0; offset < section.length; offset += piece.length) {
    const bytes = piece.subarray(0, Math.min(piece.length, section.length - offset))
    await section.read(offset, bytes)
    section.check(bytes)
    for (let at = 0; at < bytes.length; at += width) {
      const size = width === 4 ? bytes.readUInt32LE(at) : bytes.readDoubleLE(at)
      if (!Number.isSafeInteger(size) || size < 0) return undefined
      sizes[next++] = size
    }
  }
  return sizes
}

/** `rows` ETags, or undefined when there are not exactly so many. */
export async function readETags(section: SectionBytes, rows: number, encoding: Encoding): Promise<ETags | undefined> {
  if (encoding === 'text') {
    const texts = await readTexts(section, rows, '')
    return texts && new ETags({ texts: texts.parts })
  }
  const digests = new Uint8Array(new SharedArrayBuffer(section.length))
  await section.read(0, digests)
  section.check(digests)
  return new ETags({ digests })
}
