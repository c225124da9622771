// Wrapper: at most so many calls in flight; the others wait their turn, which counts as time of the read.

import { systemClock } from '../util/clock.ts'
import { Semaphore } from '../util/semaphore.ts'
import { throwIfAborted } from '../util/fault.ts'
import { expectListeners } from './abortable.ts'
import type { Cancel, ObjectStore } from './store.ts'

/** `limit` undefined: the store itself. */
export function withLimit(store: ObjectStore, limit: number | undefined): ObjectStore {
  if (limit === undefined) return store
  const permits = new Semaphore(limit)

  async function limited<T>(options: Cancel | undefined, call: () => Promise<T>): Promise<T> {
    expectListeners(options?.signal)
    const release = await permits.acquire(1, options?.signal)
    try {
      throwIfAborted(options?.signal)
      return await call()
    } finally {
      release()
    }
  }

  return {
    name: store.name,
    // A page at a time: a listing that is not asked for its next page holds no permit.
    async * list(prefix, options) {
      const pages = store.list(prefix, options)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const { done, value } = await limited(options, () => pages.next())
          if (done) return
          yield value
        }
      } finally {
        await pages.return?.()
      }
    },
    head: (key, options) => limited(options, () => store.head(key, options)),
    async read(key, range, into, options) {
      const begin = systemClock.now()
      const timings = await limited(options, () => store.read(key, range, into, options))
      return { ...timings, begin }
    },
    write: (key, body, options) => limited(options, () => store.write(key, body, options)),
    delete: (keys, options) => limited(options, () => store.delete(keys, options)),
    createContainer: (options) => limited(options, () => store.createContainer(options)),
    close: () => store.close(),
  }
}
