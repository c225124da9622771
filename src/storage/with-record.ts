// Wrapper: tells an observer of every call once it is over. A listing is one call per page.

import { systemClock, type Clock } from '../util/clock.ts'
import { isFault, type FaultCode, type StorageReason } from '../util/fault.ts'
import type { Nanoseconds } from '../util/units.ts'
import type { Operation } from './faults.ts'
import type { ObjectMeta, ObjectStore, ObjectVersions } from './store.ts'

/** One call as its caller saw it, retries included. Points on the monotonic clock; `bytes` of object content moved. */
export interface RequestRecord {
  readonly operation: Operation
  /** The key; a listing's prefix; the first key of a delete; empty for a container. */
  readonly key: string
  readonly begin: Nanoseconds
  /** Of reads that succeeded. */
  readonly firstByte?: Nanoseconds
  readonly end: Nanoseconds
  readonly bytes: number
  /** Why the call failed. */
  readonly error?: StorageReason | Exclude<FaultCode, 'storage'> | 'bug'
}

export function withRecord(store: ObjectStore, observer: { request?(record: RequestRecord): void }, clock: Clock = systemClock): ObjectStore {
  if (!observer.request) return store
  const tell = (record: RequestRecord): void => { observer.request!(record) }

  async function recorded<T>(operation: Operation, key: string, call: () => Promise<T>, bytesOf: (result: T) => number): Promise<T> {
    const begin = clock.now()
    try {
      const result = await call()
      tell({ operation, key, begin, end: clock.now(), bytes: bytesOf(result) })
      return result
    } catch (error) {
      tell({ operation, key, begin, end: clock.now(), bytes: 0, error: reasonOf(error) })
      throw error
    }
  }

  const recordedVersions = (versions: ObjectVersions): ObjectVersions => ({
    list: (prefix, options) => recorded('list', prefix, () => versions.list(prefix, options), () => 0),
    delete: (some, options) => recorded('delete', some[0]?.key ?? '', () => versions.delete(some, options), () => 0),
  })

  async function pageOf(pages: AsyncIterator<readonly ObjectMeta[]>, prefix: string): Promise<IteratorResult<readonly ObjectMeta[]>> {
    const begin = clock.now()
    try {
      const result = await pages.next()
      if (!result.done) tell({ operation: 'list', key: prefix, begin, end: clock.now(), bytes: 0 })
      return result
    } catch (error) {
      tell({ operation: 'list', key: prefix, begin, end: clock.now(), bytes: 0, error: reasonOf(error) })
      throw error
    }
  }

  return {
    name: store.name, listsWhole: store.listsWhole === true,
    async * list(prefix, options) {
      const pages = store.list(prefix, options)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const { done, value } = await pageOf(pages, prefix)
          if (done) return
          yield value
        }
      } finally {
        await pages.return?.()
      }
    },
    async read(key, range, into, options) {
      const begin = clock.now()
      try {
        const timings = await store.read(key, range, into, options)
        tell({ operation: 'read', key, begin: timings.begin, firstByte: timings.firstByte, end: timings.end, bytes: range.length })
        return timings
      } catch (error) {
        tell({ operation: 'read', key, begin, end: clock.now(), bytes: 0, error: reasonOf(error) })
        throw error
      }
    },
    head: (key, options) => recorded('head', key, () => store.head(key, options), () => 0),
    write: (key, body, options) => recorded('write', key, () => store.write(key, body, options), (meta) => meta.size),
    delete: (keys, options) => recorded('delete', keys[0] ?? '', () => store.delete(keys, options), () => 0),
    createContainer: (options) => recorded('create', '', () => store.createContainer(options), () => 0),
    ...(store.versions ? { versions: recordedVersions(store.versions) } : {}),
    close: () => store.close(),
  }
}

function reasonOf(error: unknown): NonNullable<RequestRecord['error']> {
  if (isFault(error, 'storage')) return error.info.reason
  return isFault(error) ? error.code as Exclude<FaultCode, 'storage'> : 'bug'
}
