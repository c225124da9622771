// The shape of each file's records. Source: DLIO's generator: two normal draws per file from NumPy's legacy generator, seed 10.

import { MersenneTwister } from '../util/random.ts'
import type { RecordRule } from './settings.ts'

const shapeSeed = 10

/** Shapes by combined file index: train files first, then eval files. All samples of a file have the same. */
export interface RecordShapes {
  /** Whether every file has the same shape. */
  readonly constant: boolean
  /** Elements per axis of one sample. */
  shapeOf(fileIndex: number): readonly number[]
}

/** floor(sqrt(record length)): records are square, of this many elements a side. */
export function recordDimension(recordLength: number): number {
  return Math.floor(Math.sqrt(recordLength))
}

/**
 * Without a standard deviation nothing is drawn and nothing is held, however many files there are. Otherwise two numbers a
 * file; a larger `numFiles` leaves the shapes of earlier files as they were.
 */
export function recordShapes({ recordLength, recordLengthStdev, recordDims }: RecordRule, numFiles: number): RecordShapes {
  const dimension = recordDimension(recordLength)
  if (recordDims.length > 0 || recordLengthStdev === 0) {
    const shape = recordDims.length > 0 ? recordDims : [Math.max(1, dimension), Math.max(1, dimension)]
    return { constant: true, shapeOf: () => shape }
  }
  const random = new MersenneTwister(shapeSeed)
  const deviation = recordLengthStdev / (2 * Math.sqrt(recordLength))
  const sides = new Uint32Array(2 * numFiles)
  for (let i = 0; i < sides.length; i++) sides[i] = Math.max(1, Math.trunc(random.normal(dimension, deviation)))
  return { constant: false, shapeOf: (fileIndex) => [sides[2 * fileIndex]!, sides[2 * fileIndex + 1]!] }
}
