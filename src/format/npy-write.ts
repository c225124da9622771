// NPY arrays as NumPy writes them, byte for byte.
// Source: numpy.lib.format: _write_array_header (room for the first axis to grow) and _wrap_header (padding to 64).

import { MiB } from '../util/units.ts'
import { refuseCompression } from './compression.ts'
import { descrOf } from './dtype.ts'
import type { EncodeOptions, SampleBlock } from './format.ts'
import { arrayFill, arrayLength, arrayPieces } from './interleave.ts'

/** Bytes of a piece when an object is written in pieces. */
export const pieceLength: number = 4 * MiB

/** NumPy leaves room for a first axis of this many digits. */
const growthDigits = 21

/** Magic, version 1.0, length and dict of a C-order array; a multiple of 64 bytes. */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  let text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`
  if (shape.length > 0) text += ' '.repeat(Math.max(0, growthDigits - String(shape[0]).length))
  // A header that fits exactly gets 64 more blanks: NumPy pads by 1 to 64.
  text += ' '.repeat(64 - ((10 + text.length + 1) % 64))
  text += '\n'
  const header = Buffer.alloc(10 + text.length)
  header.write('\u0093NUMPY\u0001\u0000', 'latin1')
  header.writeUInt16LE(text.length, 8)
  header.write(text, 10, 'latin1')
  return header
}

/** DLIO's array of a file: samples on the last axis, even when there is one. */
export function samplesHeader({ dtype, shape, numSamples }: SampleBlock): Uint8Array {
  return npyHeader(descrOf(dtype), [...shape, numSamples])
}

export async function* encodeNpy(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  refuseCompression('npy', options)
  yield samplesHeader(samples)
  yield* arrayPieces(samples, pieceLength)
}

export function encodeNpyInto(samples: SampleBlock, options: EncodeOptions, into: Uint8Array): void {
  refuseCompression('npy', options)
  const header = samplesHeader(samples)
  into.set(header)
  arrayFill(samples)(0, into.subarray(header.length))
}

export function npyEncodedSize(samples: SampleBlock, options: EncodeOptions): number {
  refuseCompression('npy', options)
  return samplesHeader(samples).length + arrayLength(samples)
}
