// The reference backend: objects in this thread's memory. Containers need no making.

import { createHash } from 'node:crypto'
import { systemClock } from '../util/clock.ts'
import { throwIfAborted } from '../util/fault.ts'
import { abortable } from './abortable.ts'
import { changed, checkRange, noKey, truncated } from './faults.ts'
import { compareKeys, firstIndex } from './key-order.ts'
import type { ByteRange, Cancel, ListOptions, ObjectMeta, ObjectStore, ObjectVersion, ReadOptions, ReadTimings, WriteOptions } from './store.ts'

interface Entry { readonly meta: ObjectMeta; readonly bytes: Uint8Array }

const containers = new Map<string, Map<string, Entry>>()

/** The store of that name; all stores of one name and thread share their objects. */
export function openMemoryStore(name: string): ObjectStore {
  let entries = containers.get(name)
  if (!entries) containers.set(name, entries = new Map())
  return new MemoryStore(name, entries)
}

class MemoryStore implements ObjectStore {
  readonly name: string
  readonly #entries: Map<string, Entry>

  constructor(name: string, entries: Map<string, Entry>) {
    this.name = `memory://${name}`
    this.#entries = entries
  }

  async * list(prefix: string, { startAfter, pageSize = 1000, signal }: ListOptions = {}): AsyncIterable<readonly ObjectMeta[]> {
    throwIfAborted(signal)
    const keys = [...this.#entries.keys()].toSorted(compareKeys)
    let page: ObjectMeta[] = []
    for (let i = firstIndex(keys, prefix, startAfter); i < keys.length && keys[i]!.startsWith(prefix); i++) {
      const entry = this.#entries.get(keys[i]!)
      if (entry) page.push(entry.meta)
      if (page.length < pageSize) continue
      yield page
      page = []
      throwIfAborted(signal)
    }
    if (page.length > 0) yield page
  }

  async head(key: string, { signal }: Cancel = {}): Promise<ObjectMeta> {
    throwIfAborted(signal)
    return this.#entry(key, 'head').meta
  }

  async read(key: string, range: ByteRange, into: Uint8Array, { signal, ifMatch }: ReadOptions = {}): Promise<ReadTimings> {
    checkRange(range, into)
    throwIfAborted(signal)
    const begin = systemClock.now()
    const { bytes, meta } = this.#entry(key, 'read')
    if (ifMatch !== undefined && ifMatch !== meta.etag) throw changed(key, { operation: 'read' })
    const source = bytes.subarray(range.offset, range.offset + range.length)
    if (source.length !== range.length) throw truncated(key, source.length, range.length, { operation: 'read' })
    const firstByte = systemClock.now()
    into.set(source)
    return { begin, firstByte, end: systemClock.now() }
  }

  async write(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, { signal, size }: WriteOptions = {}): Promise<ObjectMeta> {
    throwIfAborted(signal)
    const chunks: Uint8Array[] = []
    if (body instanceof Uint8Array) chunks.push(body)
    else {
      for await (const chunk of abortable(body, signal)) chunks.push(chunk.slice())
      throwIfAborted(signal)
    }
    const bytes: Uint8Array = Buffer.concat(chunks)
    if (size !== undefined && bytes.length !== size) throw new RangeError(`body of ${bytes.length} bytes where ${size} were announced`)
    const meta = { key, size: bytes.length, etag: createHash('md5').update(bytes).digest('hex'), lastModified: new Date(systemClock.wallMilliseconds()) }
    this.#entries.set(key, { meta, bytes })
    return meta
  }

  async delete(keys: readonly string[], { signal }: Cancel = {}): Promise<readonly ObjectVersion[]> {
    throwIfAborted(signal)
    for (const key of keys) this.#entries.delete(key)
    return []
  }

  async createContainer({ signal }: Cancel = {}): Promise<void> {
    throwIfAborted(signal)
  }

  async close(): Promise<void> {}

  #entry(key: string, operation: 'head' | 'read'): Entry {
    const entry = this.#entries.get(key)
    if (!entry) throw noKey(this.name, { operation, key })
    return entry
  }
}
