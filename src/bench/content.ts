// What is uploaded: bytes that cannot be compressed, and no two requests of a run with a 4 KiB block in common.
// Made once per lane (AES-128-CTR of a seed); each request then gets its own stamp in every block, so that making
// content costs next to nothing beside sending it.

import { createCipheriv, createHash } from 'node:crypto'

/** Stores that deduplicate compare blocks of this size or larger. Bytes. */
export const stampEvery = 4096
/** A lane's number and a request's number in it, 32 bits each. */
const stampSize = 8
const cipherSize = 64 * 1024
/** Pieces of a large object are handed on in chunks: who takes them may copy each. */
const chunkSize = 1024 * 1024

export class LaneContent {
  readonly #bytes: Buffer
  readonly #lane: number
  #request = 0

  /** `size`: bytes of memory. Those of the largest object, or fewer when larger ones are to be made piece by piece. */
  constructor(seed: number, lane: number, size: number) {
    this.#lane = lane
    this.#bytes = Buffer.allocUnsafeSlow(size)
    const key = createHash('sha256').update(`dlio-s3/bench@1:${seed}`).digest().subarray(0, 16)
    const counter = Buffer.alloc(16)
    counter.writeUInt32BE(lane, 0)
    const cipher = createCipheriv('aes-128-ctr', key, counter)
    const zeros = new Uint8Array(cipherSize)
    for (let done = 0; done < size; done += cipherSize) this.#bytes.set(cipher.update(zeros.subarray(0, Math.min(cipherSize, size - done))), done)
  }

  /**
   * `size` bytes for the next request: whole, or as a stream when they are more than the memory. The memory is this lane's: it changes
   * with the next call, and with the next chunk of a stream.
   */
  next(size: number): Uint8Array | AsyncIterable<Uint8Array> {
    const memory = this.#bytes.length
    const number = this.#request
    if (size <= memory) {
      this.#request++
      return this.#stamped(size, number)
    }
    // A number for each time the memory is used, as if each piece were a request: also of those that a failure keeps from being made.
    this.#request += Math.ceil(size / memory)
    return this.#pieces(size, number)
  }

  async * #pieces(size: number, first: number): AsyncGenerator<Uint8Array> {
    const memory = this.#bytes.length
    for (let done = 0, number = first; done < size; done += memory, number++) {
      const piece = this.#stamped(Math.min(memory, size - done), number)
      for (let at = 0; at < piece.length; at += chunkSize) yield piece.subarray(at, at + chunkSize)
    }
  }

  #stamped(size: number, number: number): Uint8Array {
    for (let at = 0; at + stampSize <= size; at += stampEvery) {
      this.#bytes.writeUInt32LE(this.#lane, at)
      this.#bytes.writeUInt32LE(number >>> 0, at + 4)
    }
    return size === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, size)
  }
}
