// Keys in the order of their UTF-8 bytes. New keys wait unsorted until somebody asks for the order.

/** Negative when `a` comes first. UTF-16 order differs from UTF-8 order where surrogates meet U+E000 to U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xSurrogate = x >= 0xd800 && x <= 0xdfff
    const ySurrogate = y >= 0xd800 && y <= 0xdfff
    if (xSurrogate === ySurrogate) return x - y
    if (xSurrogate) return y >= 0xe000 ? 1 : x - y
    return x >= 0xe000 ? -1 : x - y
  }
  return a.length - b.length
}

export class KeyIndex<T> {
  readonly #values = new Map<string, T>()
  /** Sorted; may hold keys that are gone. */
  #sorted: string[] = []
  #added: string[] = []
  #gone = 0

  get size(): number { return this.#values.size }
  get(key: string): T | undefined { return this.#values.get(key) }
  values(): IterableIterator<T> { return this.#values.values() }

  set(key: string, value: T): void {
    const isNew = !this.#values.has(key)
    this.#values.set(key, value)
    if (!isNew) return
    const last = this.#sorted.at(-1)
    // Most data sets are written in order.
    if (this.#added.length === 0 && (last === undefined || compareKeys(last, key) < 0)) this.#sorted.push(key)
    else this.#added.push(key)
  }

  delete(key: string): boolean {
    const was = this.#values.delete(key)
    if (was) this.#gone++
    return was
  }

  /** All keys in order, some of which may be gone: ask `get`. Good until the next change. */
  order(): readonly string[] {
    if (this.#added.length > 0) this.#merge()
    // A quarter of dead keys is cheap to skip; more is not.
    if (this.#gone * 4 > this.#sorted.length) {
      this.#sorted = this.#sorted.filter((key) => this.#values.has(key))
      this.#gone = 0
    }
    return this.#sorted
  }

  #merge(): void {
    const added = this.#added.toSorted(compareKeys)
    const before = this.#sorted
    const merged: string[] = []
    let i = 0
    for (const key of added) {
      while (i < before.length && compareKeys(before[i]!, key) < 0) merged.push(before[i++]!)
      if (before[i] !== key && merged.at(-1) !== key) merged.push(key)
    }
    while (i < before.length) merged.push(before[i++]!)
    this.#sorted = merged
    this.#added = []
  }
}
