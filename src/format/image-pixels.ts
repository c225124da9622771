// Pixels of JPEG and PNG, by @napi-rs/image (zune-jpeg and png, native). MB of files per CPU-second, its own and sharp's: JPEG of
// DLIO's noise 60 to 80 and 10 to 60, photographs 30 to 40 and 23; PNG of noise 250 to 550 and 20 to 90. sharp starts six times
// as long. It decodes in the calling thread, so that its time is ours, and takes missing JPEG data for grey without a word.

import { setImmediate } from 'node:timers/promises'

import { Transformer } from '@napi-rs/image'

import { damaged } from './format-fault.ts'
import { itemSizes, packedStrides, type Tensor } from './tensor.ts'
import { MiB } from '../util/units.ts'

/** Bytes of pixels after which the event loop gets a turn. */
const turnLength = 16 * MiB
let sinceTurn = 0

export interface ExpectedImage {
  readonly width: number
  readonly height: number
  readonly dtype: 'uint8' | 'uint16'
}

/** Shape [height, width] for one channel, else [height, width, channels]. @throws {Fault} 'format' */
export async function decodePixels(key: string, bytes: Uint8Array, { width, height, dtype }: ExpectedImage): Promise<Tensor> {
  let pixels: Uint8Array
  try {
    pixels = new Transformer(bytes).rawPixelsSync()
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw damaged(key, 0, `${key} is a damaged image: ${reason}`, error)
  }
  // The library's memory is given back in the event loop, which a reader that never waits for bytes would not let run.
  sinceTurn += pixels.length
  if (sinceTurn > turnLength) {
    sinceTurn = 0
    await setImmediate()
  }
  const channels = pixels.length / (width * height * itemSizes[dtype])
  if (!Number.isInteger(channels) || channels < 1) throw damaged(key, 0, `${key} gives ${pixels.length} bytes of pixels for ${width} × ${height}`)
  const shape = channels === 1 ? [height, width] : [height, width, channels]
  return { dtype, shape, strides: packedStrides(shape, itemSizes[dtype]), bytes: pixels, offset: 0 }
}
