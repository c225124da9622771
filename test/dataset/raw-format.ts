// A format for tests: the samples' bytes one after the other, in pieces of one buffer that is used again and again.

import { elementCount, itemSizes } from '../../src/format/tensor.ts'
import type { Format, SampleBlock } from '../../src/format/format.ts'

export interface RawOptions {
  readonly pieceSize: number
  /** Whether the size is told before encoding. */
  readonly announces?: boolean
  /** Bytes announced besides those that come. */
  readonly lie?: number
  readonly onEnd?: () => void
}

function sampleSize({ shape, dtype }: SampleBlock): number {
  return elementCount(shape) * itemSizes[dtype]
}

function absent(): never {
  throw new Error('this format only writes')
}

export function rawFormat({ pieceSize, announces = true, lie = 0, onEnd }: RawOptions): Format {
  return {
    name: 'raw',
    open: absent,
    inspect: absent,
    encodedSize: (samples) => (announces ? samples.numSamples * sampleSize(samples) + lie : undefined),
    async * encode(samples) {
      const buffer = new Uint8Array(pieceSize)
      try {
        for (let index = 0; index < samples.numSamples; index++) {
          for (let offset = 0; offset < sampleSize(samples); offset += pieceSize) {
            const piece = buffer.subarray(0, Math.min(pieceSize, sampleSize(samples) - offset))
            samples.fill(index, offset, piece)
            yield piece
          }
        }
      } finally {
        buffer.fill(0xee)
        onEnd?.()
      }
    },
  }
}
