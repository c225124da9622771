// One page of a bucket's keys, with prefix and delimiter. Pure: works on an index, knows no HTTP.

import { compareKeys, type KeyIndex } from './key-index.ts'

export interface ListingQuery {
  readonly prefix: string
  /** '' for none. */
  readonly delimiter: string
  /** Only entries after this one; '' for all. */
  readonly after: string
  readonly maxKeys: number
}

export interface ListingPage<T> {
  readonly entries: readonly T[]
  readonly commonPrefixes: readonly string[]
  /** The last entry or common prefix when there is more behind it. */
  readonly next: string | undefined
}

/** A listing is the ordered row of keys and common prefixes; a page is the `maxKeys` of them that come after `after`. */
export function listPage<T>(index: KeyIndex<T>, { prefix, delimiter, after, maxKeys }: ListingQuery): ListingPage<T> {
  const entries: T[] = []
  const commonPrefixes: string[] = []
  if (maxKeys === 0) return { entries, commonPrefixes, next: undefined }
  const keys = index.order()
  let last: string | undefined
  let i = firstAfter(keys, { prefix, delimiter, after })
  while (i < keys.length && keys[i]!.startsWith(prefix)) {
    const key = keys[i]!
    const value = index.get(key)
    if (value === undefined) { i++; continue }
    if (entries.length + commonPrefixes.length === maxKeys) return { entries, commonPrefixes, next: last }
    const group = groupOf(key, prefix, delimiter)
    last = group ?? key
    if (group === undefined) {
      entries.push(value)
      i++
    } else {
      commonPrefixes.push(group)
      i = endOfGroup(keys, group, i + 1)
    }
  }
  return { entries, commonPrefixes, next: undefined }
}

/** The common prefix that stands for `key`, if one does. */
export function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

function firstAfter(keys: readonly string[], { prefix, delimiter, after }: Omit<ListingQuery, 'maxKeys'>): number {
  const atPrefix = partition(keys, 0, (key) => compareKeys(key, prefix) < 0)
  if (after === '') return atPrefix
  const group = after.startsWith(prefix) ? groupOf(after, prefix, delimiter) : undefined
  // The group of `after` does not come after it, so all of the group is passed.
  const begin = partition(keys, 0, (key) => compareKeys(key, after) <= 0)
  return Math.max(atPrefix, group === undefined ? begin : endOfGroup(keys, group, begin))
}

function endOfGroup(keys: readonly string[], group: string, from: number): number {
  // Groups are mostly small: look near before looking far.
  let step = 1
  let begin = from
  while (begin + step <= keys.length && keys[begin + step - 1]!.startsWith(group)) { begin += step; step *= 2 }
  return partition(keys, begin, (key) => key.startsWith(group))
}

/** First position from `begin` on whose key `isBefore` does not hold for, when it holds for a first stretch only. */
function partition(keys: readonly string[], begin: number, isBefore: (key: string) => boolean): number {
  let low = begin
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(keys[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
