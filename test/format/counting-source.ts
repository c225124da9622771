// A ByteSource that serves exact ranges and remembers them.

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { ByteSource } from '../../src/format/format.ts'

export interface CountingSource extends ByteSource {
  /** Every read, in order. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[]
  readonly bytesRead: number
}

/** `beside`: the other objects there are. What is read of them is not counted. */
export function countingSource(key: string, bytes: Uint8Array, beside: ReadonlyMap<string, Uint8Array> = new Map()): CountingSource {
  const inner = bytesSource(key, bytes)
  const ranges: { offset: number; length: number }[] = []
  return {
    key,
    size: inner.size,
    ranges,
    get bytesRead() { return ranges.reduce((sum, { length }) => sum + length, 0) },
    // A copy: a decoder that looks beyond its range finds nothing there.
    async read(offset, length) {
      ranges.push({ offset, length })
      return Uint8Array.from(await inner.read(offset, length))
    },
    beside: async (other) => {
      const found = beside.get(other)
      return found && bytesSource(other, found)
    },
  }
}
