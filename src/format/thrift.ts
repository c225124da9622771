// Thrift's compact protocol, as Parquet's metadata use it: any struct to a tree and back. Nothing is believed: a list longer
// than the bytes that are left is damaged. Source: Apache Thrift, thrift-compact-protocol.md.

import type { Cursor } from './cursor.ts'
import { damaged } from './format-fault.ts'

export const types = { yes: 1, no: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, set: 10, map: 11, struct: 12 } as const

/** Fields by number. `type` is one of the types above; of a boolean it is always `yes`. */
export type Struct = Map<number, Field>
export interface Field { readonly type: number; readonly value: Value }
export interface List { readonly type: number; readonly items: readonly Value[] }
/** Doubles are kept as their eight bytes, maps are skipped. */
export type Value = boolean | number | Uint8Array | List | Struct

const deepest = 32

export function readStruct(cursor: Cursor, depth = 0): Struct {
  if (depth > deepest) throw damaged(cursor.key, cursor.offset, `${cursor.key} has metadata nested deeper than ${deepest} at ${cursor.offset}`)
  const fields: Struct = new Map()
  for (let id = 0; ;) {
    const head = cursor.u8()
    if (head === 0) return fields
    const type = head & 15
    id = head >> 4 === 0 ? readInteger(cursor) : id + (head >> 4)
    if (type === types.map) throw damaged(cursor.key, cursor.offset, `${cursor.key} has a map in its metadata at ${cursor.offset}`)
    fields.set(id, type === types.yes || type === types.no ? { type: types.yes, value: type === types.yes } : { type, value: readValue(cursor, type, depth) })
  }
}

function readValue(cursor: Cursor, type: number, depth: number): Value {
  switch (type) {
    case types.yes: case types.no: return cursor.u8() === 1
    case types.byte: return cursor.u8() << 24 >> 24
    case types.i16: case types.i32: case types.i64: return readInteger(cursor)
    case types.double: return cursor.take(8)
    case types.binary: return cursor.take(readCount(cursor))
    case types.list: case types.set: {
      const head = cursor.u8()
      const count = head >> 4 === 15 ? readCount(cursor) : head >> 4
      if (count > cursor.remaining) throw damaged(cursor.key, cursor.offset, `${cursor.key} has a list of ${count} at ${cursor.offset}, ${cursor.remaining} bytes are left`)
      const items: Value[] = []
      for (let i = 0; i < count; i++) items.push(readValue(cursor, head & 15, depth + 1))
      return { type: head & 15, items }
    }
    case types.struct: return readStruct(cursor, depth + 1)
    default: throw damaged(cursor.key, cursor.offset, `${cursor.key} has metadata of an unknown type at ${cursor.offset}`)
  }
}

/** A variable-length number, unsigned. Above 2^53 − 1 there are no sizes or counts. */
function readCount(cursor: Cursor): number {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.u8()
    value += (byte & 127) * scale
    if (value > Number.MAX_SAFE_INTEGER) throw damaged(cursor.key, cursor.offset, `${cursor.key} states an impossible number at ${cursor.offset}`)
    if (byte < 128) return value
  }
}

/** Zig-zag: 0, −1, 1, −2, … */
function readInteger(cursor: Cursor): number {
  const value = readCount(cursor)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

export function structBytes(struct: Struct): Buffer {
  const parts: Uint8Array[] = []
  writeStruct(parts, struct)
  return Buffer.concat(parts)
}

function writeStruct(parts: Uint8Array[], struct: Struct): void {
  let last = 0
  for (const [id, { type, value }] of [...struct].toSorted(([a], [b]) => a - b)) {
    const written = type === types.yes && value === false ? types.no : type
    const step = id - last
    if (step > 0 && step < 16) parts.push(Buffer.from([step << 4 | written]))
    else parts.push(Buffer.from([written]), integerBytes(id))
    if (type !== types.yes) writeValue(parts, type, value)
    last = id
  }
  parts.push(Buffer.from([0]))
}

function writeValue(parts: Uint8Array[], type: number, value: Value): void {
  if (value instanceof Uint8Array) {
    if (type === types.binary) parts.push(countBytes(value.length))
    parts.push(value)
  } else if (value instanceof Map) {
    writeStruct(parts, value)
  } else if (typeof value === 'object') {
    const count = value.items.length
    parts.push(count < 15 ? Buffer.from([count << 4 | value.type]) : Buffer.concat([Buffer.from([0xf0 | value.type]), countBytes(count)]))
    for (const item of value.items) writeValue(parts, value.type, item)
  } else if (typeof value === 'boolean') {
    parts.push(Buffer.from([value ? 1 : 2]))
  } else {
    parts.push(type === types.byte ? Buffer.from([value & 255]) : integerBytes(value))
  }
}

export function countBytes(count: number): Buffer {
  const bytes: number[] = []
  let rest = count
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(rest % 128 | 128)
  bytes.push(rest)
  return Buffer.from(bytes)
}

function integerBytes(value: number): Buffer {
  return countBytes(value < 0 ? -2 * value - 1 : 2 * value)
}

export function numberOf(struct: Struct, id: number): number | undefined {
  const value = struct.get(id)?.value
  return typeof value === 'number' ? value : undefined
}

export function structsOf(struct: Struct, id: number): Struct[] {
  const field = struct.get(id)
  if (field?.type !== types.list) return []
  return (field.value as List).items.filter((item): item is Struct => item instanceof Map)
}
