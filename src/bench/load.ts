// What a load is: plain data that crosses threads, and how its lanes and requests are numbered.

import type { StoreSpec } from '../storage/index.ts'
import type { Parts } from '../storage/part-plan.ts'
import type { CancelFlag } from '../util/cancel.ts'
import type { StringTableParts } from '../util/string-table.ts'
import type { Marks } from './marks.ts'
import type { VersionLog } from './version-log.ts'

export type BenchOperation = 'get' | 'put'

/** The objects of a load, shared by all threads. */
export interface Objects {
  readonly keys: StringTableParts
  /** Bytes of each object. Shape [number of keys]. */
  readonly sizes: Float64Array<SharedArrayBuffer>
  /** Of objects that others may change while ranges of them are read; an empty one is not known. Without quotes. */
  readonly etags?: StringTableParts
}

/** A closed loop: `concurrency` lanes, each of which begins its next request when the last one has ended. */
export interface Load {
  readonly operation: BenchOperation
  readonly spec: StoreSpec
  readonly objects: Objects
  /** Get: read that many bytes at a seeded place, not whole objects. Objects that are not larger are read whole. */
  readonly rangeBytes?: number
  /** Get: read what is larger by several requests at once. The lane's request then is all of them. */
  readonly parts?: Parts
  /** Lanes over all threads, at least as many as threads. */
  readonly concurrency: number
  readonly threads: number
  readonly seed: number
  /** Measured requests in all. Without it the lanes end by time. */
  readonly count?: number
  readonly durationSeconds?: number
  /**
   * Before anything is measured every lane makes requests for so long, one at least: connections are open, and the code is
   * compiled. Absent: none.
   */
  readonly warmUpSeconds?: number
  /** Put: what becomes of each key. */
  readonly marks?: Marks
  /** Put: in its first word, uploads in parts that are or may be left. */
  readonly leftUploads?: Int32Array<SharedArrayBuffer>
  /** Put: what each write is told of versions. */
  readonly versions?: VersionLog
}

/** What one thread is given: the load, its share of the lanes, and what all threads have in common. */
export interface ThreadSetup {
  readonly load: Load
  readonly firstLane: number
  readonly lanes: number
  /** The next request's number in its first word: request t is about object t mod the number of objects. */
  readonly tickets: Int32Array<SharedArrayBuffer>
  readonly cancelled: CancelFlag
}

/** First lane and number of lanes of each thread; they differ by one at most. */
export function laneShares(concurrency: number, threads: number): readonly (readonly [first: number, lanes: number])[] {
  return Array.from({ length: threads }, (_, thread) => {
    const first = Math.floor(concurrency * thread / threads)
    return [first, Math.floor(concurrency * (thread + 1) / threads) - first]
  })
}
