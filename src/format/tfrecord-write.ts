// TFRecord files as DLIO writes them: one tf.train.Example per sample, with its bytes as `image` and their count as `size`.
// Source: DLIO's TFRecordGenerator; Protocol Buffers, "Encoding".

import { MiB } from '../util/units.ts'
import { crc32c } from '../util/crc.ts'
import { refuseCompression } from './compression.ts'
import type { Companion, EncodeOptions, SampleBlock } from './format.ts'
import { elementCount, itemSizes } from './tensor.ts'
import { frameHeadLength, frameOverhead, masked, writeFrameHead } from './tfrecord-frames.ts'
import { indexKey, indexText } from './tfrecord-index.ts'

/** Bytes of a piece at most. Files up to this size are one. */
const pieceLength = 4 * MiB

/** What surrounds a sample in its payload. */
interface Envelope { readonly before: Uint8Array; readonly after: Uint8Array }

/** All samples of a file are as long, so one envelope serves them. `length`: bytes of a sample. */
function envelopeOf(length: number): Envelope {
  const size = mapEntry('size', field(3, field(1, varint(length))))
  // The image is left out of the middle: what follows it in its own fields is nothing.
  const [list, listed] = lengthDelimited(1, length)
  const [feature, featured] = lengthDelimited(1, list.length + listed)
  const [value, valued] = lengthDelimited(2, feature.length + featured)
  const name = field(1, Buffer.from('image'))
  const [entry, entered] = lengthDelimited(1, name.length + value.length + valued)
  const [features] = lengthDelimited(1, entry.length + entered + size.length)
  return { before: Buffer.concat([features, entry, name, value, feature, list]), after: size }
}

/** Tag and length of a field of `length` bytes, and that length. */
function lengthDelimited(id: number, length: number): [head: Uint8Array, length: number] {
  return [Buffer.concat([varint(id * 8 + 2), varint(length)]), length]
}

function field(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([lengthDelimited(id, content.length)[0], content])
}

function mapEntry(key: string, value: Uint8Array): Uint8Array {
  return field(1, Buffer.concat([field(1, Buffer.from(key)), field(2, value)]))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}

function sampleLength({ shape, dtype }: SampleBlock): number {
  return elementCount(shape) * itemSizes[dtype]
}

function frameLength(length: number, { before, after }: Envelope): number {
  return frameOverhead + before.length + length + after.length
}

export function tfrecordEncodedSize(samples: SampleBlock, options: EncodeOptions): number {
  refuseCompression('tfrecord', options)
  const length = sampleLength(samples)
  return samples.numSamples * frameLength(length, envelopeOf(length))
}

export function* tfrecordCompanions(key: string, samples: SampleBlock, options: EncodeOptions): Generator<Companion, void> {
  refuseCompression('tfrecord', options)
  const index = indexKey(key)
  if (index === undefined) return
  const length = sampleLength(samples)
  const frame = frameLength(length, envelopeOf(length))
  yield { key: index, bytes: Buffer.from(indexText(Float64Array.from({ length: samples.numSamples + 1 }, (_, i) => i * frame))) }
}

/** What all frames of a file share. */
interface Frames { readonly samples: SampleBlock; readonly envelope: Envelope; readonly head: Uint8Array; readonly length: number }

function framesOf(samples: SampleBlock): Frames {
  const length = sampleLength(samples)
  const envelope = envelopeOf(length)
  const head = new Uint8Array(frameHeadLength)
  writeFrameHead(head, envelope.before.length + length + envelope.after.length)
  return { samples, envelope, head, length }
}

/** Several frames a piece; one that is larger than a piece comes in several. */
export async function* encodeTfrecord(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  const size = tfrecordEncodedSize(samples, options)
  const frames = framesOf(samples)
  const frame = frameLength(frames.length, frames.envelope)
  if (frame > pieceLength) {
    for (let index = 0; index < samples.numSamples; index++) yield* framePieces(frames, index)
    return
  }
  const perPiece = Math.floor(pieceLength / frame)
  const piece = new Uint8Array(Math.min(perPiece * frame, size))
  for (let begin = 0; begin < samples.numSamples; begin += perPiece) {
    const into = piece.subarray(0, Math.min(perPiece, samples.numSamples - begin) * frame)
    writeFrames(frames, begin, into)
    yield into
  }
}

export function encodeTfrecordInto(samples: SampleBlock, options: EncodeOptions, into: Uint8Array): void {
  refuseCompression('tfrecord', options)
  writeFrames(framesOf(samples), 0, into)
}

/** Fills `into` with whole frames from that of sample `begin` on. */
function writeFrames({ samples, envelope: { before, after }, head, length }: Frames, begin: number, into: Uint8Array): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  for (let index = begin, at = 0; at < into.length; index++) {
    into.set(head, at)
    const payload = at + frameHeadLength
    const image = payload + before.length
    const end = image + length + after.length
    into.set(before, payload)
    samples.fill(index, 0, into.subarray(image, image + length))
    into.set(after, image + length)
    view.setUint32(end, masked(crc32c(into.subarray(payload, end))), true)
    at = end + 4
  }
}

function* framePieces({ samples, envelope: { before, after }, head, length }: Frames, index: number): Generator<Uint8Array, void> {
  yield Buffer.concat([head, before])
  let crc = crc32c(before)
  const piece = new Uint8Array(Math.min(length, pieceLength))
  for (let at = 0; at < length; at += piece.length) {
    const into = piece.subarray(0, Math.min(piece.length, length - at))
    samples.fill(index, at, into)
    crc = crc32c(into, crc)
    yield into
  }
  const tail = Buffer.alloc(after.length + 4)
  tail.set(after)
  tail.writeUInt32LE(masked(crc32c(after, crc)), after.length)
  yield tail
}
