// A ByteSource over a store for one-off reads: exact ranges, memory of its own for each.

import { checkInside } from '../format/format-fault.ts'
import type { ByteSource } from '../format/format.ts'
import type { ObjectMeta, ObjectStore } from '../storage/store.ts'
import { isFault } from '../util/fault.ts'

export async function storeSource(store: ObjectStore, key: string): Promise<ByteSource> {
  const { size, etag } = await headOf(store, key)
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

/** A HEAD has no body to say whether the key or the bucket is missing: a listing tells. */
async function headOf(store: ObjectStore, key: string): Promise<ObjectMeta> {
  try {
    return await store.head(key)
  } catch (error) {
    if (isFault(error, 'storage') && error.info.reason === 'no-key') for await (const _ of store.list(key, { pageSize: 1 })) break
    throw error
  }
}
