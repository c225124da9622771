// Many strings in a few shared arrays: half a million keys cost their bytes once, and nothing per thread.

/** Strings begin in the first 2^20 bytes of a chunk. A longer one has a chunk of its own. */
const chunkBits = 20
const chunkSize = 2 ** chunkBits
const offsetMask = chunkSize - 1
/** Positions are 32 bits wide. */
export const maxChunks: number = 2 ** (32 - chunkBits)
/** Ends every string: no byte of UTF-8. */
export const terminator = 0xff
/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const maxBytesPerUnit = 3
/** UTF-16 code units that are written one by one. */
const maxLooped = 128

/** What crosses a thread: shared by reference, never copied. */
export interface StringTableParts {
  /** What every string begins with; kept once. */
  readonly prefix: string
  /** The rest of the strings as UTF-8, each with the terminator behind it. */
  readonly chunks: readonly Uint8Array<SharedArrayBuffer>[]
  /** Where each string's rest begins: chunk · 2^20 + offset. Shape [length]. */
  readonly starts: Uint32Array<SharedArrayBuffer>
}

export class StringTable {
  readonly parts: StringTableParts
  readonly #chunks: readonly Buffer[]

  constructor(parts: StringTableParts) {
    this.parts = parts
    this.#chunks = parts.chunks.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength))
  }

  get length(): number { return this.parts.starts.length }

  /** @throws {RangeError} when `index` is not an index of the table. */
  get(index: number): string {
    const start = this.parts.starts[index]
    if (start === undefined) throw new RangeError(`no string ${index} in a table of ${this.length}`)
    const chunk = this.#chunks[start >>> chunkBits]!
    const offset = start & offsetMask
    return this.parts.prefix + chunk.toString('utf8', offset, chunk.indexOf(terminator, offset))
  }

  /** Where the bytes after the prefix are: from `offset` of `bytes` up to the terminator. */
  rest(index: number): { readonly bytes: Uint8Array; readonly offset: number } {
    const start = this.parts.starts[index]!
    return { bytes: this.parts.chunks[start >>> chunkBits]!, offset: start & offsetMask }
  }

  /** The first `length` strings, in the same memory. */
  first(length: number): StringTable {
    return new StringTable({ ...this.parts, starts: this.parts.starts.subarray(0, length) })
  }

  /** The strings that `order` names, in that order. Shares the bytes with this table. */
  select(order: Uint32Array): StringTable {
    const starts = sharedWords(order.length)
    for (let i = 0; i < order.length; i++) starts[i] = this.parts.starts[order[i]!]!
    return new StringTable({ ...this.parts, starts })
  }

  * [Symbol.iterator](): Generator<string, void> {
    for (let i = 0; i < this.length; i++) yield this.get(i)
  }
}

/** Collects strings that all begin with `prefix`, in the memory that the table will have: five bytes a string besides its own. */
export class StringTableBuilder {
  readonly #prefix: string
  #chunks: Uint8Array<SharedArrayBuffer>[] = []
  /** The last of the chunks, and how much of it is taken. */
  #chunk: Buffer = Buffer.alloc(0)
  #used = 0
  #starts: Uint32Array<SharedArrayBuffer>
  #length = 0

  /** `expected`: how many strings will come. More may; with fewer, memory that is never touched costs nothing. */
  constructor(prefix = '', expected = 256) {
    this.#prefix = prefix
    this.#starts = sharedWords(expected)
  }

  get length(): number { return this.#length }

  /** @throws {RangeError} when `text` does not begin with the prefix, or with it the table were above 4 GiB. */
  push(text: string): void {
    if (!text.startsWith(this.#prefix)) throw new RangeError(`"${text}" does not begin with "${this.#prefix}"`)
    const from = this.#prefix.length
    const atMost = (text.length - from) * maxBytesPerUnit + 1
    if (this.#chunk.length - this.#used < atMost || this.#used >= chunkSize) this.#openChunk(atMost)
    this.#reserve(this.#length + 1)
    this.#starts[this.#length++] = (this.#chunks.length - 1) * chunkSize + this.#used
    this.#used = this.#writeAscii(text, from) ?? this.#used + this.#chunk.write(text.slice(from), this.#used, 'utf8')
    this.#chunk[this.#used++] = terminator
  }

  /** @throws {RangeError} when `index` is not an index of what was pushed. */
  get(index: number): string {
    return new StringTable({ prefix: this.#prefix, chunks: this.#chunks, starts: this.#starts.subarray(0, this.#length) }).get(index)
  }

  /** The table of everything pushed. The builder is empty afterwards. */
  build(): StringTable {
    const table = new StringTable({ prefix: this.#prefix, chunks: this.#chunks, starts: this.#starts.subarray(0, this.#length) })
    this.#reset()
    return table
  }

  /** Where the next string begins, or undefined when the text is not ASCII. For strings this short a loop is faster than a call of Buffer's. */
  #writeAscii(text: string, from: number): number | undefined {
    if (text.length - from > maxLooped) return undefined
    const chunk = this.#chunk
    let at = this.#used
    for (let i = from; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 0x7f) return undefined
      chunk[at++] = unit
    }
    return at
  }

  #openChunk(atLeast: number): void {
    checkChunks(this.#chunks.length + 1)
    const chunk = new Uint8Array(new SharedArrayBuffer(Math.max(atLeast, this.#chunks.length === 0 ? 4096 : chunkSize)))
    this.#chunks.push(chunk)
    this.#chunk = Buffer.from(chunk.buffer)
    this.#used = 0
  }

  #reserve(length: number): void {
    if (length <= this.#starts.length) return
    const larger = sharedWords(Math.max(length, Math.ceil(1.5 * this.#starts.length)))
    larger.set(this.#starts.subarray(0, this.#length))
    this.#starts = larger
  }

  #reset(): void {
    this.#chunks = []
    this.#chunk = Buffer.alloc(0)
    this.#used = 0
    this.#starts = sharedWords(0)
    this.#length = 0
  }
}

function sharedWords(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(4 * length))
}

function checkChunks(count: number): void {
  if (count > maxChunks) throw new RangeError('more than 4 GiB of strings in one table')
}

export function stringTable(strings: Iterable<string>, prefix = ''): StringTable {
  const builder = new StringTableBuilder(prefix)
  for (const text of strings) builder.push(text)
  return builder.build()
}
