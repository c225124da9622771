// NPZ archives as numpy.savez and numpy.savez_compressed write DLIO's two arrays: `x`, the samples, and `y`, their labels.
// The CRC-32 stands in front of the data, so data are made twice, or held once where an object is small.

import { Fault } from '../util/fault.ts'
import { MiB } from '../util/units.ts'
import { crc32 } from '../util/crc.ts'
import { deflatePieces } from './deflate.ts'
import type { EncodeOptions, SampleBlock } from './format.ts'
import { arrayLength, arrayPieces } from './interleave.ts'
import { storedSize, writeStored } from './npz-stored.ts'
import { npyHeader, pieceLength, samplesHeader } from './npy-write.ts'
import { localHeader, zipDirectory, type WrittenMember } from './zip-write.ts'

/** Bytes that are held at once: objects up to this size are one piece, deflated members up to it are deflated once. */
const heldLength = 64 * MiB

/** A member before it is written: content is a pure function, so it can be asked for twice. */
interface Draft {
  readonly name: string
  readonly header: Uint8Array
  readonly dataLength: number
  pieces(): Iterable<Uint8Array>
}

function drafts(samples: SampleBlock): Draft[] {
  const { numSamples } = samples
  const labelsLength = 8 * numSamples
  return [
    {
      name: 'x.npy', header: samplesHeader(samples), dataLength: arrayLength(samples),
      pieces: () => arrayPieces(samples, pieceLength),
    },
    {
      name: 'y.npy', header: npyHeader('<i8', [numSamples]), dataLength: labelsLength,
      pieces: () => zeroPieces(labelsLength),
    },
  ]
}

export async function* encodeNpz(samples: SampleBlock, options: EncodeOptions): AsyncGenerator<Uint8Array> {
  const method = methodOf(options)
  const size = npzEncodedSize(samples, options)
  if (size !== undefined && size <= heldLength) {
    const archive = Buffer.allocUnsafeSlow(size)
    writeStored(samples, archive)
    yield archive
    return
  }
  const members: WrittenMember[] = []
  for (const draft of drafts(samples)) {
    const written = method === 0 ? storedMember(draft) : await deflatedMember(draft, options.compressionLevel)
    members.push(written.member)
    yield localHeader(written.member)
    yield* written.content()
  }
  yield zipDirectory(members)
}

export function encodeNpzInto(samples: SampleBlock, options: EncodeOptions, into: Uint8Array): void {
  if (methodOf(options) !== 0) throw new RangeError('the size of a deflated archive is not known before')
  writeStored(samples, into)
}

export function npzEncodedSize(samples: SampleBlock, options: EncodeOptions): number | undefined {
  return methodOf(options) === 0 ? storedSize(samples) : undefined
}

function writtenAs({ name, header, dataLength }: Draft, crc: number): WrittenMember {
  const size = header.length + dataLength
  return { name, method: 0, crc, size, compressedSize: size }
}

interface Written { readonly member: WrittenMember; content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> }

function* contentOf(draft: Draft): Generator<Uint8Array> {
  yield draft.header
  yield* draft.pieces()
}

function storedMember(draft: Draft): Written {
  let crc = 0
  for (const piece of contentOf(draft)) crc = crc32(piece, crc)
  return { member: writtenAs(draft, crc), content: () => contentOf(draft) }
}

async function deflatedMember(draft: Draft, level: number): Promise<Written> {
  let crc = 0
  function* counted(): Generator<Uint8Array> {
    for (const piece of contentOf(draft)) {
      crc = crc32(piece, crc)
      yield piece
    }
  }
  const held: Uint8Array[] = []
  let compressedSize = 0
  for await (const piece of deflatePieces(counted(), level)) {
    compressedSize += piece.length
    if (compressedSize <= heldLength) held.push(piece)
    else held.length = 0
  }
  const member: WrittenMember = { ...writtenAs(draft, crc), method: 8, compressedSize }
  return { member, content: () => (compressedSize <= heldLength ? held : deflatePieces(contentOf(draft), level)) }
}

function* zeroPieces(length: number): Generator<Uint8Array> {
  const zeros = new Uint8Array(Math.min(length, pieceLength))
  for (let offset = 0; offset < length; offset += zeros.length) yield zeros.subarray(0, Math.min(zeros.length, length - offset))
}

/** numpy.savez_compressed deflates: that is what 'zip' and 'gzip', the deflate methods, stand for here. */
function methodOf({ compression, compressionLevel }: EncodeOptions): 0 | 8 {
  if (compression === 'none') return 0
  if (compression !== 'zip' && compression !== 'gzip') {
    throw new Fault('usage', `dataset.compression is ${compression}, and npz files have only zip (or gzip, which means the same)`, {
      info: { key: 'dataset.compression' },
      hint: 'use dataset.compression=zip or none',
    })
  }
  if (!(Number.isInteger(compressionLevel) && compressionLevel >= 0 && compressionLevel <= 9)) {
    throw new Fault('usage', `dataset.compression_level is ${compressionLevel}, and deflate has 0 to 9`, { info: { key: 'dataset.compression_level' } })
  }
  return 8
}
