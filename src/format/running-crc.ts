// A checksum of a part of an object that is taken along while its bytes come. Of 8 MiB a CRC-32 takes a third to a half of the
// time then that it takes when all of them are there and have left the core's cache.

import type { Crc32 } from '../util/crc.ts'
import { MiB } from '../util/units.ts'

/** Smaller objects are still in the cache when they are whole. Bytes. */
export const followedLength: number = 1 * MiB

export class RunningCrc {
  readonly #crc: Crc32
  readonly #begin: number
  readonly #end: number
  #done: number
  #value = 0

  /** Of the bytes from `begin` to `end` (exclusive). */
  constructor(crc: Crc32, begin: number, end: number) {
    this.#crc = crc
    this.#begin = this.#done = begin
    this.#end = end
  }

  /** As of Follow. */
  follow(bytes: Uint8Array, filled: number): void {
    // What came before is being written over: nothing is known of it any more.
    if (filled === 0) {
      this.#done = this.#begin
      this.#value = 0
    }
    const end = Math.min(filled, this.#end)
    if (end <= this.#done) return
    this.#value = this.#crc(bytes.subarray(this.#done, end), this.#value)
    this.#done = end
  }

  /** The checksum, of all of the part: what was not followed is looked at now. */
  of(bytes: Uint8Array): number {
    this.follow(bytes, this.#end)
    return this.#value
  }
}
