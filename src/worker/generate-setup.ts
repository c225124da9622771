// What the threads of a generation are told when they start, and what they share.

import type { Shard } from '../dataset/plan.ts'
import type { DatasetSettings } from '../dataset/settings.ts'
import type { Written } from '../dataset/write-files.ts'
import type { FormatSource } from '../format/index.ts'
import type { StoreSpec } from '../storage/index.ts'
import type { RequestCounts } from '../storage/request-counts.ts'
import type { CancelFlag } from '../util/cancel.ts'
import { retryCauses, type RetryCounts } from '../util/retry-counts.ts'

export interface GenerateSetup {
  readonly store: StoreSpec
  readonly settings: DatasetSettings
  readonly format: FormatSource
  readonly shard: Shard
  /** One of fileStates per combined file index. Shared by all threads. */
  readonly states: Uint8Array<SharedArrayBuffer>
  /** The next turn in its one word: threads take files one by one, so a slow one takes fewer. Shared. */
  readonly turns: Int32Array<SharedArrayBuffer>
  /** Shared. */
  readonly totals: Totals
  /** Set by whoever fails first, and by the thread that started all. Shared. */
  readonly cancelled: CancelFlag
  /** Objects in flight at once in this thread; bytes of objects in its memory at once. */
  readonly uploads: number
  readonly memoryLimit: number
}

/** Counts of all threads so far, shape [5 + causes of retries]. Shared memory, so that they hold whatever becomes of a thread. */
export type Totals = BigInt64Array<SharedArrayBuffer>

const slot = { objects: 0, bytes: 1, requests: 2, retries: 3, errors: 4 } as const
const numSlots = Object.keys(slot).length

export function createTotals(): Totals {
  return new BigInt64Array(new SharedArrayBuffer(8 * (numSlots + retryCauses.length)))
}

export function addWritten(totals: Totals, { objects, bytes }: Written): void {
  Atomics.add(totals, slot.bytes, BigInt(bytes))
  Atomics.add(totals, slot.objects, BigInt(objects))
}

export function writtenOf(totals: Totals): Written {
  return { objects: Number(Atomics.load(totals, slot.objects)), bytes: Number(Atomics.load(totals, slot.bytes)) }
}

/** Adds what a thread's store has counted since it was last asked, and starts again at 0. */
export function addCounts(totals: Totals, counts: RequestCounts): void {
  for (const name of ['requests', 'retries', 'errors'] as const) {
    Atomics.add(totals, slot[name], BigInt(counts[name]))
    counts[name] = 0
  }
  for (const [i, cause] of retryCauses.entries()) {
    const count = counts.retriesBy?.[cause]
    if (count !== undefined) Atomics.add(totals, numSlots + i, BigInt(count))
  }
  delete counts.retriesBy
}

export function countsOf(totals: Totals): RequestCounts {
  const count = (name: keyof typeof slot): number => Number(Atomics.load(totals, slot[name]))
  const retriesBy: RetryCounts = Object.fromEntries(retryCauses.flatMap((cause, i) => {
    const found = Number(Atomics.load(totals, numSlots + i))
    return found === 0 ? [] : [[cause, found]]
  }))
  return { requests: count('requests'), retries: count('retries'), errors: count('errors'), ...(Object.keys(retriesBy).length === 0 ? {} : { retriesBy }) }
}
