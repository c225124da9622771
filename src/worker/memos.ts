// What readers learnt of objects: kept while a thread lives, up to so many bytes, the longest unused forgotten first.

import type { Memo } from '../format/format.ts'

/** Bytes that one thread's readers may keep: the tables of a million samples with sixteen each, four times over. */
export const memoBytes: number = 64 * 1024 * 1024

/** Made for every object that is read, though few formats ask it: the name is put together when one does. */
class ObjectMemo implements Memo {
  readonly #memos: Memos
  readonly #key: string
  readonly #etag: string

  constructor(memos: Memos, key: string, etag: string) {
    this.#memos = memos
    this.#key = key
    this.#etag = etag
  }

  get(): unknown { return this.#memos.get(`${this.#etag} ${this.#key}`) }
  set(value: unknown, bytes: number): void { this.#memos.set(`${this.#etag} ${this.#key}`, { value, bytes }) }
}

interface Entry { readonly value: unknown; readonly bytes: number }

export class Memos {
  readonly #limitBytes: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(limitBytes: number = memoBytes) { this.#limitBytes = limitBytes }

  /** Bytes that are kept, as those who set them said. */
  get bytes(): number { return this.#bytes }

  /** Of the object `key` while it has this ETag: another ETag is another object. */
  of(key: string, etag: string): Memo {
    return new ObjectMemo(this, key, etag)
  }

  get(name: string): unknown {
    const entry = this.#entries.get(name)
    if (!entry) return undefined
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    return entry.value
  }

  set(name: string, entry: Entry): void {
    this.#drop(name)
    if (entry.bytes > this.#limitBytes) return
    this.#entries.set(name, entry)
    this.#bytes += entry.bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limitBytes) return
      this.#drop(oldest)
    }
  }

  #drop(name: string): void {
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0
    this.#entries.delete(name)
  }
}
