// TFRecord files by ranges: where each frame is, without the object.

import { RangeReader, type Extent } from './coalesce.ts'
import { isCompressed } from './compressed-object.ts'
import type { ByteSource, OpenHint, SampleReader } from './format.ts'
import { checkSampleIndex } from './samples.ts'
import type { Tensor } from './tensor.ts'
import { checkHeadFits, frameHeadLength, frameOverhead, nextFrame, payloadLength } from './tfrecord-frames.ts'
import { indexKey, parseIndex } from './tfrecord-index.ts'
import { KiB } from '../util/units.ts'

/** What the format brings: how a frame becomes a sample, and how an object is read that has no ranges. */
export interface WholeReading {
  sampleOf(key: string, frame: Uint8Array, offset: number): Promise<Tensor> | Tensor
  openWhole(source: ByteSource): Promise<SampleReader>
}

/** Frames up to this length are scanned many at a time, in windows; the heads of longer ones are read alone. */
const denseFrame = 64 * KiB
const windowLength = 256 * KiB

/** Where frames begin, and where the last one ends: shape [n + 1]. */
type Offsets = Float64Array

/** The same without a number for each. */
interface FrameTable { readonly count: number; readonly begin: (index: number) => number }

interface Opened { readonly source: ByteSource; readonly ranges: RangeReader; readonly hint: OpenHint; readonly reading: WholeReading }

/**
 * Where the object's size is a multiple of hint.numSamples, frames are taken to be alike, which the first two fields of
 * each frame that is read prove or disprove: no byte is read but those of samples. Else the index file tells, else a scan.
 */
export async function openByRanges(source: ByteSource, hint: OpenHint, reading: WholeReading): Promise<SampleReader> {
  const opened: Opened = { source, hint, reading, ranges: new RangeReader(source) }
  const known = hint.memo?.get()
  if (known instanceof Float64Array) return framesReader(opened, tableOf(known))
  const alike = alikeFrames(source.size, hint.numSamples)
  return alike ? likelyReader(opened, alike) : surelyOpened(opened)
}

function tableOf(offsets: Offsets): FrameTable {
  return { count: offsets.length - 1, begin: (index) => offsets[index]! }
}

function alikeFrames(size: number, numSamples: number): FrameTable | undefined {
  const length = size / numSamples
  return numSamples > 0 && Number.isInteger(length) && length >= frameOverhead ? { count: numSamples, begin: (index) => index * length } : undefined
}

function frameExtent({ begin }: FrameTable, index: number): Extent {
  return { offset: begin(index), length: begin(index + 1) - begin(index) }
}

function prepareOf({ ranges }: Opened, frames: FrameTable): (indexes: readonly number[]) => Promise<void> {
  return async (indexes) => ranges.prepare(indexes.filter((index) => index >= 0 && index < frames.count).map((index) => frameExtent(frames, index)))
}

function framesReader(opened: Opened, frames: FrameTable): SampleReader {
  const { source: { key }, ranges, reading } = opened
  return {
    numSamples: frames.count,
    prepare: prepareOf(opened, frames),
    async readSample(index) {
      checkSampleIndex(key, index, frames.count)
      const { offset, length } = frameExtent(frames, index)
      return reading.sampleOf(key, await ranges.read(offset, length), offset)
    },
  }
}

/** A reader of frames that are taken to be alike: the first that is not makes it look where they are. */
function likelyReader(opened: Opened, frames: FrameTable): SampleReader {
  const { source: { key }, ranges, reading } = opened
  let numSamples = frames.count
  let sure: Promise<SampleReader> | undefined
  const look = async (): Promise<SampleReader> => {
    const reader = await surelyOpened(opened)
    numSamples = reader.numSamples
    return reader
  }
  return {
    get numSamples() { return numSamples },
    prepare: prepareOf(opened, frames),
    async readSample(index) {
      if (!sure) {
        checkSampleIndex(key, index, numSamples)
        const { offset, length } = frameExtent(frames, index)
        const frame = await ranges.read(offset, length)
        if (payloadLength(frame, 0) === frame.length - frameOverhead) return reading.sampleOf(key, frame, offset)
        sure = look()
      }
      return (await sure).readSample(index)
    },
  }
}

/** From the index file or a scan; what is found is remembered. */
async function surelyOpened(opened: Opened): Promise<SampleReader> {
  const { source, hint: { memo } } = opened
  const offsets = await indexedOffsets(source) ?? await scan(source)
  if (!offsets) return opened.reading.openWhole(source)
  memo?.set(offsets, offsets.byteLength)
  return framesReader(opened, tableOf(offsets))
}

async function indexedOffsets(source: ByteSource): Promise<Offsets | undefined> {
  const key = indexKey(source.key)
  const index = key === undefined ? undefined : await source.beside?.(key)
  if (!index) return undefined
  const bytes = index.size === 0 ? new Uint8Array(0) : await index.read(0, index.size)
  return parseIndex(index.key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), source.size)
}

/** Undefined when the object is compressed as a whole, and so has no ranges. */
async function scan(source: ByteSource): Promise<Offsets | undefined> {
  const { key, size } = source
  const offsets = [0]
  let window: { readonly offset: number; readonly bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array(0) }
  let length = Infinity
  for (let offset = 0; offset < size;) {
    checkHeadFits(key, offset, size)
    if (offset + frameHeadLength > window.offset + window.bytes.length) {
      const wanted = length <= denseFrame ? windowLength : frameHeadLength
      window = { offset, bytes: await source.read(offset, Math.min(wanted, size - offset)) }
    }
    const at = offset - window.offset
    if (offset === 0 && payloadLength(window.bytes, at) === undefined && isCompressed(window.bytes)) return undefined
    const next = nextFrame(key, { bytes: window.bytes, at }, { offset, size })
    length = next - offset
    offset = next
    offsets.push(offset)
  }
  return Float64Array.from(offsets)
}
