// A body whole, or in parts of a given size. Each is memory of its own until it is released, so it can be sent again.

import { Buffer } from 'node:buffer'
import { abortable } from '../abortable.ts'
import type { WriteOptions } from '../store.ts'

export interface Part {
  /** Does not change before `release`. */
  readonly bytes: Uint8Array
  /** The part is stored: its memory may be used again. */
  readonly release: () => void
}

/** Views of `body`, all of `partSize` bytes but the last. */
export function * slices(body: Uint8Array, partSize: number): Generator<Part> {
  for (let offset = 0; offset < body.length; offset += partSize) yield { bytes: body.subarray(offset, offset + partSize), release: () => {} }
}

/** The chunks of `source` gathered into parts. Copies: a chunk's memory is its source's again as soon as the next is asked for. */
export async function * gather(source: AsyncIterable<Uint8Array>, partSize: number, signal: AbortSignal | undefined): AsyncGenerator<Part> {
  const free: Buffer[] = []
  const partOf = (memory: Buffer, length: number): Part => ({ bytes: memory.subarray(0, length), release: () => { free.push(memory) } })
  let memory: Buffer | undefined
  let filled = 0
  for await (const chunk of abortable(source, signal)) {
    for (let at = 0; at < chunk.length;) {
      memory ??= free.pop() ?? Buffer.allocUnsafeSlow(partSize)
      const piece = chunk.subarray(at, at + partSize - filled)
      memory.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < partSize) continue
      yield partOf(memory, filled)
      memory = undefined
      filled = 0
    }
  }
  if (memory && filled > 0) yield partOf(memory, filled)
}

/** The whole of a stream, in one piece of memory. @throws {RangeError} when it has not `size` bytes. */
export async function collect(key: string, source: AsyncIterable<Uint8Array>, { signal, size }: WriteOptions): Promise<Uint8Array> {
  if (size === undefined) {
    const chunks: Buffer[] = []
    for await (const chunk of abortable(source, signal)) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  }
  const all = Buffer.allocUnsafeSlow(size)
  let filled = 0
  for await (const chunk of abortable(source, signal)) {
    if (filled + chunk.length > size) throw lengthError(key, filled + chunk.length, size)
    all.set(chunk, filled)
    filled += chunk.length
  }
  if (filled !== size) throw lengthError(key, filled, size)
  return all
}

/** A body of another length than announced is a bug of the caller. */
export function lengthError(key: string, got: number, announced: number): RangeError {
  return new RangeError(`body of ${JSON.stringify(key)} has ${got} bytes where ${announced} were announced`)
}
