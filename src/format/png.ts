// FORMAT png: one image per object. Whole bytes are decoded by a library; palettes and pixels of 1, 2 or 4 bits here, since the
// library makes colours of them, and a sample is what Pillow would give.

import { damaged, unsupported } from './format-fault.ts'
import type { Format } from './format.ts'
import { imageFormat } from './image.ts'
import { decodePixels } from './image-pixels.ts'
import { decodedLength } from './image-size.ts'
import { inflate } from './inflate.ts'
import { readPng, type PngHeader } from './png-chunks.ts'
import { unfilter } from './png-filter.ts'
import { encodePng, pngSignature } from './png-write.ts'
import type { Tensor } from './tensor.ts'

export const png: Format = imageFormat({ name: 'png', longestSide: 2 ** 31 - 1, magic: pngSignature, decode: decodePng, encode: encodePng })

/** The most that deflate makes of a byte. */
const maxRatio = 1032

/** As NumPy has it from Pillow: bool for 1 bit, uint8, uint16; a palette's indices, not its colours. */
async function decodePng(key: string, bytes: Uint8Array): Promise<Tensor> {
  const { header, compressed, offset } = readPng(key, bytes)
  const { width, height, bitDepth, channels, isPalette, isInterlaced } = header
  const rowLength = Math.ceil(width * bitDepth * channels / 8)
  const size = decodedLength({ key, size: bytes.length }, [height, rowLength + 1], maxRatio)
  if (bitDepth >= 8 && !isPalette) return decodePixels(key, bytes, { width, height, dtype: bitDepth === 16 ? 'uint16' : 'uint8' })
  if (isInterlaced) throw unsupported(key, `${key} is an interlaced PNG of a palette or of few bits, which is not read`, 'save it without interlacing')
  if ((compressed[0]! & 0x0f) !== 8 || (compressed[0]! * 256 + compressed[1]!) % 31 !== 0 || (compressed[1]! & 0x20) !== 0) {
    throw damaged(key, offset, `${key} has no zlib stream at ${offset}`)
  }
  // Behind zlib's two bytes it is raw deflate; its Adler-32 is not needed, since every chunk's CRC-32 was right.
  const rows = inflate(key, { compressed: compressed.subarray(2), offset: offset + 2, size })
  if (!unfilter(rows, rowLength)) throw damaged(key, offset, `${key} has a row with an unknown filter`)
  return unpacked(header, rows, rowLength)
}

/** Pixels of up to 8 bits, a byte each: greys over the whole range, one bit as a truth value, indices as they are. */
function unpacked({ width, height, bitDepth, isPalette }: PngHeader, rows: Uint8Array, rowLength: number): Tensor {
  const mask = 2 ** bitDepth - 1
  const scale = isPalette || bitDepth === 1 ? 1 : 255 / mask
  const perByte = 8 / bitDepth
  const bytes = new Uint8Array(width * height)
  for (let row = 0, o = 0; row < height; row++) {
    const begin = row * (rowLength + 1) + 1
    for (let x = 0; x < width; x++) {
      const shift = 8 - bitDepth * (1 + x % perByte)
      bytes[o++] = ((rows[begin + Math.floor(x / perByte)]! >> shift) & mask) * scale
    }
  }
  return { dtype: bitDepth === 1 && !isPalette ? 'bool' : 'uint8', shape: [height, width], strides: [width, 1], bytes, offset: 0 }
}
