// Samples side by side on the last axis: element e of sample k is element e * numSamples + k of the array.
// Moves whole elements as machine words; what they mean plays no part.

import { MiB } from '../util/units.ts'
import type { SampleBlock } from './format.ts'
import { elementCount, itemSizes } from './tensor.ts'

/** Bytes that are transposed at a time: they stay in a core's cache while every sample passes over them. */
const blockLength = MiB

/** Fills `into` with the array's bytes from element `firstElement` of every sample on; whole elements of all samples. */
export type ArrayFill = (firstElement: number, into: Uint8Array) => void

/** Bytes of the array that holds all samples of a block. */
export function arrayLength({ shape, dtype, numSamples }: SampleBlock): number {
  return elementCount(shape) * itemSizes[dtype] * numSamples
}

export function arrayFill(block: SampleBlock): ArrayFill {
  const { numSamples } = block
  const itemSize = itemSizes[block.dtype]
  if (numSamples === 1) return (firstElement, into) => { block.fill(0, firstElement * itemSize, into) }

  const rowLength = numSamples * itemSize
  const blockElements = Math.max(1, Math.floor(blockLength / Math.max(1, rowLength)))
  const sample = new Uint8Array(blockElements * itemSize)
  const rows = new Uint8Array(blockElements * rowLength)
  return (firstElement, into) => {
    const elements = rowLength === 0 ? 0 : into.length / rowLength
    for (let begin = 0; begin < elements; begin += blockElements) {
      const count = Math.min(blockElements, elements - begin)
      for (let index = 0; index < numSamples; index++) {
        block.fill(index, (firstElement + begin) * itemSize, sample.subarray(0, count * itemSize))
        scatter(words(sample, count, itemSize), words(rows, count * numSamples, itemSize), { index, numSamples, width: Math.max(1, itemSize / 4) })
      }
      into.set(rows.subarray(0, count * rowLength), begin * rowLength)
    }
  }
}

/** The array's bytes in pieces of about `pieceLength`, each valid until the next is asked for. */
export function* arrayPieces(block: SampleBlock, pieceLength: number): Generator<Uint8Array> {
  const rowLength = block.numSamples * itemSizes[block.dtype]
  const rows = elementCount(block.shape)
  if (rowLength === 0 || rows === 0) return
  const fill = arrayFill(block)
  const pieceRows = Math.max(1, Math.floor(pieceLength / rowLength))
  const piece = new Uint8Array(Math.min(pieceRows, rows) * rowLength)
  for (let row = 0; row < rows; row += pieceRows) {
    const part = piece.subarray(0, Math.min(pieceRows, rows - row) * rowLength)
    fill(row, part)
    yield part
  }
}

type Words = Uint8Array | Uint16Array | Uint32Array

function words(bytes: Uint8Array, elements: number, itemSize: number): Words {
  if (itemSize === 1) return bytes.subarray(0, elements)
  if (itemSize === 2) return new Uint16Array(bytes.buffer, 0, elements)
  return new Uint32Array(bytes.buffer, 0, elements * (itemSize / 4))
}

/** `width`: words of an element. */
function scatter(from: Words, to: Words, { index, numSamples, width }: { index: number; numSamples: number; width: number }): void {
  const length = from.length
  if (width === 1) {
    for (let i = 0, o = index; i < length; i++, o += numSamples) to[o] = from[i]!
    return
  }
  const step = (numSamples - 1) * width
  for (let i = 0, o = index * width; i < length; o += step) {
    for (let word = 0; word < width; word++) to[o++] = from[i++]!
  }
}
