// The head of an NPY array: what follows it, and how much. Pure.
// Source: numpy.lib.format, "Format Version 1.0 / 2.0 / 3.0".

import { Cursor } from './cursor.ts'
import { elementType, type ElementType } from './dtype.ts'
import { damaged, refused, unsupported } from './format-fault.ts'
import { isDict, isTuple, LiteralError, parseLiteral, type Literal } from './python-literal.ts'
import type { DType } from './tensor.ts'

export interface NpyHeader {
  readonly type: ElementType
  /** Elements per axis. */
  readonly shape: readonly number[]
  /** First axis fastest; false where that is the same as the last one, as in one-dimensional arrays. NumPy's flags.fnc. */
  readonly fortranOrder: boolean
  /** Bytes from the array's start to its first element. */
  readonly dataOffset: number
  /** Bytes of all elements; 0 where their size is not known (structured types, objects). */
  readonly dataLength: number
}

/** Bytes that tell how long the header is: magic, version and the longer of the two length fields. */
export const npyPreludeLength = 12

/** NumPy writes 118 bytes or some multiple of 64 more; it refuses to parse more than 10 000 unasked. */
const maxHeaderLength = 65_536
/** NPY_MAXDIMS of NumPy 2. */
const maxAxes = 64

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

export function hasNpyMagic(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte)
}

/**
 * Bytes from the array's start to its first element, from its first npyPreludeLength bytes (fewer where the object ends).
 * `base` is where they start in the object.
 * @throws {Fault} 'format' when they do not begin an array, or begin one of an unknown version.
 */
export function npyDataOffset(key: string, prelude: Uint8Array, base: number): number {
  if (!hasNpyMagic(prelude)) throw damaged(key, base, `${key} has no NPY array at ${base}: the magic bytes are missing`)
  const cursor = new Cursor(key, prelude, base, magic.length)
  const major = cursor.u8()
  const minor = cursor.u8()
  if (major < 1 || major > 3 || minor !== 0) throw damaged(key, base + magic.length, `${key} says it is NPY version ${major}.${minor}, which does not exist`)
  const length = major === 1 ? cursor.u16() : cursor.u32()
  if (length > maxHeaderLength) throw refused(key, `${key} has an NPY header of ${length} bytes, which is more than ${maxHeaderLength}`)
  return cursor.position + length
}

/**
 * The header of the array that begins at byte `base` of the object; `bytes` holds at least the header.
 * `available` counts the bytes from `base` to where the array's bytes must end.
 * @throws {Fault} 'format' when it is damaged, or declares more data than there is.
 */
export function parseNpyHeader(key: string, bytes: Uint8Array, base: number, available: number): NpyHeader {
  const dataOffset = npyDataOffset(key, bytes, base)
  if (dataOffset > bytes.length) throw damaged(key, base, `${key} ends inside the NPY header at ${base}, which claims ${dataOffset} bytes`)
  const begin = bytes[magic.length] === 1 ? 10 : 12
  const raw = bytes.subarray(begin, dataOffset)
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString(bytes[magic.length] === 3 ? 'utf8' : 'latin1')
  const fail = (message: string): never => { throw damaged(key, base + begin, `${key} has a damaged NPY header at ${base + begin}: ${message}`) }

  const array = describedBy(text, fail)
  const { type, shape, dataLength } = array
  if (!(dataLength <= available - dataOffset)) {
    throw damaged(key, base + dataOffset, `${key} is cut short: ${type.name} of shape (${shape.join(', ')}) takes ${dataLength} bytes, ${Math.max(0, available - dataOffset)} are there`)
  }
  return { ...array, dataOffset }
}

type Described = Omit<NpyHeader, 'dataOffset'>

/** Files of one data set have the same header, and parsing it was a third of opening a 4 KiB file (3.5 of 10 µs): the last one is kept. */
let last: { readonly text: string; readonly array: Described } | undefined

function describedBy(text: string, fail: Fail): Described {
  if (last?.text !== text) last = { text, array: parseDict(text, fail) }
  return last.array
}

function parseDict(text: string, fail: Fail): Described {
  const fields = headerFields(text, fail)
  const shape = shapeOf(fields.shape, fail)
  const type = typeOf(fields.descr, fail)
  const elements = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1)
  return {
    type, shape,
    fortranOrder: fields.fortranOrder && !shape.includes(0) && shape.filter((length) => length > 1).length > 1,
    dataLength: type.kind === 'structured' || type.kind === 'object' ? 0 : elements * type.itemSize,
  }
}

/** The type as numbers. @throws {Fault} 'format' that says why the elements are none. */
export function numberType(key: string, type: ElementType): DType {
  if (type.dtype !== undefined) return type.dtype
  if (type.kind === 'object') throw refused(key, `${key} holds pickled Python objects, which are programs and are never run`, 'write arrays of numbers')
  throw unsupported(key, `${key} holds elements of type ${type.name}, which are not numbers that are read`, 'use a bool, int, uint, float or complex type')
}

type Fail = (message: string) => never

function headerFields(text: string, fail: Fail): { descr: Literal; fortranOrder: boolean; shape: Literal } {
  let literal: Literal
  try {
    literal = parseLiteral(text)
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error
    return fail(`${error.message} at character ${error.position}`)
  }
  if (!isDict(literal)) return fail('it is not a dict')
  const { entries } = literal
  const [descr, fortranOrder, shape] = [entries.get('descr'), entries.get('fortran_order'), entries.get('shape')]
  if (entries.size !== 3 || descr === undefined || shape === undefined || fortranOrder === undefined) {
    return fail(`it has the keys ${[...entries.keys()].map((name) => `"${name.slice(0, 40)}"`).slice(0, 8).join(', ')}, not descr, fortran_order and shape`)
  }
  return typeof fortranOrder === 'boolean' ? { descr, fortranOrder, shape } : fail('fortran_order is not True or False')
}

function shapeOf(literal: Literal, fail: Fail): number[] {
  if (!isTuple(literal)) return fail('shape is not a tuple')
  if (literal.items.length > maxAxes) return fail(`${literal.items.length} axes are more than ${maxAxes}`)
  return literal.items.map((length) =>
    typeof length === 'number' && Number.isSafeInteger(length) && length >= 0 ? length : fail('shape holds something that is not a length'))
}

function typeOf(descr: Literal, fail: Fail): ElementType {
  if (typeof descr === 'string') return elementType(descr) ?? fail(`"${descr.slice(0, 40)}" is no element type`)
  if (typeof descr !== 'object' || descr === null || descr.kind === 'dict') return fail('descr is no element type')
  const kind = holdsObjects(descr) ? 'object' : 'structured'
  return { name: literalText(descr).slice(0, 200), itemSize: 0, bigEndian: false, kind }
}

function holdsObjects(literal: Literal): boolean {
  if (typeof literal === 'string') return elementType(literal)?.kind === 'object'
  return typeof literal === 'object' && literal !== null && literal.kind !== 'dict' && literal.items.some(holdsObjects)
}

/** As Python would print it. */
function literalText(literal: Literal): string {
  if (typeof literal === 'string') return `'${literal}'`
  if (typeof literal === 'boolean') return literal ? 'True' : 'False'
  if (literal === null) return 'None'
  if (typeof literal === 'number') return String(literal)
  if (literal.kind === 'dict') return `{${[...literal.entries].map(([name, value]) => `'${name}': ${literalText(value)}`).join(', ')}}`
  const items = literal.items.map(literalText)
  if (literal.kind === 'list') return `[${items.join(', ')}]`
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}
