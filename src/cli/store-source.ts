// A ByteSource over a store for one-off reads: exact ranges, memory of its own for each.

import { checkInside } from '../format/format-fault.ts'
import type { ByteSource } from '../format/format.ts'
import type { ObjectMeta, ObjectStore } from '../storage/store.ts'
import { isFault } from '../util/fault.ts'

export async function storeSource(store: ObjectStore, key: string): Promise<ByteSource> {
  return sourceOf(store, await headOf(store, key))
}

function sourceOf(store: ObjectStore, { key, size, etag }: ObjectMeta): ByteSource {
  return {
    key,
    size,
    async read(offset, length) {
      checkInside({ key, size }, offset, length)
      const into = new Uint8Array(length)
      if (length > 0) await store.read(key, { offset, length }, into, { ifMatch: etag })
      return into
    },
    async beside(other) {
      try {
        return sourceOf(store, await store.head(other))
      } catch (error) {
        if (isFault(error, 'storage') && error.info.reason === 'no-key') return undefined
        throw error
      }
    },
  }
}

/** A HEAD has no body to say whether the key or the bucket is missing: a listing tells. */
async function headOf(store: ObjectStore, key: string): Promise<ObjectMeta> {
  try {
    return await store.head(key)
  } catch (error) {
    if (isFault(error, 'storage') && error.info.reason === 'no-key') for await (const _ of store.list(key, { pageSize: 1 })) break
    throw error
  }
}
