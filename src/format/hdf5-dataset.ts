// One data set: what its elements are, and where they lie in the object.
// Source: HDF5 File Format Specification, IV.A.2.e-f (fill values), h (external files), i (layout), l (filters).

import { Cursor } from './cursor.ts'
import type { ElementType } from './dtype.ts'
import { damaged, refused } from './format-fault.ts'
import type { Extent } from './hdf5-chunk-table.ts'
import { readChunks, type Chunked } from './hdf5-chunks.ts'
import { addressAt, Unfamiliar, type Hdf5File, type Message } from './hdf5-file.ts'
import { isGroup } from './hdf5-group.ts'
import { readSpace, readType } from './hdf5-type.ts'

export type Storage =
  /** One run of bytes from `offset` of the object on. */
  | { readonly kind: 'contiguous'; readonly offset: number }
  /** The bytes are these. */
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  /** Nothing is stored: every element is the fill value. */
  | { readonly kind: 'unwritten' }
  | Chunked
  /** Where its elements are, only the library knows. */
  | { readonly kind: 'library' }

/** Plain data: it is kept from one opening of the object to the next. */
export interface DataSet {
  /** From the root: "/records_0". */
  readonly path: string
  readonly type: ElementType
  readonly shape: readonly number[]
  /** Bytes of all elements. */
  readonly length: number
  /** Of one element; undefined: zeros. */
  readonly fill: Uint8Array | undefined
  readonly storage: Storage
}

const types = { space: 0x01, datatype: 0x03, oldFill: 0x04, fill: 0x05, external: 0x07, layout: 0x08, filters: 0x0b } as const

export interface Found {
  readonly path: string
  readonly messages: readonly Message[]
}

/** Undefined when the object is no data set. @throws {Unfamiliar} when the library must describe it. @throws {Fault} 'format' */
export function dataSetOf(file: Hdf5File, { path, messages }: Found): DataSet | undefined {
  const { key } = file
  const find = (type: number): Cursor | undefined => {
    const message = messages.find((each) => each.type === type)
    if (message?.isShared) throw new Unfamiliar('shared message')
    return message && new Cursor(key, message.body.bytes, message.body.base)
  }
  if (isGroup(messages)) return undefined
  const spaceBody = find(types.space), typeBody = find(types.datatype), layoutBody = find(types.layout)
  if (!spaceBody || !typeBody || !layoutBody) return undefined
  if (messages.some(({ type }) => type === types.external)) throw refused(key, `${key} keeps ${path} in another file, which is never opened`)
  const elements = readType(typeBody)
  const space = readSpace(spaceBody)
  if (!space) return { path, type: { ...elements.type, kind: 'structured' }, shape: [], length: 0, fill: undefined, storage: { kind: 'unwritten' } }
  const shape = [...space.shape, ...elements.axes]
  const length = shape.reduce((product, axis) => product * axis, elements.type.itemSize)
  if (length > Number.MAX_SAFE_INTEGER) throw damaged(key, layoutBody.base, `${key} states an impossible shape for ${path}`)
  const itemSize = elements.axes.reduce((product, axis) => product * axis, elements.type.itemSize)
  const common = { path, type: elements.type, shape, length, fill: fillValue(find(types.fill), find(types.oldFill), elements.type.itemSize) }
  const { dtype, ...listed } = elements.type
  if (dtype === undefined) return { ...common, type: listed, storage: { kind: 'library' } }
  return { ...common, storage: storageOf({ file, path, space, itemSize, length, axes: elements.axes, filters: find(types.filters) }, layoutBody) }
}

/** Where only the storage is unfamiliar, all else is still known. */
function storageOf(extent: Extent, body: Cursor): Storage {
  try {
    return knownStorage(extent, body)
  } catch (error) {
    if (error instanceof Unfamiliar) return { kind: 'library' }
    throw error
  }
}

function knownStorage(extent: Extent, body: Cursor): Storage {
  const { file, path, length } = extent
  const version = body.u8()
  if (version < 3 || version > 5) throw new Unfamiliar(`layout ${version}`)
  const kind = body.u8()
  if (kind === 0) {
    const bytes = body.take(body.u16())
    if (bytes.length !== length) throw damaged(file.key, body.base, `${file.key} has ${bytes.length} bytes of ${path}, whose shape needs ${length}`)
    return { kind: 'inline', bytes: bytes.slice() }
  }
  if (kind === 1) {
    const at = addressAt(body)
    if (at === undefined || length === 0) return { kind: 'unwritten' }
    const stored = body.u64()
    if (stored < length || file.base + at + length > file.pages.size) {
      throw damaged(file.key, body.base, `${file.key} has no room for the ${length} bytes of ${path}: ${stored} are said to be at ${file.base + at}, and it ends at ${file.pages.size}`)
    }
    return { kind: 'contiguous', offset: file.base + at }
  }
  if (kind === 3) throw refused(file.key, `${file.key} takes ${path} from other data sets (a virtual layout), and other files are never opened`)
  if (kind !== 2) throw new Unfamiliar(`layout class ${kind}`)
  return readChunks(extent, body, version)
}

/** The bytes of one element, or undefined for zeros. */
function fillValue(body: Cursor | undefined, old: Cursor | undefined, itemSize: number): Uint8Array | undefined {
  let length = 0
  if (body) {
    const version = body.u8()
    if (version === 3) length = body.u8() & 0x20 ? body.u32() : 0
    else {
      body.skip(2)
      length = body.u8() === 1 || version === 1 ? body.u32() : 0
    }
    if (length === itemSize) return nonZero(body.take(length))
  }
  if (length !== 0) throw new Unfamiliar('fill value')
  if (body || !old) return undefined
  length = old.u32()
  return length === itemSize ? nonZero(old.take(length)) : undefined
}

function nonZero(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.some((byte) => byte !== 0) ? bytes.slice() : undefined
}
