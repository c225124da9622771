// Samples whose content is known by position.

import type { EncodeOptions, Format, SampleBlock } from '../../src/format/format.ts'
import { elementCount, itemSizes, type DType } from '../../src/format/tensor.ts'

export const plain: EncodeOptions = { compression: 'none', compressionLevel: 4 }

/** Byte `offset` of sample `index`: differs between neighbours, samples and periods of 2^8. */
export function byteAt(index: number, offset: number): number {
  return (offset * 31 + (offset >>> 8) * 17 + index * 101 + 7) & 0xff
}

export function sampleBlock(shape: readonly number[], dtype: DType, numSamples: number): SampleBlock {
  return {
    fileIndex: 0, numSamples, shape, dtype,
    fill(index, offset, into) {
      const mask = dtype === 'bool' ? 1 : 0xff
      for (let i = 0; i < into.length; i++) into[i] = byteAt(index, offset + i) & mask
    },
  }
}

export function sampleBytes(block: SampleBlock, index: number): Uint8Array {
  const bytes = new Uint8Array(elementCount(block.shape) * itemSizes[block.dtype])
  block.fill(index, 0, bytes)
  return bytes
}

export async function encoded(format: Format, block: SampleBlock, options: EncodeOptions = plain): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of format.encode(block, options)) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

/** What belongs beside the object `key`, by key. */
export function companionsOf(format: Format, key: string, block: SampleBlock): Map<string, Uint8Array> {
  return new Map([...format.companions?.(key, block, plain) ?? []].map((companion) => [companion.key, companion.bytes]))
}
