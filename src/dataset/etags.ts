// The ETags of a file table. Most are MD5 in hexadecimal: 16 bytes a file then, where text with its place takes 37.

import { StringTable, StringTableBuilder, type StringTableParts } from '../util/string-table.ts'

const digestSize = 16
const noDigest = '00'.repeat(digestSize)
const md5 = /^[0-9a-f]{32}$/

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
    if (!this.#texts && etag !== undefined && !md5.test(etag)) this.#texts = this.#toTexts()
    if (this.#texts) this.#texts.push(etag ?? '')
    else this.#pushDigest(etag ?? noDigest)
  }

  /** Takes over everything that `other` collected, after what is here. `other` is of no use afterwards. */
  append(other: ETagBuilder): void {
    this.#isEmpty &&= other.#isEmpty
    if (this.#texts || other.#texts) {
      this.#texts ??= this.#toTexts()
      this.#texts.append(other.#texts ?? other.#toTexts())
      return
    }
    this.#reserve(this.#used + other.#used)
    this.#digests.set(other.#digests.subarray(0, other.#used), this.#used)
    this.#used += other.#used
  }

  /** The ETags of the rows that `order` names, or of all rows; undefined when no row has one. The builder is of no use afterwards. */
  build(order?: Uint32Array): ETags | undefined {
    if (this.#isEmpty) return undefined
    if (this.#texts) {
      const table = this.#texts.build()
      return new ETags({ texts: (order ? table.select(order) : table).parts })
    }
    const all = this.#takeDigests()
    if (!order) return new ETags({ digests: all })
    const digests = new Uint8Array(new SharedArrayBuffer(digestSize * order.length))
    for (let i = 0; i < order.length; i++) {
      const begin = order[i]! * digestSize
      digests.set(all.subarray(begin, begin + digestSize), i * digestSize)
    }
    return new ETags({ digests })
  }

  #pushDigest(text: string): void {
    this.#reserve(this.#used + digestSize)
    this.#used += this.#digests.write(text, this.#used, 'hex')
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
