// A stored archive of DLIO's two arrays at one go. All but the data and their CRC-32 depends on the shape alone: it is made
// once, and the next file of the same shape is a copy of it with its own data.

import { MiB } from '../util/units.ts'
import { crc32 } from '../util/crc.ts'
import type { SampleBlock } from './format.ts'
import { arrayFill, arrayLength } from './interleave.ts'
import { npyHeader, samplesHeader } from './npy-write.ts'
import { itemSizes } from './tensor.ts'
import { crcOffset, localHeader, zipDirectory, type WrittenMember } from './zip-write.ts'

/** What is made before it is summed: the sum then reads it from a core's cache, not from memory. Bytes. */
const cachedLength = MiB / 2

/** Everything that stands before and behind the data of `x`, whose CRC-32 is 0 here. */
interface Frame {
  readonly block: Pick<SampleBlock, 'numSamples' | 'shape' | 'dtype'>
  readonly head: Uint8Array
  readonly tail: Uint8Array
  /** Bytes of the archive where the CRC-32 of `x` stands. */
  readonly crcOffsets: readonly number[]
  /** CRC-32 of the NPY header, which belongs to the member. */
  readonly headerCrc: number
  readonly dataLength: number
  /** Bytes of the archive. */
  readonly size: number
}

let last: Frame | undefined

function frameOf(block: SampleBlock): Frame {
  if (!last || !isAlike(last.block, block)) last = makeFrame(block)
  return last
}

function isAlike(a: Frame['block'], b: Frame['block']): boolean {
  return a.numSamples === b.numSamples && a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((length, axis) => length === b.shape[axis])
}

function makeFrame(block: SampleBlock): Frame {
  const { numSamples, shape, dtype } = block
  const header = samplesHeader(block)
  const labels = Buffer.concat([npyHeader('<i8', [numSamples]), new Uint8Array(8 * numSamples)])
  const dataLength = arrayLength(block)
  const x = stored('x.npy', header.length + dataLength, 0)
  const y = stored('y.npy', labels.length, crc32(labels))
  const directory = zipDirectory([x, y])
  const head = Buffer.concat([localHeader(x), header])
  const tail = Buffer.concat([localHeader(y), labels, directory])
  const size = head.length + dataLength + tail.length
  return {
    block: { numSamples, shape: [...shape], dtype }, head, tail, dataLength, size,
    headerCrc: crc32(header), crcOffsets: [crcOffset.local, size - directory.length + crcOffset.central],
  }
}

function stored(name: string, size: number, crc: number): WrittenMember {
  return { name, method: 0, crc, size, compressedSize: size }
}

/** 234 + (128 + bytes of x) + (128 + 8 n) where headers have their usual length and nothing needs 64 bits. */
export function storedSize(block: SampleBlock): number {
  return frameOf(block).size
}

/** `archive`: storedSize bytes. */
export function writeStored(block: SampleBlock, archive: Uint8Array): void {
  const { head, tail, headerCrc, crcOffsets, dataLength, size } = frameOf(block)
  if (archive.length !== size) throw new RangeError(`an archive of ${size} bytes does not go into ${archive.length}`)
  archive.set(head)
  const crc = writeData(block, archive.subarray(head.length, head.length + dataLength), headerCrc)
  archive.set(tail, head.length + dataLength)
  const view = new DataView(archive.buffer, archive.byteOffset, size)
  for (const offset of crcOffsets) view.setUint32(offset, crc, true)
}

/** The CRC-32 of what came before and of the array's bytes, which fill `into`. */
function writeData(block: SampleBlock, into: Uint8Array, before: number): number {
  if (into.length === 0) return before
  const fill = arrayFill(block)
  const rowLength = block.numSamples * itemSizes[block.dtype]
  const rows = Math.max(1, Math.floor(cachedLength / rowLength))
  let crc = before
  for (let row = 0, offset = 0; offset < into.length; row += rows, offset += rows * rowLength) {
    const part = into.subarray(offset, offset + rows * rowLength)
    fill(row, part)
    crc = crc32(part, crc)
  }
  return crc
}
