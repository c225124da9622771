// The objects that are there already, in a seeded order: neighbours in a listing are neighbours on disks.

import type { ObjectStore } from '../storage/store.ts'
import { Fault } from '../util/fault.ts'
import { MersenneTwister } from '../util/random.ts'
import { StringTableBuilder } from '../util/string-table.ts'
import type { Objects } from './load.ts'
import { sharedSizes } from './own-objects.ts'

export interface ExistingOptions {
  /** Key prefix; taken as a folder. */
  readonly prefix: string
  /** Only the first so many of the listing. */
  readonly limit?: number | undefined
  readonly seed: number
  /** Keep their ETags too. */
  readonly etags?: boolean
  readonly signal: AbortSignal
}

/** All objects below the folder that have bytes. @throws {Fault} 'usage' when there are none, or the listing's. */
export async function existingObjects(store: ObjectStore, { prefix, limit = Infinity, seed, etags: wantsEtags = false, signal }: ExistingOptions): Promise<Objects> {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  const builder = new StringTableBuilder(folder)
  const etags = wantsEtags ? new StringTableBuilder() : undefined
  const sizes: number[] = []
  listing: for await (const page of store.list(folder, { signal })) {
    for (const { key, size, etag = '' } of page) {
      if (builder.length >= limit) break listing
      if (size === 0) continue
      builder.push(key)
      etags?.push(etag)
      sizes.push(size)
    }
  }
  if (sizes.length === 0) {
    throw new Fault('usage', `there is no object with bytes in it below ${JSON.stringify(folder)} of ${store.name}`, { info: {}, hint: 'name the prefix of a data set, or leave --existing out: objects are then written first, and removed' })
  }
  const order = Uint32Array.from(sizes, (_, index) => index)
  new MersenneTwister(seed % 2 ** 32).shuffle(order)
  const shuffled = sharedSizes(sizes.length)
  order.forEach((from, to) => { shuffled[to] = sizes[from]! })
  return { keys: builder.build().select(order).parts, sizes: shuffled, ...(etags ? { etags: etags.build().select(order).parts } : {}) }
}
