// The ETags of a file table. Most are MD5 in hexadecimal: 16 bytes a file then, where text with its place takes 37.

import type { Column } from '../util/reorder.ts'
import { StringTable, StringTableBuilder, type StringTableParts } from '../util/string-table.ts'

const digestSize = 16
const noDigest = '00'.repeat(digestSize)

/** Of a digit of lower-case hexadecimal; −1 for any other character. */
function nibbleOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  return unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : -1
}

/** Writes the digest that `text` is in lower-case hexadecimal; false, with nothing of use written, when it is none. */
function writeDigest(text: string, into: Uint8Array, offset: number): boolean {
  if (text.length !== 2 * digestSize) return false
  // Five times as fast as a regular expression and Buffer's own hexadecimal, for strings this short.
  for (let i = 0; i < digestSize; i++) {
    const high = nibbleOf(text.charCodeAt(2 * i)), low = nibbleOf(text.charCodeAt(2 * i + 1))
    if (high < 0 || low < 0) return false
    into[offset + i] = high * 16 + low
  }
  return true
}

/** What crosses a thread: shared by reference. */
export type ETagParts =
  /** MD5 digests one after the other; zeros where there was no ETag. */
  | { readonly digests: Uint8Array<SharedArrayBuffer> }
  | { readonly texts: StringTableParts }

export class ETags {
  readonly parts: ETagParts
  readonly #digests: Buffer | undefined
  readonly #texts: StringTable | undefined

  constructor(parts: ETagParts) {
    this.parts = parts
    if ('digests' in parts) this.#digests = Buffer.from(parts.digests.buffer, parts.digests.byteOffset, parts.digests.byteLength)
    else this.#texts = new StringTable(parts.texts)
  }

  get length(): number { return this.#texts?.length ?? this.#digests!.length / digestSize }

  /** Without quotes; undefined where the listing showed none. */
  get(index: number): string | undefined {
    if (this.#texts) return this.#texts.get(index) || undefined
    const begin = index * digestSize
    const text = this.#digests!.toString('hex', begin, begin + digestSize)
    return text === noDigest ? undefined : text
  }

  /** The first `length` of them, in the same memory. */
  first(length: number): ETags {
    const { parts } = this
    return new ETags('digests' in parts ? { digests: parts.digests.subarray(0, digestSize * length) } : { texts: { ...parts.texts, starts: parts.texts.starts.subarray(0, length) } })
  }

  /** The memory of them, to put them into another order. */
  column(): Column {
    if ('texts' in this.parts) return { values: this.parts.texts.starts, width: 1 }
    const { buffer, byteOffset, byteLength } = this.parts.digests
    return { values: new Uint32Array(buffer, byteOffset, byteLength / 4), width: digestSize / 4 }
  }
}

export class ETagBuilder {
  /** Set once an ETag came that is no MD5: from then on all of them are text. */
  #texts: StringTableBuilder | undefined
  #digests: Buffer<SharedArrayBuffer>
  #used = 0
  #isEmpty = true

  /** `expected`: how many will come. More may; with fewer, memory that is never touched costs nothing. */
  constructor(expected = 256) {
    this.#digests = Buffer.from(new SharedArrayBuffer(digestSize * expected))
  }

  push(etag: string | undefined): void {
    if (etag !== undefined) this.#isEmpty = false
    if (!this.#texts) {
      this.#reserve(this.#used + digestSize)
      if (etag === undefined) this.#digests.fill(0, this.#used, this.#used + digestSize)
      if (etag === undefined || writeDigest(etag, this.#digests, this.#used)) {
        this.#used += digestSize
        return
      }
      this.#texts = this.#toTexts()
    }
    this.#texts.push(etag ?? '')
  }

  /** The ETags of all rows; undefined when no row has one. The builder is of no use afterwards. */
  build(): ETags | undefined {
    if (this.#isEmpty) return undefined
    return new ETags(this.#texts ? { texts: this.#texts.build().parts } : { digests: this.#takeDigests() })
  }

  #reserve(size: number): void {
    if (size <= this.#digests.length) return
    const larger = Buffer.from(new SharedArrayBuffer(Math.max(size, digestSize * Math.ceil(1.5 * this.#digests.length / digestSize))))
    larger.set(this.#digests.subarray(0, this.#used))
    this.#digests = larger
  }

  #takeDigests(): Uint8Array<SharedArrayBuffer> {
    const digests = new Uint8Array(this.#digests.buffer, 0, this.#used)
    this.#digests = Buffer.from(new SharedArrayBuffer(0))
    this.#used = 0
    return digests
  }

  #toTexts(): StringTableBuilder {
    const etags = new ETags({ digests: this.#takeDigests() })
    const texts = new StringTableBuilder()
    for (let i = 0; i < etags.length; i++) texts.push(etags.get(i) ?? '')
    return texts
  }
}
