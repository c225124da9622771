// A ByteSource over a store for one-off reads: exact ranges, memory of its own for each.

import { checkInside } from '../format/format-fault.ts'
import type { ByteSource } from '../format/format.ts'
import type { ObjectStore } from '../storage/store.ts'

export async function storeSource(store: ObjectStore, key: string): Promise<ByteSource> {
  const { size, etag } = await store.head(key)
  return {
    key,
    size,
    async read(offset, length) {
      checkInside({ key, size }, offset, length)
      const into = new Uint8Array(length)
      await store.read(key, { offset, length }, into, { ifMatch: etag })
      return into
    },
  }
}
