// What is uploaded: bytes that cannot be compressed, and no two requests of a run with a 4 KiB block in common.
// Made once per lane (AES-128-CTR of a seed); each request then gets its own stamp in every block, so that making
// content costs next to nothing beside sending it.

import { createCipheriv, createHash } from 'node:crypto'

/** Stores that deduplicate compare blocks of this size or larger. Bytes. */
export const stampEvery = 4096
/** A lane's number and a request's number in it, 32 bits each. */
const stampSize = 8
const pieceSize = 64 * 1024

export class LaneContent {
  readonly #bytes: Buffer
  readonly #lane: number
  #request = 0

  /** `size`: of the largest object, in bytes. */
  constructor(seed: number, lane: number, size: number) {
    this.#lane = lane
    this.#bytes = Buffer.allocUnsafeSlow(size)
    const key = createHash('sha256').update(`dlio-s3/bench@1:${seed}`).digest().subarray(0, 16)
    const counter = Buffer.alloc(16)
    counter.writeUInt32BE(lane, 0)
    const cipher = createCipheriv('aes-128-ctr', key, counter)
    const zeros = new Uint8Array(pieceSize)
    for (let done = 0; done < size; done += pieceSize) this.#bytes.set(cipher.update(zeros.subarray(0, Math.min(pieceSize, size - done))), done)
  }

  /** `size` bytes for the next request. The memory is this lane's: it changes with the next call. */
  next(size: number): Uint8Array {
    const number = this.#request++
    for (let at = 0; at + stampSize <= size; at += stampEvery) {
      this.#bytes.writeUInt32LE(this.#lane, at)
      this.#bytes.writeUInt32LE(number >>> 0, at + 4)
    }
    return size === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, size)
  }
}
