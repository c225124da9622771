// FORMAT tfrecord: one tf.train.Example per sample, of which DLIO's have the sample's bytes as `image`.
// A whole object is hopped through from length to length. By ranges, each sample is exactly its frame, found by what is
// cheapest: all frames alike (DLIO's are), the index file, or a scan of the heads, which is remembered.

import { inflateObject, isCompressed } from './compressed-object.ts'
import { exampleImage } from './example-image.ts'
import { damaged } from './format-fault.ts'
import type { ArrayDescription, ByteSource, Format, Inspection, OpenHint, SampleReader } from './format.ts'
import { checkSampleIndex } from './samples.ts'
import type { Tensor } from './tensor.ts'
import { bytesTensor, type Feature } from './tf-example.ts'
import { frameHeadLength, frameOffsets, frameOverhead, framePayload, payloadLength } from './tfrecord-frames.ts'
import { indexKey, parseIndex } from './tfrecord-index.ts'
import { openByRanges } from './tfrecord-ranges.ts'
import { encodeTfrecord, encodeTfrecordInto, tfrecordCompanions, tfrecordEncodedSize } from './tfrecord-write.ts'

export const tfrecord: Format = {
  name: 'tfrecord', hasRanges: true,
  open, inspect, encode: encodeTfrecord, encodeInto: encodeTfrecordInto, encodedSize: tfrecordEncodedSize, companions: tfrecordCompanions,
}

const nothing = new Uint8Array(0)

/** Samples are views: uint8 [length] of the image; examples of other makers give their first byte string, floats or integers. */
function open(source: ByteSource, hint: OpenHint): Promise<SampleReader> {
  return source.whole ? openWhole(source) : openByRanges(source, hint, { sampleOf, openWhole })
}

interface Frames { readonly bytes: Uint8Array; readonly offsets: Float64Array }

/** The frames of an object, of which `stored` is all: inflated where it is compressed as a whole. */
function framesOf(key: string, stored: Uint8Array): Frames {
  const { length } = stored
  const first = length < frameHeadLength ? undefined : payloadLength(stored, 0)
  if (first === length - frameOverhead) return { bytes: stored, offsets: Float64Array.of(0, length) }
  const bytes = first === undefined && length >= frameHeadLength && isCompressed(stored) ? inflateObject(key, stored) : stored
  return { bytes, offsets: frameOffsets(key, bytes) }
}

async function openWhole(source: ByteSource): Promise<SampleReader> {
  const { key, size } = source
  const { bytes, offsets } = framesOf(key, size === 0 ? nothing : await source.read(0, size))
  const numSamples = offsets.length - 1
  return {
    numSamples,
    async readSample(index) {
      checkSampleIndex(key, index, numSamples)
      const offset = offsets[index]!
      return sampleOf(key, bytes.subarray(offset, offsets[index + 1]), offset)
    },
  }
}

/** The sample in a frame, after both its CRCs. */
function sampleOf(key: string, frame: Uint8Array, offset: number): Promise<Tensor> | Tensor {
  const payload = framePayload(key, frame, offset)
  const image = exampleImage(payload)
  return image ? bytesTensor(image) : sampleOfOthers(key, payload, offset)
}

/** Of examples that are not DLIO's. */
async function sampleOfOthers(key: string, payload: Uint8Array, offset: number): Promise<Tensor> {
  const features = await featuresOf(key, payload, offset)
  const withValues = features.filter(({ tensors }) => tensors.some(({ bytes }) => bytes.length > 0))
  const kinds = ['bytes', 'float', 'int64'] as const
  const main = features.find(({ name, kind, tensors }) => name === 'image' && kind === 'bytes' && tensors.length > 0)
    ?? kinds.map((wanted) => withValues.find(({ kind }) => kind === wanted)).find((found) => found !== undefined)
  return main?.tensors[0] ?? bytesTensor(payload.subarray(0, 0))
}

/** The library is loaded for examples of other makers, and to inspect. */
async function featuresOf(key: string, payload: Uint8Array, offset: number): Promise<Feature[]> {
  const { exampleFeatures } = await import('./tf-example.ts')
  return exampleFeatures(key, payload, offset)
}

/** Every feature of every record, as record/feature; several byte strings as record/feature[0] and on. An index file must fit. */
async function inspect(source: ByteSource, _hint: OpenHint): Promise<Inspection> {
  const { key, size } = source
  const { bytes, offsets } = framesOf(key, size === 0 ? nothing : await source.read(0, size))
  const arrays: ArrayDescription[] = []
  for (let record = 0; record + 1 < offsets.length; record++) {
    const offset = offsets[record]!
    const payload = framePayload(key, bytes.subarray(offset, offsets[record + 1]), offset)
    for (const feature of await featuresOf(key, payload, offset)) arrays.push(...describe(`${record}/${feature.name}`, feature))
  }
  await checkIndex(source, offsets)
  return { numSamples: offsets.length - 1, arrays }
}

function describe(name: string, { kind, tensors }: Feature): ArrayDescription[] {
  if (tensors.length === 0) return [{ name, dtype: kind ?? 'none', shape: [0] }]
  return tensors.map((tensor, i) => ({ name: tensors.length === 1 ? name : `${name}[${i}]`, dtype: tensor.dtype, shape: tensor.shape, tensor }))
}

async function checkIndex(source: ByteSource, offsets: Float64Array): Promise<void> {
  const key = indexKey(source.key)
  const index = key === undefined ? undefined : await source.beside?.(key)
  if (!index) return
  const listed = parseIndex(index.key, Buffer.from(await index.read(0, index.size)).toString('latin1'), source.size)
  const wrong = listed.findIndex((offset, i) => offset !== offsets[i])
  if (wrong >= 0 || listed.length !== offsets.length) {
    throw damaged(index.key, 0, `${index.key} does not fit ${source.key}: it lists ${listed.length - 1} records, and ${offsets.length - 1} are there`)
  }
}
