// What the samples of a generated data set are made of: a pure function of (seed, file, sample, byte offset).
//
// Definition, version 1. Everybody who has AES can make any byte again:
//   key       the first 16 bytes of SHA-256 of the ASCII text "dlio-s3/content@1:" + seed in decimal
//   block b   AES-128 under that key of the 16 bytes: file u32, sample u32, b u64, all big-endian
//             (file counts the train files and goes on through the eval files; sample is its position in the file)
//   stream    block 0, block 1, … one after the other: AES-128-CTR with block 0's input as its counter
//   sample    the stream's first bytes, as many as the sample has, in C order, elements little-endian; then by element type:
//     integers     as they are
//     bool         each byte & 1
//     float64      word & 0x000fffffffffffff | 0x3ff0000000000000: uniform over [1, 2), never NaN, infinite or subnormal
//     float32      word & 0x007fffff | 0x3f800000: likewise
//     float16      word & 0x03ff | 0x3c00: likewise
//     complex64, complex128   two float32 or float64
// The bytes of integer types cannot be compressed, and no two samples share any: stores that compress or deduplicate gain nothing.

import { createCipheriv, createHash, createSecretKey, type KeyObject } from 'node:crypto'
import type { SampleBlock } from '../format/format.ts'
import type { DType } from '../format/tensor.ts'
import { detach } from '../util/detach.ts'

export const contentVersion = 1

const blockSize = 16
/** Bytes made per call: the output and the zeros stay in a core's cache. 16 KiB was slower; from 96 KiB on malloc may return each piece to the system. */
const pieceSize = 64 * 1024
/** Below this the collector is quicker. Bytes. */
const detachedSize = 16 * 1024
const zeros = new Uint8Array(pieceSize)

/** What is done to each eight bytes, as two little-endian 32-bit words: word & and | or. Every element size divides eight or is a multiple of it. */
interface Mask { readonly and: readonly [number, number]; readonly or: readonly [number, number] }

const float16: Mask = { and: [0x03ff03ff, 0x03ff03ff], or: [0x3c003c00, 0x3c003c00] }
const float32: Mask = { and: [0x007fffff, 0x007fffff], or: [0x3f800000, 0x3f800000] }
const float64: Mask = { and: [0xffffffff, 0x000fffff], or: [0, 0x3ff00000] }
const bool: Mask = { and: [0x01010101, 0x01010101], or: [0, 0] }

const masks: Partial<Record<DType, Mask>> = { bool, float16, float32, float64, complex64: float32, complex128: float64 }

/** `words`: whole blocks from a block's begin. */
function applyMask(words: Uint32Array, { and, or }: Mask): void {
  for (let i = 0; i + 1 < words.length; i += 2) {
    words[i] = words[i]! & and[0] | or[0]
    words[i + 1] = words[i + 1]! & and[1] | or[1]
  }
}

/** The content of a data set. */
export class Content {
  /** A KeyObject: a cipher from the key's bytes takes 17 µs to make under Node 24, from this 1.6 µs. */
  readonly #key: KeyObject
  readonly #mask: Mask | undefined

  /** `seed`: an unsigned integer up to 2^53 − 1. */
  constructor(seed: number, elementType: DType) {
    const digest = createHash('sha256').update(`dlio-s3/content@${contentVersion}:${seed}`).digest()
    this.#key = createSecretKey(digest.subarray(0, 16))
    this.#mask = masks[elementType]
  }

  /** Fills `into` with the bytes of sample `sample` of file `file` (combined index) from byte `offset` on. */
  fill(file: number, sample: number, offset: number, into: Uint8Array): void {
    const firstBlock = Math.floor(offset / blockSize)
    const counter = Buffer.alloc(blockSize)
    counter.writeUInt32BE(file, 0)
    counter.writeUInt32BE(sample, 4)
    counter.writeBigUInt64BE(BigInt(firstBlock), 8)
    const cipher = createCipheriv('aes-128-ctr', this.#key, counter)
    let skip = offset - firstBlock * blockSize
    for (let done = 0; done < into.length;) {
      const wanted = Math.min(skip + into.length - done, pieceSize)
      const whole = Math.ceil(wanted / blockSize) * blockSize
      const stream = cipher.update(zeros.subarray(0, whole))
      if (this.#mask) applyMask(new Uint32Array(stream.buffer, stream.byteOffset, whole / 4), this.#mask)
      into.set(skip === 0 && wanted === whole ? stream : stream.subarray(skip, wanted), done)
      if (whole >= detachedSize) detach(stream.buffer)
      done += wanted - skip
      skip = 0
    }
  }
}

export interface FileShape {
  readonly fileIndex: number
  readonly numSamples: number
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** One file's samples for an encoder. `content` must have been made for the same element type. */
export function sampleBlock(content: Content, file: FileShape): SampleBlock {
  return { ...file, fill: (index, offset, into) => { content.fill(file.fileIndex, index, offset, into) } }
}
