// Keys that change while requests are made: memory shared by all threads, written by the one that renews them. Nobody waits
// for it: who finds a change half written goes on with the keys before, which are good for some minutes more.

import { Buffer } from 'node:buffer'
import type { Credentials } from './spec.ts'

/** Plain data, part of a spec. `sequence`, shape [2]: a number that is odd while keys are written, and the bytes they take; `text`: as JSON in UTF-8. */
export interface CredentialsBoard {
  readonly sequence: Int32Array<SharedArrayBuffer>
  readonly text: Uint8Array<SharedArrayBuffer>
}

/** Session tokens have about 1 KiB, those with many claims in them some more. Bytes. */
const capacity = 64 * 1024

export function createBoard(credentials: Credentials): CredentialsBoard {
  const board = { sequence: new Int32Array(new SharedArrayBuffer(8)), text: new Uint8Array(new SharedArrayBuffer(capacity)) }
  post(board, credentials)
  return board
}

/** For one thread only. @throws {RangeError} for credentials of more than 64 KiB. */
export function post({ sequence, text }: CredentialsBoard, credentials: Credentials): void {
  const bytes = Buffer.from(JSON.stringify(credentials))
  if (bytes.length > capacity) throw new RangeError(`credentials of ${bytes.length} bytes`)
  Atomics.add(sequence, 0, 1)
  text.set(bytes)
  Atomics.store(sequence, 1, bytes.length)
  Atomics.add(sequence, 0, 1)
}

/** One reader's look at the board. */
export class BoardReader {
  readonly #board: CredentialsBoard
  #seen = 0

  constructor(board: CredentialsBoard) { this.#board = board }

  /** The keys, where they are others than at the last call; costs one load where they are not. */
  renewed(): Credentials | undefined {
    const { sequence, text } = this.#board
    const now = Atomics.load(sequence, 0)
    if (now === this.#seen || now % 2 === 1) return undefined
    const bytes = Buffer.from(text.slice(0, Atomics.load(sequence, 1)))
    if (Atomics.load(sequence, 0) !== now) return undefined
    this.#seen = now
    return JSON.parse(bytes.toString()) as Credentials
  }
}
