// Reads little-endian numbers from bytes, and cannot read outside of them: every overrun is a Fault with the offset.

import { damaged } from './format-fault.ts'

export class Cursor {
  readonly key: string
  readonly bytes: Uint8Array
  /** Where `bytes` starts in the object. */
  readonly base: number
  readonly #view: DataView
  /** Next byte to be read, from the start of `bytes`. */
  position: number

  constructor(key: string, bytes: Uint8Array, base: number, position = 0) {
    this.key = key
    this.bytes = bytes
    this.base = base
    this.position = position
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The position as a byte offset in the object. */
  get offset(): number { return this.base + this.position }

  get remaining(): number { return this.bytes.length - this.position }

  /** Steps over `length` bytes and gives the position where they start. */
  skip(length: number): number {
    const begin = this.position
    if (!(length >= 0 && length <= this.bytes.length - begin)) {
      throw damaged(this.key, this.offset, `${this.key} ends inside a structure: ${length} bytes are wanted at ${this.offset}, ${Math.max(0, this.remaining)} are there`)
    }
    this.position = begin + length
    return begin
  }

  u8(): number { return this.bytes[this.skip(1)]! }

  u16(): number { return this.#view.getUint16(this.skip(2), true) }

  u32(): number { return this.#view.getUint32(this.skip(4), true) }

  /** Numbers above 2^53 − 1 are no sizes or offsets of anything that exists: damaged. */
  u64(): number {
    const begin = this.skip(8)
    const value = this.#view.getUint32(begin + 4, true) * 2 ** 32 + this.#view.getUint32(begin, true)
    if (value > Number.MAX_SAFE_INTEGER) throw damaged(this.key, this.base + begin, `${this.key} states an impossible size at ${this.base + begin}`)
    return value
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const begin = this.skip(length)
    return this.bytes.subarray(begin, begin + length)
  }

  /** Throws unless the next four bytes are `signature`, read as a little-endian number. `what` names the structure. */
  expect(signature: number, what: string): void {
    const at = this.offset
    const found = this.u32()
    if (found !== signature) throw damaged(this.key, at, `${this.key} has no ${what} at ${at}: found 0x${found.toString(16).padStart(8, '0')}`)
  }
}
