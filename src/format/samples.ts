// One array that holds many samples on its last axis, as DLIO's npz and npy files do. Views only.

import { damaged } from './format-fault.ts'
import type { SampleReader } from './format.ts'
import { itemSizes, packedStrides, type DType, type Tensor } from './tensor.ts'

/**
 * Samples in an array of `shape`: the length of its last axis, whatever the workload says, because that is what
 * `array[..., k]` accepts. A single number (shape []) is one sample.
 */
export function sampleCount(shape: readonly number[]): number {
  return shape.at(-1) ?? 1
}

/** `array[..., index]` of NumPy. @throws {Fault} 'format' when the index is not below the number of samples. */
export function sampleView(key: string, array: Tensor, index: number): Tensor {
  checkSampleIndex(key, index, sampleCount(array.shape))
  if (array.shape.length === 0) return array
  return {
    ...array,
    shape: array.shape.slice(0, -1),
    strides: array.strides.slice(0, -1),
    offset: array.offset + index * array.strides.at(-1)!,
  }
}

/** Of all samples of an array that is there. */
export function arrayReader(key: string, array: Tensor): SampleReader {
  return { numSamples: sampleCount(array.shape), readSample: async (index) => sampleView(key, array, index) }
}

export function checkSampleIndex(key: string, index: number, numSamples: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < numSamples)) {
    throw damaged(key, 0, `${key} has no sample ${index}: it holds ${numSamples}, counted from 0`)
  }
}

/** How the elements of an array lie in a file. */
export interface Layout {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly fortranOrder: boolean
  readonly bigEndian: boolean
}

/** The array whose first element is byte `offset` of `bytes`. A view; big-endian elements are swapped in a copy, once. */
export function arrayTensor({ dtype, shape, fortranOrder, bigEndian }: Layout, bytes: Uint8Array, offset: number): Tensor {
  const itemSize = itemSizes[dtype]
  const strides = packedStrides(shape, itemSize, fortranOrder)
  if (!bigEndian) return { dtype, shape, strides, bytes, offset }
  const length = shape.includes(0) ? 0 : shape.reduce((product, axis) => product * axis, itemSize)
  return { dtype, shape, strides, bytes: swapped(bytes.subarray(offset, offset + length), dtype), offset: 0 }
}

function swapped(bytes: Uint8Array, dtype: DType): Uint8Array {
  const copy = Buffer.from(bytes)
  switch (dtype === 'complex64' ? 4 : dtype === 'complex128' ? 8 : itemSizes[dtype]) {
    case 2: return copy.swap16()
    case 4: return copy.swap32()
    case 8: return copy.swap64()
    default: return copy
  }
}
