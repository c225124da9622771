// PNG images, greyscale, 8 bits, rows unfiltered. Source: PNG specification (third edition), 5 and 11; zlib level as Pillow's default.

import { deflatePieces } from './deflate.ts'
import type { GreyImage } from './image.ts'
import { crc32 } from '../util/crc.ts'
import { MiB } from '../util/units.ts'

export const pngSignature: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

const level = 6
/** Bytes of rows that are made at a time, and of compressed data in a chunk. */
const pieceLength = MiB

export async function* encodePng(image: GreyImage): AsyncGenerator<Uint8Array> {
  const { width, height } = image
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  yield Buffer.concat([Buffer.from(pngSignature), chunk('IHDR', header)])
  let held: Buffer[] = [], heldLength = 0
  for await (const piece of deflatePieces(filteredRows(image), level, 'zlib')) {
    held.push(Buffer.from(piece))
    heldLength += piece.length
    if (heldLength < pieceLength) continue
    yield chunk('IDAT', Buffer.concat(held))
    held = []
    heldLength = 0
  }
  if (heldLength > 0) yield chunk('IDAT', Buffer.concat(held))
  yield chunk('IEND', Buffer.alloc(0))
}

/** Rows, each behind a byte that names its filter: none. */
function* filteredRows(image: GreyImage): Generator<Uint8Array> {
  const { width, height } = image
  const count = Math.max(1, Math.floor(pieceLength / (width + 1)))
  for (let first = 0; first < height; first += count) {
    const some = Math.min(count, height - first)
    const pixels = new Uint8Array(some * width)
    image.rows(first, pixels)
    const lines = new Uint8Array(some * (width + 1))
    for (let row = 0; row < some; row++) lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1)
    yield lines
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  data.copy(bytes, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}
