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
import { frameOffsets, framePayload, payloadLength } from './tfrecord-frames.ts'
import { indexKey, parseIndex } from './tfrecord-index.ts'
import { openByRanges } from './tfrecord-ranges.ts'
import { encodeTfrecord, encodeTfrecordInto, tfrecordCompanions, tfrecordEncodedSize } from './tfrecord-write.ts'

export const tfrecord: Format = {
  name: 'tfrecord', hasRanges: true,
  open, inspect, encode: encodeTfrecord, encodeInto: encodeTfrecordInto, encodedSize: tfrecordEncodedSize, companions: tfrecordCompanions,
}

/** Samples are views: uint8 [length] of the image; examples of other makers give their first byte string, floats or integers. */
async function open(source: ByteSource, hint: OpenHint): Promise<SampleReader> {
  if (source.whole) return openWhole(source)
  return openByRanges(source, hint, { sampleOf, openWhole })
}

/** The object's frames, inflated where it is compressed as a whole. */
async function readWhole(source: ByteSource): Promise<{ readonly bytes: Uint8Array; readonly offsets: Float64Array }> {
  const { key, size } = source
  const stored = size === 0 ? new Uint8Array(0) : await source.read(0, size)
  const isPlain = size < 12 || payloadLength(stored, 0) !== undefined
  const bytes = !isPlain && isCompressed(stored) ? inflateObject(key, stored) : stored
  return { bytes, offsets: frameOffsets(key, bytes) }
}

async function openWhole(source: ByteSource): Promise<SampleReader> {
  const { key } = source
  const { bytes, offsets } = await readWhole(source)
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
async function sampleOf(key: string, frame: Uint8Array, offset: number): Promise<Tensor> {
  const payload = framePayload(key, frame, offset)
  const image = exampleImage(payload)
  if (image) return bytesTensor(image)
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
  const { key } = source
  const { bytes, offsets } = await readWhole(source)
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
