// At most `depth` pieces of work ahead of the consumer, handed over in order.
// Source: PyTorch's DataLoader: `num_workers * prefetch_factor` batches are asked for when the epoch starts, one more
// whenever one is consumed, and a slow batch holds back the ones behind it.

/** Something that has been started and will settle; its rejection is owned until somebody asks. */
function own<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/**
 * Gives the results of `start(item)` in the order of `items`, with up to `depth` started before they are asked for.
 * depth 0 starts each only when asked. `return()` waits for what was started, so nothing outlives the loop.
 */
export async function* prefetch<Item, Result>(items: Iterable<Item>, depth: number, start: (item: Item) => Promise<Result>): AsyncGenerator<Result, void, undefined> {
  const iterator = items[Symbol.iterator]()
  const ahead: Promise<Result>[] = []
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  const fill = (limit: number): void => {
    if (isOver) return
    try {
      while (ahead.length < limit) {
        const next = iterator.next()
        if (next.done) return
        ahead.push(own(start(next.value)))
      }
    } catch (error) {
      failure ??= { error }
    }
  }
  try {
    fill(depth)
    for (;;) {
      if (ahead.length === 0) fill(Math.max(1, depth))
      const first = ahead[0]
      if (first === undefined) {
        if (failure) throw failure.error
        return
      }
      const result = await first
      void ahead.shift()
      // The next is asked for when this one is taken, whatever the consumer does then; but not before the consumer has it:
      // asking costs some 100 µs, which would count as waiting for data.
      if (depth > 0) setImmediate(() => { fill(depth) })
      yield result
    }
  } finally {
    isOver = true
    await Promise.allSettled(ahead)
  }
}
