// Streams that stop for an abort.

import { expectListeners, onAbort as whenAborted } from '../util/cancel.ts'
import { throwIfAborted } from '../util/fault.ts'

/** `source`, but an abort is noticed while it has nothing to give. */
export async function * abortable<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  const { promise: aborted, resolve } = withResolvers<'aborted'>()
  const onAbort = (): void => { resolve('aborted') }
  expectListeners(signal)
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

/** What `promise` gives, or the signal's Fault as soon as it is aborted. `promise` goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal)
  const { promise: aborted, resolve } = withResolvers<'aborted'>()
  const stop = whenAborted(signal, () => { resolve('aborted') })
  try {
    const result = await Promise.race([promise, aborted])
    throwIfAborted(signal)
    return result as T
  } finally {
    stop()
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((given) => { resolve = given })
  return { promise, resolve }
}
