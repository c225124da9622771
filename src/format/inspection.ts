// What `inspect` found, as the JSON that people and tests compare with NumPy.

import type { ArrayDescription, Inspection } from './format.ts'
import { elementCount, itemSizes, type Tensor } from './tensor.ts'
import { crc32Hex, headValues, type Value } from './tensor-values.ts'

/** `bytes`, `crc32` and `head` (the first 16 values) are of the elements in C order, little-endian. */
export interface ValuesJson {
  readonly bytes: number
  readonly crc32: string
  readonly head: readonly Value[]
}

/** Values are absent where the elements are not numbers that are read. */
export interface ArrayJson extends Partial<ValuesJson> {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly fortran_order?: boolean
}

export interface InspectionJson {
  readonly format: string
  /** Bytes of the object. */
  readonly size: number
  readonly num_samples: number
  readonly arrays: readonly ArrayJson[]
}

/** One sample as the only array there is. */
export interface SampleJson extends InspectionJson {
  /** From 0. */
  readonly sample: number
}

export function inspectionJson(format: string, size: number, { numSamples, arrays }: Inspection): InspectionJson {
  return { format, size, num_samples: numSamples, arrays: arrays.map(arrayJson) }
}

export interface Sample {
  /** From 0, of `numSamples`. */
  readonly index: number
  readonly numSamples: number
  readonly tensor: Tensor
}

export function sampleJson(format: string, size: number, { index, numSamples, tensor }: Sample): SampleJson {
  return { format, size, num_samples: numSamples, sample: index, arrays: [{ name: 'sample', dtype: tensor.dtype, shape: tensor.shape, ...valuesJson(tensor) }] }
}

function arrayJson({ name, dtype, shape, fortranOrder, tensor }: ArrayDescription): ArrayJson {
  return {
    name, dtype, shape,
    ...(fortranOrder === undefined ? {} : { fortran_order: fortranOrder }),
    ...(tensor ? valuesJson(tensor) : {}),
  }
}

function valuesJson(tensor: Tensor): ValuesJson {
  return { bytes: elementCount(tensor.shape) * itemSizes[tensor.dtype], crc32: crc32Hex(tensor), head: headValues(tensor) }
}
