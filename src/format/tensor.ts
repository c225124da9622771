// What a decoder gives: numbers in place, described. Source: NumPy's array interface (dtype, shape, strides).

/** NumPy's names of the element types that we read as numbers. */
export type DType =
  | 'bool' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64'
  | 'float16' | 'float32' | 'float64' | 'complex64' | 'complex128'

export const itemSizes: Readonly<Record<DType, number>> = {
  bool: 1, int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8,
  float16: 2, float32: 4, float64: 8, complex64: 8, complex128: 16,
}

/**
 * An array over bytes that somebody else may own: valid until the reader's source is released. Little-endian.
 * Element [i, j, …] starts at byte `offset + (i * strides[0] + j * strides[1] + …)` of `bytes`.
 */
export interface Tensor {
  readonly dtype: DType
  /** Elements per axis; [] is one number. */
  readonly shape: readonly number[]
  /** Bytes from one element to the next, per axis. */
  readonly strides: readonly number[]
  readonly bytes: Uint8Array
  /** Byte of `bytes` where element [0, 0, …] starts. */
  readonly offset: number
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, length) => count * length, 1)
}

/** Byte strides of a packed array: the last axis (C order) or the first one (Fortran order) varies fastest. */
export function packedStrides(shape: readonly number[], itemSize: number, fortranOrder = false): number[] {
  const strides = shape.map(() => 0)
  let step = itemSize
  for (let i = 0; i < shape.length; i++) {
    const axis = fortranOrder ? i : shape.length - 1 - i
    strides[axis] = step
    step *= shape[axis]!
  }
  return strides
}
