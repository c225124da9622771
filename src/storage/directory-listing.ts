// Listings of directory buckets: their pages come in no order, and below whole folders only. Here they become what a listing is
// everywhere else, at the price of having all of it in memory before the first page.
// Source: "Differences for directory buckets", Amazon S3 User Guide.

import { throwIfAborted } from '../util/fault.ts'
import { storageFault, type FaultContext } from './faults.ts'
import { compareKeys } from './key-order.ts'
import type { ListOptions, ObjectMeta } from './store.ts'

interface Page { readonly objects: readonly ObjectMeta[]; readonly next?: string | undefined }

export interface DirectoryListing {
  /** One page of what lies below `prefix`, which is empty or ends in a slash. */
  readonly ask: (prefix: string, token: string | undefined) => Promise<Page>
  /** Of the store, for people. */
  readonly name: string
  readonly context: FaultContext
}

/** @throws {Fault} 'protocol' for a listing that repeats itself. */
export async function * listDirectoryBucket({ ask, name, context }: DirectoryListing, prefix: string, { startAfter, pageSize = 1000, signal }: ListOptions): AsyncGenerator<readonly ObjectMeta[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const found: ObjectMeta[] = []
  const tokens = new Set<string>()
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    throwIfAborted(signal)
    const { objects, next }: Page = await ask(folder, token)
    for (const object of objects) {
      if (object.key.startsWith(prefix) && (startAfter === undefined || compareKeys(object.key, startAfter) > 0)) found.push(object)
    }
    if (next !== undefined && tokens.has(next)) throw storageFault('protocol', `${name} goes on with its listing where it has been before`, context)
    if (next !== undefined) tokens.add(next)
    token = next
  }
  found.sort((a, b) => compareKeys(a.key, b.key))
  const repeated = found.find(({ key }, i) => key === found[i - 1]?.key)
  if (repeated) throw storageFault('protocol', `${name} lists ${JSON.stringify(repeated.key)} twice`, context)
  for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize)
}
