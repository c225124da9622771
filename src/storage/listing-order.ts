// Whether a listing goes forward. Resuming it and splitting it rely on the order, and one that repeats itself would never end.

import { storageFault, type FaultContext } from './faults.ts'
import { compareKeys } from './key-order.ts'
import type { ObjectMeta } from './store.ts'

export interface Listed {
  readonly objects: readonly ObjectMeta[]
  /** All keys are ASCII: then JavaScript's own order is that of the bytes, and takes a third of the time. */
  readonly isAscii?: boolean
}

/** The last key of a page, which follows `last` ('' at the begin). @throws {Fault} 'protocol' for a key that is not behind the one before it. */
export function lastInOrder({ objects, isAscii = false }: Listed, last: string, { name, context }: { readonly name: string; readonly context: FaultContext }): string {
  let before = last
  for (let i = 0; i < objects.length; i++) {
    const { key } = objects[i]!
    const isBehind = isAscii && i > 0 ? before < key : before === '' || compareKeys(before, key) < 0
    if (!isBehind) {
      throw storageFault('protocol', `${name} lists ${JSON.stringify(key)} after ${JSON.stringify(before)}`, context, { hint: 'listings must be in the order of the keys: this store does not list as S3 does' })
    }
    before = key
  }
  return before
}

/** The pages of one listing: stores may give empty ones on the way, but each must lead on. */
export class ListingWay {
  readonly #about: { readonly name: string; readonly context: FaultContext }
  /** Of the pages since the last one with objects. */
  readonly #tokens = new Set<string>()

  constructor(about: { readonly name: string; readonly context: FaultContext }) { this.#about = about }

  /** A page of so many objects has named `next`. @throws {Fault} 'protocol' when that leads back to where it was. */
  goesOn(numObjects: number, next: string | undefined): void {
    if (numObjects > 0) this.#tokens.clear()
    if (next === undefined) return
    if (this.#tokens.has(next)) {
      const { name, context } = this.#about
      throw storageFault('protocol', `${name} lists nothing, and names the same continuation token again`, context, { hint: 'its listing would never end: this store does not list as S3 does' })
    }
    this.#tokens.add(next)
  }
}
