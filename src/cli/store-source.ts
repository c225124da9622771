// A ByteSource over a store for one-off reads: exact ranges, memory of its own for each.

import type { ByteSource } from '../format/format.ts'
import type { ObjectStore } from '../storage/store.ts'
import { Fault } from '../util/fault.ts'

export async function storeSource(store: ObjectStore, key: string): Promise<ByteSource> {
  const { size, etag } = await store.head(key)
  return {
    key,
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Fault('format', `${key} is ${size} bytes long, but its content points to bytes ${offset} to ${offset + length}`, { info: { reason: 'damaged', key, offset } })
      }
      const into = new Uint8Array(length)
      await store.read(key, { offset, length }, into, { ifMatch: etag })
      return into
    },
  }
}
