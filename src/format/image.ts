// What image formats have in common: an object is one image, and every sample of it is that image.
// DLIO writes one image whatever num_samples_per_file says, and its readers count it so many times.

import { Fault } from '../util/fault.ts'
import { refuseCompression } from './compression.ts'
import type { ByteSource, EncodeOptions, Format, Inspection, OpenHint, SampleBlock, SampleReader } from './format.ts'
import { checkSampleIndex } from './samples.ts'
import type { Tensor } from './tensor.ts'

export interface ImageCodec {
  readonly name: string
  /** Pixels of a side, at most. */
  readonly longestSide: number
  /** The bytes that every such file begins with. */
  readonly magic: readonly number[]
  /** Pixels of shape [height, width] or [height, width, channels]. May be a view of `bytes`. @throws {Fault} 'format' */
  decode(key: string, bytes: Uint8Array): Tensor | Promise<Tensor>
  /** Greyscale, 8 bits. `rows(first, into)` fills `into` with whole rows of pixels. */
  encode(image: GreyImage): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

export interface GreyImage {
  readonly width: number
  readonly height: number
  /** Fills `into`, whole rows, from row `first` on. */
  rows(first: number, into: Uint8Array): void
}

export function imageFormat(codec: ImageCodec): Format {
  const decode = async (source: ByteSource): Promise<Tensor> => {
    const bytes = await source.read(0, source.size)
    checkMagic(codec, source.key, bytes)
    return codec.decode(source.key, bytes)
  }
  return {
    name: codec.name,
    async open(source: ByteSource, hint: OpenHint): Promise<SampleReader> {
      const numSamples = Math.max(1, hint.numSamples)
      const pixels = await decode(source)
      return {
        numSamples,
        async readSample(index) {
          checkSampleIndex(source.key, index, numSamples)
          return pixels
        },
      }
    },
    async inspect(source: ByteSource, hint: OpenHint): Promise<Inspection> {
      const tensor = await decode(source)
      return { numSamples: Math.max(1, hint.numSamples), arrays: [{ name: 'pixels', dtype: tensor.dtype, shape: tensor.shape, tensor }] }
    },
    async * encode(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
      yield* codec.encode(greyImage(codec, samples, options))
    },
    encodedSize(samples: SampleBlock, options: EncodeOptions): undefined {
      greyImage(codec, samples, options)
    },
  }
}

/** DLIO's fork writes random bytes under image names; that is worth more than "damaged". */
function checkMagic({ name, magic }: ImageCodec, key: string, bytes: Uint8Array): void {
  if (magic.every((byte, index) => bytes[index] === byte)) return
  throw new Fault('format', `${key} is no ${name} image: it begins with ${hex(bytes.subarray(0, magic.length))}, not ${hex(Uint8Array.from(magic))}`, {
    info: { reason: 'damaged', key, offset: 0 },
    hint: 'the MLCommons fork writes random bytes under the names of images: read those with --decode none',
  })
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'nothing' : Buffer.from(bytes).toString('hex')
}

/** @throws {Fault} 'usage' for what is no greyscale image of 8 bits. */
function greyImage({ name, longestSide }: ImageCodec, samples: SampleBlock, options: EncodeOptions): GreyImage {
  const { shape, dtype } = samples
  refuseCompression(name, options)
  if (dtype !== 'uint8') {
    throw new Fault('usage', `dataset.record_element_type is ${dtype}, and ${name} images are written with bytes`, { info: { key: 'dataset.record_element_type' }, hint: 'use dataset.record_element_type=uint8' })
  }
  if (shape.length > 2) {
    throw new Fault('usage', `${name} format does not support more than 2 dimensions, but got ${shape.length} dimensions.`, { info: { key: 'dataset.record_dims' }, hint: 'use dataset.record_dims=[height, width]' })
  }
  // One axis is one column, as an image is made of a NumPy array of one axis.
  const [height = 1, width = 1] = shape
  if (height < 1 || width < 1 || height > longestSide || width > longestSide) {
    throw new Fault('usage', `a ${name} image cannot be ${height} × ${width} pixels`, { info: { key: 'dataset.record_dims' }, hint: `each side is 1 to ${longestSide}` })
  }
  return { width, height, rows(first, into) { samples.fill(0, first * width, into) } }
}
