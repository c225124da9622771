// Values of a tensor, for comparing and for printing. Not on the hot path: a benchmark never looks at a number.

import { crc32 } from '../util/crc.ts'
import { elementCount, itemSizes, type Tensor } from './tensor.ts'

/** As in JSON: integers beyond 2^53 and the numbers that JSON lacks are strings, complex numbers are [re, im]. */
export type Value = number | boolean | string | [Scalar, Scalar]
export type Scalar = number | string

/** The elements in C order, little-endian, packed: a view where they already lie so, else a copy. */
export function packedBytes(tensor: Tensor): Uint8Array {
  const itemSize = itemSizes[tensor.dtype]
  const length = elementCount(tensor.shape) * itemSize
  const axes = foldedAxes(tensor)
  if (length === 0 || axes.length === 0 || (axes.length === 1 && axes[0]!.stride === itemSize)) {
    return tensor.bytes.subarray(tensor.offset, tensor.offset + length)
  }
  const packed = new Uint8Array(length)
  gather({ from: viewOf(tensor.bytes), to: viewOf(packed), axes, itemSize }, 0, tensor.offset, 0)
  return packed
}

/** CRC-32 of packedBytes, eight hexadecimal digits. */
export function crc32Hex(tensor: Tensor): string {
  return crc32(packedBytes(tensor)).toString(16).padStart(8, '0')
}

/** The first `count` values in C order. */
export function headValues(tensor: Tensor, count = 16): Value[] {
  return valuesBetween(tensor, 0, Math.min(count, elementCount(tensor.shape)))
}

/** Values `begin` to `end` (exclusive) in C order. */
export function valuesBetween(tensor: Tensor, begin: number, end: number): Value[] {
  const view = viewOf(tensor.bytes)
  const values: Value[] = []
  for (let index = begin; index < end; index++) {
    let offset = tensor.offset
    for (let axis = tensor.shape.length - 1, rest = index; axis >= 0; axis--) {
      const length = tensor.shape[axis]!
      offset += (rest % length) * tensor.strides[axis]!
      rest = Math.floor(rest / length)
    }
    values.push(valueAt(view, offset, tensor.dtype))
  }
  return values
}

function valueAt(view: DataView, offset: number, dtype: Tensor['dtype']): Value {
  switch (dtype) {
    case 'bool': return view.getUint8(offset) !== 0
    case 'int8': return view.getInt8(offset)
    case 'uint8': return view.getUint8(offset)
    case 'int16': return view.getInt16(offset, true)
    case 'uint16': return view.getUint16(offset, true)
    case 'int32': return view.getInt32(offset, true)
    case 'uint32': return view.getUint32(offset, true)
    case 'int64': return wideInteger(view.getBigInt64(offset, true))
    case 'uint64': return wideInteger(view.getBigUint64(offset, true))
    case 'float16': return real(float16(view.getUint16(offset, true)))
    case 'float32': return real(view.getFloat32(offset, true))
    case 'float64': return real(view.getFloat64(offset, true))
    case 'complex64': return [real(view.getFloat32(offset, true)), real(view.getFloat32(offset + 4, true))]
    case 'complex128': return [real(view.getFloat64(offset, true)), real(view.getFloat64(offset + 8, true))]
    default: return dtype satisfies never
  }
}

function wideInteger(value: bigint): Scalar {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function real(value: number): Scalar {
  return Number.isFinite(value) ? value : String(value)
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
export function float16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

interface Axis { readonly length: number; readonly stride: number }

/** Axes without those of length 1, and neighbours that are one run made one. */
function foldedAxes({ shape, strides }: Tensor): Axis[] {
  const axes: Axis[] = []
  for (const [index, length] of shape.entries()) {
    const stride = strides[index]!
    if (length === 1) continue
    const outer = axes.at(-1)
    if (outer && outer.stride === stride * length) axes[axes.length - 1] = { length: outer.length * length, stride }
    else axes.push({ length, stride })
  }
  return axes
}

interface Gather { readonly from: DataView; readonly to: DataView; readonly axes: readonly Axis[]; readonly itemSize: number }

/** Copies what lies under axis `axis` at `begin` of `from` to `at` of `to`; gives the position after it. */
function gather(job: Gather, axis: number, begin: number, at: number): number {
  const { length, stride } = job.axes[axis]!
  if (axis === job.axes.length - 1) {
    copyElements(job, begin, at)
    return at + length * job.itemSize
  }
  let next = at
  for (let index = 0; index < length; index++) next = gather(job, axis + 1, begin + index * stride, next)
  return next
}

/** The last axis. DataView, because data in NPZ files begin at odd offsets, where typed arrays cannot. */
function copyElements({ from, to, axes, itemSize }: Gather, begin: number, at: number): void {
  const { length, stride } = axes.at(-1)!
  const end = begin + length * stride
  let o = at
  if (stride === itemSize) {
    bytesOf(to).set(bytesOf(from).subarray(begin, end), at)
  } else if (itemSize === 1) {
    for (let i = begin; i < end; i += stride) to.setUint8(o++, from.getUint8(i))
  } else if (itemSize === 2) {
    for (let i = begin; i < end; i += stride, o += 2) to.setUint16(o, from.getUint16(i, true), true)
  } else if (itemSize === 4) {
    for (let i = begin; i < end; i += stride, o += 4) to.setUint32(o, from.getUint32(i, true), true)
  } else {
    for (let i = begin; i < end; i += stride) {
      for (let part = 0; part < itemSize; part += 4, o += 4) to.setUint32(o, from.getUint32(i + part, true), true)
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
