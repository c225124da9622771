// FORMAT jpeg: one image per object, greyscale or RGB, uint8.

import type { Format } from './format.ts'
import { imageFormat } from './image.ts'
import { decodePixels } from './image-pixels.ts'
import { decodedLength } from './image-size.ts'
import { readJpegFrame } from './jpeg-structure.ts'
import { encodeJpeg } from './jpeg-write.ts'
import type { Tensor } from './tensor.ts'

/** libjpeg's limit, which is Pillow's. */
const longestSide = 65_500
/** A block of 64 pixels takes a bit in a scan, and a progressive image need not have more than one scan. */
const maxRatio = 512

export const jpeg: Format = imageFormat({ name: 'jpeg', longestSide, magic: [0xff, 0xd8], decode: decodeJpeg, encode: encodeJpeg })

async function decodeJpeg(key: string, bytes: Uint8Array): Promise<Tensor> {
  const { width, height, components } = readJpegFrame(key, bytes)
  decodedLength({ key, size: bytes.length }, [height, width, components], maxRatio * components)
  return decodePixels(key, bytes, { width, height, dtype: 'uint8' })
}
