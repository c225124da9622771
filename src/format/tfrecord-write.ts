// TFRecord files as DLIO writes them: one tf.train.Example per sample, with its bytes as `image` and their count as `size`.
// Source: DLIO's TFRecordGenerator; Protocol Buffers, "Encoding".

import { MiB } from '../util/units.ts'
import { crc32c } from '../util/crc.ts'
import { refuseCompression } from './compression.ts'
import type { Companion, EncodeOptions, SampleBlock } from './format.ts'
import { elementCount, itemSizes } from './tensor.ts'
import { frameHeadLength, frameOverhead, masked, writeFrameHead } from './tfrecord-frames.ts'
import { indexKey, indexText } from './tfrecord-index.ts'

/** Bytes of a piece. Files up to this size are one. */
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

export async function* encodeTfrecord(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  const size = tfrecordEncodedSize(samples, options)
  const length = sampleLength(samples)
  const envelope = envelopeOf(length)
  const head = new Uint8Array(frameHeadLength)
  writeFrameHead(head, envelope.before.length + length + envelope.after.length)
  const tail = new Uint8Array(4)

  const piece = Buffer.allocUnsafeSlow(Math.min(size, pieceLength))
  let end = 0
  for (let index = 0; index < samples.numSamples; index++) {
    let crc = 0
    for (const part of [head, envelope.before, length, envelope.after, tail]) {
      if (part === tail) new DataView(tail.buffer).setUint32(0, masked(crc), true)
      const partLength = typeof part === 'number' ? part : part.length
      for (let at = 0; at < partLength;) {
        const into = piece.subarray(end, end + Math.min(piece.length - end, partLength - at))
        if (typeof part === 'number') samples.fill(index, at, into)
        else into.set(part.subarray(at, at + into.length))
        if (part !== head && part !== tail) crc = crc32c(into, crc)
        at += into.length
        end += into.length
        if (end < piece.length) continue
        yield piece
        end = 0
      }
    }
  }
  if (end > 0) yield piece.subarray(0, end)
}
