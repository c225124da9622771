// Streams that stop for an abort, and signals that many calls listen to.

import { setMaxListeners } from 'node:events'
import { throwIfAborted } from '../util/fault.ts'

/** `source`, but an abort is noticed while it has nothing to give. */
export async function * abortable<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  const { promise: aborted, resolve } = withResolvers<'aborted'>()
  const onAbort = (): void => { resolve('aborted') }
  signal?.addEventListener('abort', onAbort, { once: true })
  let isOver = false
  try {
    for (;;) {
      throwIfAborted(signal)
      const next = iterator.next()
      const result = await Promise.race([next, aborted])
      if (result === 'aborted') {
        next.catch(() => {})
        throwIfAborted(signal)
        continue
      }
      if (result.done) { isOver = true; return }
      yield result.value
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Not awaited: a source that hangs would hang us with it.
    if (!isOver) iterator.return?.()?.then(() => {}, () => {})
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((given) => { resolve = given })
  return { promise, resolve }
}

const prepared = new WeakSet<AbortSignal>()

/** Tells Node 20 that more than ten calls waiting for one signal are no leak; it would warn on stderr. */
export function expectListeners(signal: AbortSignal | undefined): void {
  if (signal === undefined || prepared.has(signal)) return
  prepared.add(signal)
  setMaxListeners(0, signal)
}
