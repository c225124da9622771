// A listing cut into pieces that can be asked for at once: an S3 listing is a chain of pages of 1000, each naming the next.
// The cuts are guessed from the naming rule; a wrong guess costs speed only, for the pieces cover every key there can be.

import { compareKeys } from '../storage/key-order.ts'
import type { ObjectMeta, ObjectStore } from '../storage/store.ts'
import { runLanes, type Lane } from '../util/lanes.ts'
import { fileKey, numFilesOf, numSubfoldersOf, setPrefix, type DataSetName, type Layout } from './names.ts'

/** Keys after `after` up to and including `last`; absent ends are open. */
export interface KeyRange {
  readonly after?: string
  readonly last?: string
}

/** Two pages: below that a second request chain does not pay. */
const minFilesPerRange = 2000

/** At most `maxRanges` ranges, in key order, of about as many of the expected files each. */
export function keyRanges(layout: Layout, set: DataSetName, maxRanges: number): KeyRange[] {
  const numFiles = numFilesOf(layout, set)
  const numRanges = Math.max(1, Math.min(maxRanges, Math.ceil(numFiles / minFilesPerRange)))
  const numFolders = Math.max(1, numSubfoldersOf(layout, set))
  const filesPerFolder = Math.max(1, Math.floor(numFiles / numFolders))
  const cuts: string[] = []
  for (let i = 1; i < numRanges; i++) {
    const folders = i / numRanges * numFolders
    const folder = Math.floor(folders)
    const inFolder = Math.min(filesPerFolder - 1, Math.floor((folders - folder) * filesPerFolder))
    cuts.push(fileKey(layout, set, inFolder * numFolders + folder))
  }
  return Array.from({ length: numRanges }, (_, i) => ({
    ...(i === 0 ? {} : { after: cuts[i - 1]! }),
    ...(i === numRanges - 1 ? {} : { last: cuts[i]! }),
  }))
}

/** Pages of the objects whose key begins with `prefix` and lies in `range`. */
async function* listRange(store: ObjectStore, range: KeyRange, { prefix, signal }: { prefix: string; signal: AbortSignal }): AsyncGenerator<readonly ObjectMeta[], void> {
  for await (const page of store.list(prefix, { startAfter: range.after, signal })) {
    const { last } = range
    const isInside = last === undefined || page.length === 0 || compareKeys(page.at(-1)!.key, last) <= 0
    yield isInside ? page : page.filter(({ key }) => compareKeys(key, last) <= 0)
    if (!isInside) return
  }
}

export const defaultConcurrency = 8

export interface ListRequest {
  readonly layout: Layout
  readonly set: DataSetName
  /** Request chains at once: 8 unless told; 1 lists from the first key to the last. */
  readonly concurrency?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Shows `visit` every page below a set's folder; `part` tells which range it is of: the pages of one part come in key order,
 * and parts follow one another. Resolves to the number of pages, or rejects with the first Fault after all else has ended.
 */
export async function visitPages(store: ObjectStore, request: ListRequest, visit: (page: readonly ObjectMeta[], part: number) => void): Promise<number> {
  const { layout, set, concurrency = defaultConcurrency, signal } = request
  const prefix = setPrefix(layout, set)
  let numPages = 0
  await runLanes(keyRanges(layout, set, store.listsWhole ? 1 : concurrency).map((range, part): Lane => async (either) => {
    for await (const page of listRange(store, range, { prefix, signal: either })) {
      numPages++
      visit(page, part)
    }
  }), signal)
  return numPages
}
