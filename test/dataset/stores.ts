// Stores for tests: the real memory store, filled, watched or made to fail.

import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectMeta, ObjectStore, WriteOptions } from '../../src/storage/store.ts'

let numStores = 0

/** A memory store of its own that holds objects of these sizes. */
export async function storeWith(objects: Readonly<Record<string, number>> = {}): Promise<ObjectStore> {
  const store = openMemoryStore(`dataset-test-${process.pid}-${numStores++}`)
  for (const [key, size] of Object.entries(objects)) await store.write(key, new Uint8Array(size))
  return store
}

/** A listing that was never written: pages of `keys`, which must be sorted, 1 byte each. */
export function listingOf(keys: readonly string[]): Pick<ObjectStore, 'list' | 'name'> {
  return {
    name: 'listing',
    async * list(prefix, { startAfter, pageSize = 1000 } = {}) {
      const matching = keys.filter((key) => key.startsWith(prefix) && (startAfter === undefined || key > startAfter))
      for (let i = 0; i < matching.length; i += pageSize) yield matching.slice(i, i + pageSize).map((key): ObjectMeta => ({ key, size: 1, etag: key }))
    },
  }
}

export async function readAll(store: ObjectStore, key: string): Promise<Uint8Array> {
  const { size } = await store.head(key)
  const bytes = new Uint8Array(size)
  if (size > 0) await store.read(key, { offset: 0, length: size }, bytes)
  return bytes
}

export async function contentsOf(store: ObjectStore): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>()
  for await (const page of store.list('')) for (const { key } of page) contents.set(key, await readAll(store, key))
  return contents
}

/** `inner`, but each write goes through `write`; everything else is as it was. */
export function withWrite(inner: ObjectStore, write: (key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: WriteOptions | undefined) => Promise<ObjectMeta>): ObjectStore {
  return {
    name: inner.name,
    list: (prefix, options) => inner.list(prefix, options),
    head: (key, options) => inner.head(key, options),
    read: (key, range, into, options) => inner.read(key, range, into, options),
    write,
    delete: (keys, options) => inner.delete(keys, options),
    createContainer: (options) => inner.createContainer(options),
    close: () => inner.close(),
  }
}
