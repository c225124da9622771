// The metadata that is written: superblock 3, object headers 2, and the messages in them, as h5py writes them with libver=latest.
// Source: HDF5 File Format Specification, II.A, IV.A.1.b, IV.A.2. Without times: the same data set has the same bytes, whenever it is written.

import { lookup3 } from './hdf5-checksum.ts'
import { filterIds } from './hdf5-filters.ts'
import { itemSizes, type DType } from './tensor.ts'

export type Bytes = readonly number[]

export const superblockLength = 48
/** Bytes for messages in a data set's header, and in a group's of up to two data sets: what the library reserves. */
const dataSetRoom = 256
const groupRoom = 136

export function number(value: number, width: number): Bytes {
  return Array.from({ length: width }, (_, index) => Math.floor(value / 256 ** index) % 256)
}

export const nowhere: Bytes = Array.from({ length: 8 }, () => 0xff)

function ascii(text: string): Bytes {
  return [...Buffer.from(text, 'latin1')]
}

/** The bytes and their checksum. */
export function sealed(bytes: Bytes): Bytes {
  return [...bytes, ...number(lookup3(Uint8Array.from(bytes)), 4)]
}

/** `root`: address of the root group. `size`: bytes of the file. */
export function superblock(root: number, size: number): Bytes {
  return sealed([0x89, ...ascii('HDF\r\n\x1a\n'), 3, 8, 8, 0, ...number(0, 8), ...nowhere, ...number(size, 8), ...number(root, 8)])
}

export interface Message { readonly type: number; readonly isConstant?: boolean; readonly body: Bytes }

function header(messages: readonly Message[], room: number): Bytes {
  const body = messages.flatMap(({ type, isConstant, body: bytes }) => [type, ...number(bytes.length, 2), isConstant ? 1 : 0, ...bytes])
  const rest = room - body.length
  // What is left is a message that says nothing; three bytes cannot be one.
  const gap = rest >= 4 ? [0, ...number(rest - 4, 2), 0, ...number(0, rest - 4)] : []
  return sealed([...ascii('OHDR'), 2, 2, ...number(body.length + gap.length, 4), ...body, ...gap])
}

/** The root group: a name and an address for each data set. */
export function groupHeader(links: readonly { readonly name: string; readonly address: number }[]): Bytes {
  return header([
    { type: 0x02, body: [0, 0, ...nowhere, ...nowhere] },
    { type: 0x0a, isConstant: true, body: [0, 0] },
    ...links.map(({ name, address }) => ({ type: 0x06, body: [1, 0, name.length, ...ascii(name), ...number(address, 8)] })),
  ], groupRoom)
}

export interface SetHeader {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly maxShape: readonly number[]
  readonly layout: Bytes
  /** Bytes of a chunk; absent: there are none. */
  readonly chunkLength?: number
  readonly filter?: WrittenFilter
}

/** What chunks go through. */
export type WrittenFilter =
  /** `level`: 0 to 9. */
  | { readonly name: 'gzip'; readonly level: number }
  | { readonly name: 'lzf' }

export function dataSetHeader({ dtype, shape, maxShape, layout, chunkLength, filter }: SetHeader): Bytes {
  return header([
    { type: 0x01, body: [2, shape.length, 1, 1, ...shape.flatMap((length) => number(length, 8)), ...maxShape.flatMap((length) => number(length, 8))] },
    { type: 0x03, isConstant: true, body: datatype(dtype) },
    // The fill value is zero; space is taken late, or chunk by chunk.
    { type: 0x05, isConstant: true, body: [3, chunkLength === undefined ? 0x0a : 0x0b] },
    { type: 0x08, body: layout },
    ...(filter ? [{ type: 0x0b, isConstant: true, body: filterPipeline(filter, chunkLength!) }] : []),
  ], dataSetRoom)
}

/** One optional filter: a chunk that it cannot shorten is stored as it is. Source: h5py's lzf filter for its name and values. */
function filterPipeline(filter: WrittenFilter, chunkLength: number): Bytes {
  if (filter.name === 'gzip') return [2, 1, ...number(filterIds.deflate, 2), 1, 0, 1, 0, ...number(filter.level, 4)]
  const name = ascii('lzf\0')
  // Versions of h5py's filter and of LibLZF, and bytes of a chunk.
  const values = [4, 0x105, chunkLength]
  return [2, 1, ...number(filterIds.lzf, 2), ...number(name.length, 2), 1, 0, ...number(values.length, 2), ...name, ...values.flatMap((value) => number(value, 4))]
}

/** Bits before the value: where sign, exponent and fraction are. */
const floats: Readonly<Record<number, Bytes>> = {
  2: [15, 10, 5, 0, 10, 15, 0],
  4: [31, 23, 8, 0, 23, 127, 0],
  8: [63, 52, 11, 0, 52, 0xff, 3],
}

function integer(size: number, isSigned: boolean): Bytes {
  return [0x10, isSigned ? 8 : 0, 0, 0, ...number(size, 4), 0, 0, ...number(8 * size, 2)]
}

function real(size: number): Bytes {
  const [sign, exponentAt, exponentBits, fractionAt, fractionBits, biasLow, biasHigh] = floats[size] as [number, number, number, number, number, number, number]
  return [0x11, 0x20, sign, 0, ...number(size, 4), 0, 0, ...number(8 * size, 2), exponentAt, exponentBits, fractionAt, fractionBits, biasLow, biasHigh, 0, 0]
}

/** As h5py writes NumPy's types: bool is an enumeration over int8, complex numbers are compounds of r and i. */
export function datatype(dtype: DType): Bytes {
  const size = itemSizes[dtype]
  switch (dtype) {
    case 'bool': return [0x38, 2, 0, 0, ...number(1, 4), ...integer(1, true), ...ascii('FALSE\0TRUE\0'), 0, 1]
    case 'float16': case 'float32': case 'float64': return real(size)
    case 'complex64': case 'complex128': return [0x36, 2, 0, 0, ...number(size, 4), ...ascii('r\0'), 0, ...real(size / 2), ...ascii('i\0'), size / 2, ...real(size / 2)]
    case 'int8': case 'int16': case 'int32': case 'int64': return integer(size, true)
    case 'uint8': case 'uint16': case 'uint32': case 'uint64': return integer(size, false)
    default: return dtype satisfies never
  }
}

/** `address` undefined: nothing is stored. */
export function contiguousLayout(address: number | undefined, length: number): Bytes {
  return [4, 1, ...(address === undefined ? nowhere : number(address, 8)), ...number(length, 8)]
}
