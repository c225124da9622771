// Element types and shapes as object headers describe them.
// Source: HDF5 File Format Specification, IV.A.2.b (dataspace) and IV.A.2.d (datatype).

import type { Cursor } from './cursor.ts'
import type { ElementType } from './dtype.ts'
import { damaged } from './format-fault.ts'
import { Unfamiliar } from './hdf5-file.ts'
import { itemSizes, type DType } from './tensor.ts'

/** What the elements of a data set are. */
export interface Elements {
  readonly type: ElementType
  /** Of an array inside each element: its axes follow those of the data set, as in h5py. */
  readonly axes: readonly number[]
}

const isDType = (name: string): name is DType => Object.hasOwn(itemSizes, name)

/** Elements that are listed and not read. */
export function described(name: string, itemSize: number, kind: ElementType['kind'] = 'structured'): Elements {
  return { type: { name, itemSize, bigEndian: false, kind }, axes: [] }
}

export function numbers(name: string, bigEndian = false): Elements {
  if (!isDType(name)) throw new Unfamiliar(`numbers of type ${name}`)
  return { type: { name, dtype: name, itemSize: itemSizes[name], bigEndian: bigEndian && itemSizes[name] > 1, kind: 'number' }, axes: [] }
}

/** @throws {Unfamiliar} for what is not one of NumPy's numbers and not plainly something else. */
export function readType(body: Cursor, depth = 0): Elements {
  const classAndVersion = body.u8()
  const [kind, version] = [classAndVersion & 15, classAndVersion >> 4]
  const flags = body.u8() | (body.u8() << 8) | (body.u8() << 16)
  const size = body.u32()
  if (depth > 4) throw new Unfamiliar('types in types')
  switch (kind) {
    case 0: return integer(body, flags, size)
    case 1: return real(body, flags, size)
    case 2: return described('time', size)
    case 3: return described(`|S${size}`, size, 'text')
    case 4: return described(`bitfield${size * 8}`, size)
    case 5: return described(`|V${size}`, size)
    case 6: return compound({ body, version, size, members: flags & 0xffff, depth })
    case 7: return described('reference', size)
    case 8: return enumeration({ body, version, size, members: flags & 0xffff, depth })
    case 9: return described((flags & 15) === 1 ? 'string' : 'vlen', size, 'text')
    case 10: return arrays(body, version, depth)
    default: throw new Unfamiliar(`datatype class ${kind}`)
  }
}

function integer(body: Cursor, flags: number, size: number): Elements {
  const [offset, precision] = [body.u16(), body.u16()]
  const name = `${flags & 8 ? '' : 'u'}int${size * 8}`
  // Numbers that fill only a part of their bytes mean what the reference says: the bytes, where they lie at the low end.
  if (offset !== 0 || precision > size * 8 || (precision < size * 8 && flags !== 0)) return described(`${name} of ${precision} bits`, size)
  return isDType(name) ? numbers(name, (flags & 1) !== 0) : described(name, size)
}

/** Sign, exponent and fraction as IEEE 754 has them: position and length of each, and the exponent's bias. */
const ieee: Readonly<Record<number, readonly number[]>> = {
  2: [15, 0, 16, 10, 5, 0, 10, 15],
  4: [31, 0, 32, 23, 8, 0, 23, 127],
  8: [63, 0, 64, 52, 11, 0, 52, 1023],
}

function real(body: Cursor, flags: number, size: number): Elements {
  const found = [(flags >> 8) & 0xff, body.u16(), body.u16(), body.u8(), body.u8(), body.u8(), body.u8(), body.u32()]
  const isIeee = ieee[size]?.every((value, index) => value === found[index]) === true && ((flags >> 4) & 3) === 2 && (flags & 0x40) === 0
  return isIeee ? numbers(`float${size * 8}`, (flags & 1) !== 0) : described(`float of ${size} bytes`, size, 'wide')
}

interface Members { readonly body: Cursor; readonly version: number; readonly size: number; readonly members: number; readonly depth: number }

/** A name, ended by a zero; padded to a multiple of 8 bytes before version 3. */
function memberName(body: Cursor, version: number): string {
  const begin = body.position
  while (body.u8() !== 0) continue
  const name = Buffer.from(body.bytes.subarray(begin, body.position - 1)).toString('utf8')
  if (version < 3) body.skip((8 - ((body.position - begin) % 8)) % 8)
  return name
}

/** h5py's complex numbers are pairs of r and i. Other compounds are described. */
function compound({ body, version, size, members, depth }: Members): Elements {
  if (members !== 2) return described(`compound of ${members} members`, size)
  const found: { name: string; offset: number; elements: Elements }[] = []
  for (let index = 0; index < members; index++) {
    const name = memberName(body, version)
    const offset = version >= 3 ? smallNumber(body, size) : body.u32()
    if (version === 1) body.skip(28)
    found.push({ name, offset, elements: readType(body, depth + 1) })
  }
  const [r, i] = found as [typeof found[0], typeof found[0]]
  const part = r.elements.type
  const isComplex = r.name === 'r' && i.name === 'i' && r.offset === 0 && i.offset === part.itemSize && size === 2 * part.itemSize
    && part.name === i.elements.type.name && part.bigEndian === i.elements.type.bigEndian && (part.name === 'float32' || part.name === 'float64')
  return isComplex ? numbers(`complex${size * 8}`, part.bigEndian) : described('compound of 2 members', size)
}

/** A number in as many bytes as `limit` needs. */
function smallNumber(body: Cursor, limit: number): number {
  let value = 0
  for (let scale = 1, rest = limit; rest > 0; rest = Math.floor(rest / 256), scale *= 256) value += body.u8() * scale
  return value
}

/** h5py's bool is an enumeration of FALSE and TRUE; others are read as the numbers that they are. */
function enumeration({ body, version, size, members, depth }: Members): Elements {
  const base = readType(body, depth + 1)
  if (size !== base.type.itemSize) throw new Unfamiliar('enumeration')
  if (members !== 2 || base.type.name !== 'int8') return base
  const names = [memberName(body, version), memberName(body, version)]
  const values = [body.u8(), body.u8()]
  return names[0] === 'FALSE' && names[1] === 'TRUE' && values[0] === 0 && values[1] === 1 ? numbers('bool') : base
}

function arrays(body: Cursor, version: number, depth: number): Elements {
  const rank = body.u8()
  if (version < 3) body.skip(3)
  const axes = Array.from({ length: rank }, () => body.u32())
  if (version < 3) body.skip(4 * rank)
  const base = readType(body, depth + 1)
  return { type: base.type, axes: [...axes, ...base.axes] }
}

export interface Space {
  readonly shape: readonly number[]
  /** Undefined where there is no limit. */
  readonly maxShape: readonly (number | undefined)[]
}

/** The axes of a data set; undefined when it has no elements at all, not even one (H5S_NULL). */
export function readSpace(body: Cursor): Space | undefined {
  const version = body.u8(), rank = body.u8(), flags = body.u8()
  if (version !== 1 && version !== 2) throw new Unfamiliar(`dataspace ${version}`)
  if (rank > 32) throw new Unfamiliar('axes')
  const kind = body.u8()
  if (version === 1) body.skip(4)
  else if (kind === 2) return undefined
  const shape = Array.from({ length: rank }, () => body.u64())
  if (!(flags & 1)) return { shape, maxShape: shape }
  const maxShape = shape.map((): number | undefined => {
    const low = body.u32(), high = body.u32()
    return low === 0xffffffff && high === 0xffffffff ? undefined : high * 2 ** 32 + low
  })
  if (maxShape.some((limit, axis) => limit !== undefined && limit < shape[axis]!)) throw damaged(body.key, body.base, `${body.key} has a data set of ${shape.join(' × ')} that may be only ${maxShape.join(' × ')}`)
  return { shape, maxShape }
}
