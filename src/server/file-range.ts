// A range of an open file as pieces in memory of their own.

import { close, read } from 'node:fs'
import { promisify } from 'node:util'
import { MiB } from '../util/units.ts'

const pieceBytes = MiB

const closeFile = promisify(close)

function readAt(descriptor: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, position, (error, numBytes) => { if (error) reject(error); else resolve(numBytes) })
  })
}

class FileRange implements AsyncIterableIterator<Uint8Array> {
  readonly #descriptor: number
  #position: number
  readonly #end: number
  #closed: Promise<void> | undefined

  constructor(descriptor: number, offset: number, length: number) {
    this.#descriptor = descriptor
    this.#position = offset
    this.#end = offset + length
  }

  [Symbol.asyncIterator](): this { return this }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#position >= this.#end || this.#closed) return this.return()
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, this.#end - this.#position))
    let numBytes = 0
    try {
      numBytes = await readAt(this.#descriptor, buffer, this.#position)
      if (numBytes === 0) throw new Error(`The file ends ${this.#end - this.#position} bytes early.`)
    } catch (error) {
      await this.return()
      throw error
    }
    this.#position += numBytes
    return { done: false, value: buffer.subarray(0, numBytes) }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#closed ??= closeFile(this.#descriptor)
    await this.#closed
    return { done: true, value: undefined }
  }
}

/** Reads `length` bytes from `offset` and closes `descriptor` when the iteration ends, however it ends. It must be begun. */
export function readFileRange(descriptor: number, offset: number, length: number): AsyncIterable<Uint8Array> {
  return new FileRange(descriptor, offset, length)
}
