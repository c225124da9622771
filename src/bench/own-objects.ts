// The objects of one run: names below a folder of its own.

import { StringTableBuilder } from '../util/string-table.ts'
import type { Objects } from './load.ts'

/** "prefix/dlio-s3-bench/20261123T080000Z-1a2b/". */
export function runFolder(prefix: string, runId: string): string {
  return `${prefix}${prefix === '' || prefix.endsWith('/') ? '' : '/'}dlio-s3-bench/${runId}/`
}

/** `count` objects of `size` bytes below `folder`. */
export function ownObjects(folder: string, count: number, size: number): Objects {
  const builder = new StringTableBuilder(folder, count)
  for (let index = 0; index < count; index++) builder.push(nameOf(folder, index))
  return { keys: builder.build().parts, sizes: sharedSizes(count).fill(size) }
}

function nameOf(folder: string, index: number): string {
  return `${folder}object-${String(index).padStart(8, '0')}`
}

/** Which object of `folder` is called `key`; undefined when none could be. */
export function numberOf(folder: string, key: string): number | undefined {
  const index = Number(/object-(\d+)$/.exec(key)?.[1])
  return nameOf(folder, index) === key ? index : undefined
}

export function sharedSizes(count: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * count))
}
