// How long the parts are that an object was uploaded in, as HEAD with a part's number tells; needed for checksums of checksums.
// Source: "HeadObject", partNumber, Amazon S3 API Reference.

import { compositeChecksum, createDigest, type ChecksumAlgorithm, type PartChecksum } from '../../util/checksum.ts'
import { throwIfAborted } from '../../util/fault.ts'

export interface ReadObject {
  readonly key: string
  /** Without quotes. */
  readonly etag: string | undefined
  readonly signal: AbortSignal | undefined
}

/** The bytes of part `number`, from 1 on. May fail, and may be NaN. */
export type AskLength = (object: ReadObject, number: number) => Promise<number>

/** So many objects' are remembered. */
const mostObjects = 10_000

export class PartLengths {
  readonly #ask: AskLength
  readonly #first = new Map<string, { readonly etag: string | undefined; readonly length: number | undefined }>()

  constructor(ask: AskLength) {
    this.#ask = ask
  }

  /** Where each of `count` parts of `size` bytes ends, if all but the last are as long as the first; asked once for each object. Undefined where that cannot be. */
  async alike(object: ReadObject, count: number, size: number): Promise<readonly number[] | undefined> {
    const { key, etag } = object
    let known = this.#first.get(key)
    if (!known || known.etag !== etag) {
      known = { etag, length: count === 1 ? size : await this.#lengthOf(object, 1) }
      if (this.#first.size >= mostObjects) this.#first.delete(this.#first.keys().next().value!)
      this.#first.set(key, known)
    }
    const { length = 0 } = known
    if (!(length > 0 && (count - 1) * length < size && size <= count * length)) return undefined
    return Array.from({ length: count }, (_, i) => Math.min(size, (i + 1) * length))
  }

  /** The same with each part asked for: its own length. Undefined where the store does not tell, or tells others than make `size`. */
  async asked(object: ReadObject, count: number, size: number): Promise<readonly number[] | undefined> {
    const ends: number[] = []
    let end = 0
    for (let number = 1; number <= count; number++) {
      const length = await this.#lengthOf(object, number)
      if (length === undefined) return undefined
      ends.push(end += length)
    }
    return end === size ? ends : undefined
  }

  async #lengthOf(object: ReadObject, number: number): Promise<number | undefined> {
    try {
      const length = await this.#ask(object, number)
      return Number.isSafeInteger(length) ? length : undefined
    } catch {
      // Not every store knows parts of objects, and nobody may have to look: then there is nothing to check by.
      throwIfAborted(object.signal)
      return undefined
    }
  }
}

/** What a store that joined parts with these ends has as the checksum: base64, and "-N". */
export function compositeOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array, ends: readonly number[]): string {
  const sums: PartChecksum[] = ends.map((end, i) => {
    const part = bytes.subarray(ends[i - 1] ?? 0, end)
    const digest = createDigest(algorithm)
    digest.update(part)
    return { value: digest.base64(), size: part.length }
  })
  return compositeChecksum(algorithm, sums).value
}
