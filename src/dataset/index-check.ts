// Whether an index still describes what is there: a few objects of each set are looked at, and what comes behind its last key.

import type { ObjectStore } from '../storage/store.ts'
import { Fault, isFault } from '../util/fault.ts'
import { MersenneTwister } from '../util/random.ts'
import type { IndexedSet } from './index-file.ts'
import { isDataFile, setPrefix, type Layout } from './names.ts'

/** Objects of a set that are looked at, its first and last file among them. */
const sampleSize = 16

/** Indices of `numFiles` files: the first, the last, and a seeded choice of the others, none twice. */
export function sampleOf(numFiles: number, seed: number): number[] {
  const chosen = new Set(numFiles > 0 ? [0, numFiles - 1] : [])
  const random = new MersenneTwister(seed)
  while (chosen.size < Math.min(sampleSize, numFiles)) chosen.add(random.interval(numFiles - 1))
  return [...chosen].toSorted((a, b) => a - b)
}

export interface CheckOptions {
  /** To name in Faults. */
  readonly file: string
  readonly layout: Layout
  /** Unsigned, 32 bits. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** @throws {Fault} 'dataset' saying what differs; the store's own. */
export async function checkIndex(store: ObjectStore, indexed: IndexedSet, options: CheckOptions): Promise<void> {
  const { table } = indexed
  const sample = sampleOf(table.numFiles, options.seed)
  const differences = (await Promise.all([...sample.map((index) => differenceAt(store, indexed, { index, signal: options.signal })), strangerBehind(store, indexed, options)])).filter((difference) => difference !== undefined)
  if (differences.length === 0) return
  const more = differences.length > 1 ? ` (and ${differences.length - 1} more of the ${sample.length} objects that were looked at)` : ''
  throw new Fault('dataset', `the index ${options.file} does not describe what is in ${store.name}: ${differences[0]!}${more}`, {
    info: { prefix: setPrefix(options.layout, indexed.set) },
    hint: `If the data set was meant to change, delete ${options.file}: the next run lists the objects and writes it anew.`,
  })
}

async function differenceAt(store: ObjectStore, { table }: IndexedSet, { index, signal }: { index: number; signal: AbortSignal | undefined }): Promise<string | undefined> {
  const key = table.keys.get(index), size = table.sizes[index]!, etag = table.etags?.get(index)
  try {
    const there = await store.head(key, { signal })
    if (there.size !== size) return `"${key}" has ${there.size} bytes there and ${size} in the index`
    if (etag !== undefined && there.etag !== undefined && there.etag !== etag) return `"${key}" has the ETag ${there.etag} there and ${etag} in the index`
    return undefined
  } catch (error) {
    if (isFault(error, 'storage') && error.info.reason === 'no-key') return `"${key}" is not there`
    throw error
  }
}

/** A data file behind the last one, where the index has all there were. */
async function strangerBehind(store: ObjectStore, { set, lastKey, isSubset }: IndexedSet, { layout, signal }: CheckOptions): Promise<string | undefined> {
  if (isSubset || lastKey === '') return undefined
  for await (const page of store.list(setPrefix(layout, set), { startAfter: lastKey, signal })) {
    const stranger = page.find(({ key }) => isDataFile(layout, set, key))
    return stranger && `"${stranger.key}" is there and not in the index`
  }
  return undefined
}
