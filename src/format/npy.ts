// FORMAT npy: one NumPy array per object, samples on the last axis.

import { Buffer } from 'node:buffer'
import { encodeNpy, encodeNpyInto, npyEncodedSize } from './npy-write.ts'
import { damaged } from './format-fault.ts'
import type { ByteSource, Format, Inspection, OpenHint, SampleReader } from './format.ts'
import { npyDataOffset, npyPreludeLength, numberType, parseNpyHeader, type NpyHeader } from './npy-header.ts'
import { arrayReader, arrayTensor, checkSampleIndex, sampleCount, sampleView, type Layout } from './samples.ts'
import { itemSizes, type Tensor } from './tensor.ts'

/** One small read that holds every header that numbers have, and small arrays whole. */
const firstReadLength = 4096

export const npy: Format = { name: 'npy', open, inspect, encode: encodeNpy, encodeInto: encodeNpyInto, encodedSize: npyEncodedSize }

interface Head { readonly header: NpyHeader; readonly read: (offset: number, length: number) => Promise<Uint8Array> }

/** The header, and a `read` that does not fetch again what came with it. */
async function readHead(source: ByteSource): Promise<Head> {
  let head = await source.read(0, Math.min(source.size, firstReadLength))
  const dataOffset = npyDataOffset(source.key, head.subarray(0, npyPreludeLength), 0)
  if (dataOffset > source.size) throw damaged(source.key, 0, `${source.key} ends inside its NPY header: it claims ${dataOffset} bytes of the object's ${source.size}`)
  if (dataOffset > head.length) head = await source.read(0, dataOffset)
  return {
    header: parseNpyHeader(source.key, head, 0, source.size),
    read: async (offset, length) => (offset + length <= head.length ? head.subarray(offset, offset + length) : source.read(offset, length)),
  }
}

/**
 * Where samples lie one after the other (Fortran order, one sample, or samples of one element), each is one exact range.
 * Else they interleave, and the first sample fetches the array for all of them. The hint is not needed.
 */
async function open(source: ByteSource, _hint: OpenHint): Promise<SampleReader> {
  const { key, size } = source
  if (source.whole && last?.size === size) {
    const bytes = await source.read(0, size)
    if (last.head.compare(bytes, 0, last.head.length) === 0) return arrayReader(key, { ...last.array, bytes })
  }
  const { header, read } = await readHead(source)
  const layout = numberLayout(key, header)
  if (source.whole && !layout.bigEndian) {
    // Nothing of the object stays: its memory is the next one's.
    last = { size, head: Buffer.from(await source.read(0, header.dataOffset)), array: arrayTensor(layout, new Uint8Array(0), header.dataOffset) }
  }
  const numSamples = sampleCount(layout.shape)
  const sampleShape = layout.shape.slice(0, -1)
  const sampleLength = sampleShape.reduce((product, length) => product * length, itemSizes[layout.dtype])

  if (header.fortranOrder || numSamples === 1 || sampleLength === itemSizes[layout.dtype]) {
    const readSample = async (index: number): Promise<Tensor> => {
      checkSampleIndex(key, index, numSamples)
      return arrayTensor({ ...layout, shape: sampleShape }, await read(header.dataOffset + index * sampleLength, sampleLength), 0)
    }
    return { numSamples, readSample }
  }

  let whole: Promise<Tensor> | undefined
  const readWhole = async (): Promise<Tensor> => {
    try {
      return arrayTensor(layout, await read(header.dataOffset, header.dataLength), 0)
    } catch (error) {
      whole = undefined // a failed fetch is not remembered
      throw error
    }
  }
  return {
    numSamples,
    readSample: async (index) => {
      checkSampleIndex(key, index, numSamples)
      whole ??= readWhole()
      return sampleView(key, await whole, index)
    },
  }
}

/** The last object that was read whole. One of the same size that begins with the same bytes is laid out the same: most of a data set are. */
let last: { readonly size: number; readonly head: Buffer; readonly array: Tensor } | undefined

function numberLayout(key: string, header: NpyHeader): Layout {
  return { dtype: numberType(key, header.type), shape: header.shape, fortranOrder: header.fortranOrder, bigEndian: header.type.bigEndian }
}

/** Text and times are described without values; what is refused or unknown is a Fault here as in `open`. */
async function inspect(source: ByteSource, _hint: OpenHint): Promise<Inspection> {
  const { header, read } = await readHead(source)
  const { type, shape, fortranOrder, dataOffset, dataLength } = header
  if (type.kind !== 'text' && type.kind !== 'time') numberType(source.key, type)
  const tensor = type.dtype && arrayTensor(numberLayout(source.key, header), await read(dataOffset, dataLength), 0)
  return { numSamples: sampleCount(shape), arrays: [{ name: '', dtype: type.name, shape, fortranOrder, ...(tensor && { tensor }) }] }
}

