// One page of all versions of a bucket's keys: by key, the newest first. Pure: works on an index, knows no HTTP.

import { compareKeys, type KeyIndex } from './key-index.ts'
import { groupOf, listPage, type ListingQuery } from './listing.ts'
import type { ObjectInfo, StoredObject } from './objects.ts'
import { versionOf } from './versions.ts'

export interface VersionsQuery extends ListingQuery {
  /** Of the key `after`: only those older than this one. Undefined: none of that key. */
  readonly afterVersion: string | undefined
}

export interface ListedVersion { readonly info: ObjectInfo; readonly isLatest: boolean }

export interface VersionsPage {
  readonly entries: readonly ListedVersion[]
  readonly commonPrefixes: readonly string[]
  /** The last entry, or common prefix, when there is more behind it. */
  readonly next: { readonly key: string; readonly version?: string } | undefined
}

/** `index` has the versions of each key, oldest first. */
export function versionsPage(index: KeyIndex<readonly StoredObject[]>, query: VersionsQuery): VersionsPage {
  const { prefix, delimiter, after, afterVersion, maxKeys } = query
  const entries: ListedVersion[] = []
  const commonPrefixes: string[] = []
  if (maxKeys === 0) return { entries, commonPrefixes, next: undefined }
  let next: VersionsPage['next']
  const isFull = (): boolean => entries.length + commonPrefixes.length === maxKeys
  const show = (versions: readonly ListedVersion[]): boolean => {
    for (const each of versions) {
      if (isFull()) return false
      entries.push(each)
      next = { key: each.info.key, version: versionOf(each.info) }
    }
    return true
  }
  const isShownAlready = groupOf(after, prefix, delimiter) !== undefined || !after.startsWith(prefix)
  if (afterVersion !== undefined && !isShownAlready && !show(olderThan(newestFirst(index.get(after) ?? []), afterVersion))) return { entries, commonPrefixes, next }
  const keys = listPage(index, query)
  const rows = [
    ...keys.entries.map((versions) => ({ name: versions[0]!.info.key, versions: newestFirst(versions) })),
    ...keys.commonPrefixes.map((name) => ({ name, versions: undefined })),
  ].toSorted((a, b) => compareKeys(a.name, b.name))
  for (const { name, versions } of rows) {
    if (isFull() || (versions && !show(versions))) return { entries, commonPrefixes, next }
    if (versions) continue
    commonPrefixes.push(name)
    next = { key: name }
  }
  return { entries, commonPrefixes, next: keys.next === undefined ? undefined : next }
}

function newestFirst(versions: readonly StoredObject[]): ListedVersion[] {
  return versions.map(({ info }, i) => ({ info, isLatest: i === versions.length - 1 })).toReversed()
}

/** All, when there is no such version any more: it was deleted after its page was read, and nobody knows where it was. */
function olderThan(versions: readonly ListedVersion[], version: string): readonly ListedVersion[] {
  return versions.slice(versions.findIndex(({ info }) => versionOf(info) === version) + 1)
}
