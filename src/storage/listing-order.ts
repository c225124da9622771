// Whether a listing goes forward. Resuming it and splitting it rely on the order, and one that repeats itself would never end.

import { storageFault, type FaultContext } from './faults.ts'
import { compareKeys } from './key-order.ts'
import type { ObjectMeta } from './store.ts'

/** The last key of `page`, which follows `last` ('' at the begin). @throws {Fault} 'protocol' for a key that is not behind the one before it. */
export function lastInOrder(page: readonly ObjectMeta[], last: string, { name, context }: { readonly name: string; readonly context: FaultContext }): string {
  let before = last
  for (const { key } of page) {
    if (before !== '' && compareKeys(before, key) >= 0) {
      throw storageFault('protocol', `${name} lists ${JSON.stringify(key)} after ${JSON.stringify(before)}`, context, { hint: 'listings must be in the order of the keys; directory buckets are not supported' })
    }
    before = key
  }
  return before
}
