// Values as Parquet's pages hold them. Bytes go through a dictionary of all 256, so that their indexes are the bytes themselves:
// plain encoding would make four of each. Source: Apache Parquet, Encodings.md (PLAIN, RLE/bit-packing hybrid, dictionary).

import { countBytes } from './thrift.ts'
import { itemSizes } from './tensor.ts'
import type { WrittenColumn } from './parquet-columns.ts'

export function hasDictionary({ dtype }: WrittenColumn): boolean {
  return dtype === 'uint8' || dtype === 'int8'
}

/** Entry b is what the byte b means. */
export function dictionaryPage({ dtype }: WrittenColumn): Uint8Array {
  return new Uint8Array(Int32Array.from({ length: 256 }, (_, byte) => (dtype === 'int8' ? byte << 24 >> 24 : byte)).buffer)
}

/** How often a level is repeated: both kinds of level are 0 or 1, a bit. */
function run(count: number, value: 0 | 1): Uint8Array {
  return count === 0 ? Buffer.alloc(0) : Buffer.concat([countBytes(2 * count), Buffer.from([value])])
}

/** Repetition and definition levels of `rows` lists, each behind its length; nothing for plain columns. */
export function levels({ isList, size }: WrittenColumn, rows: number): Uint8Array {
  if (!isList) return Buffer.alloc(0)
  const row = Buffer.concat([run(1, 0), run(size - 1, 1)])
  const repetition = size <= 1 ? run(rows, 0) : Buffer.concat(Array<Uint8Array>(rows).fill(row))
  const definition = run(rows * Math.max(1, size), size === 0 ? 0 : 1)
  return Buffer.concat([lengthOf(repetition), repetition, lengthOf(definition), definition])
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return length
}

/** Bytes that `encodedValues` gives for `rows` rows; undefined where they depend on the values. */
export function valuesLength(column: WrittenColumn, rows: number): number | undefined {
  const count = rows * column.size
  if (column.dtype === 'string') return undefined
  if (column.dtype === 'binary') return rows * (4 + column.size)
  if (hasDictionary(column)) return 1 + countBytes(2 * Math.ceil(count / 8) + 1).length + 8 * Math.ceil(count / 8)
  if (column.dtype === 'bool') return Math.ceil(count / 8)
  return count * Math.max(itemSizes[column.dtype], column.dtype === 'float16' ? 2 : 4)
}

/** `content`: of `rows` rows, one after the other, from the beginning of a buffer. It is changed where it must become numbers. */
export function encodedValues(column: WrittenColumn, content: Uint8Array<ArrayBuffer>, rows: number): Uint8Array {
  const { dtype, size, isRaw } = column
  if (dtype === 'string') return strings(new Uint32Array(content.buffer, 0, rows))
  if (dtype === 'binary') return binaries(content, size, rows)
  if (isRaw) makeNumbers(column, content)
  if (hasDictionary(column)) return indexes(content)
  if (dtype === 'bool') return packedBits(content)
  // The smallest integers that are stored plainly have four bytes.
  if (dtype === 'int16') return bytesOf(Int32Array.from(new Int16Array(content.buffer, 0, content.length / 2)))
  if (dtype === 'uint16') return bytesOf(Int32Array.from(new Uint16Array(content.buffer, 0, content.length / 2)))
  return content
}

/** Random bytes as floating-point numbers from 1 up to 2: never NaN, infinite or subnormal. */
function makeNumbers({ dtype }: WrittenColumn, { buffer, length }: Uint8Array<ArrayBuffer>): void {
  if (dtype === 'float16') {
    const words = new Uint16Array(buffer, 0, length / 2)
    for (let i = 0; i < words.length; i++) words[i] = words[i]! & 0x03ff | 0x3c00
  } else if (dtype === 'float32' || dtype === 'float64') {
    const [step, and, or] = dtype === 'float32' ? [1, 0x007fffff, 0x3f800000] : [2, 0x000fffff, 0x3ff00000]
    const words = new Uint32Array(buffer, 0, length / 4)
    for (let i = step - 1; i < words.length; i += step) words[i] = words[i]! & and | or
  }
}

/** Indexes of eight bits, in one bit-packed run of whole groups of eight. */
function indexes(content: Uint8Array): Uint8Array {
  const groups = Math.ceil(content.length / 8)
  const head = Buffer.concat([Buffer.from([8]), countBytes(2 * groups + 1)])
  const bytes = Buffer.alloc(head.length + 8 * groups)
  bytes.set(head)
  bytes.set(content, head.length)
  return bytes
}

/** The lowest bit of each byte, eight to a byte, the first one lowest. */
function packedBits(content: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(content.length / 8))
  for (let i = 0; i < content.length; i++) bits[i >> 3]! |= (content[i]! & 1) << (i & 7)
  return bits
}

/** "s_" and a number below 2^31, as the fork's. */
function strings(numbers: Uint32Array): Uint8Array {
  return Buffer.concat([...numbers].flatMap((number) => {
    const text = Buffer.from(`s_${number & 0x7fffffff}`, 'latin1')
    return [lengthOf(text), text]
  }))
}

function binaries(content: Uint8Array, size: number, rows: number): Uint8Array {
  const bytes = Buffer.alloc(rows * (4 + size))
  for (let row = 0; row < rows; row++) {
    const at = row * (4 + size)
    bytes.writeUInt32LE(size, at)
    bytes.set(content.subarray(row * size, (row + 1) * size), at + 4)
  }
  return bytes
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
