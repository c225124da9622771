// The objects of one run: names below a folder of its own, and their removal by those names alone.

import type { ObjectStore } from '../storage/store.ts'
import { StringTable, StringTableBuilder } from '../util/string-table.ts'
import type { Objects } from './load.ts'
import { mark } from './marks.ts'

/** "prefix/dlio-s3-bench/20261123T080000Z-1a2b/". */
export function runFolder(prefix: string, runId: string): string {
  const folder = prefix.replace(/\/+$/, '')
  return `${folder === '' ? '' : `${folder}/`}dlio-s3-bench/${runId}/`
}

/** `count` objects of `size` bytes below `folder`. */
export function ownObjects(folder: string, count: number, size: number): Objects {
  const builder = new StringTableBuilder(folder, count)
  for (let index = 0; index < count; index++) builder.push(`${folder}object-${String(index).padStart(8, '0')}`)
  return { keys: builder.build().parts, sizes: sharedSizes(count).fill(size) }
}

export function sharedSizes(count: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * count))
}

/** DeleteObjects takes that many. */
const keysPerRequest = 1000

/** Removes the objects that are there or may be (`marks[i]` is not untouched), and nothing else. Resolves to their number. */
export async function removeMarked(store: ObjectStore, { keys }: Objects, marks: Uint8Array): Promise<number> {
  const table = new StringTable(keys)
  let batch: string[] = []
  let removed = 0
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await store.delete(batch)
    removed += batch.length
    batch = []
  }
  for (let index = 0; index < table.length; index++) {
    if (marks[index] !== mark.untouched) batch.push(table.get(index))
    if (batch.length === keysPerRequest) await flush()
  }
  await flush()
  return removed
}
