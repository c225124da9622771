// What the phases of one run share, and what a caller of a run gives and gets.

import type { VerifyCounts } from '../dataset/verifier.ts'
import type { LoadedWorkload } from '../workload/load.ts'
import type { RunEvent } from '../metrics/events.ts'
import type { RunSummary } from '../metrics/summary.ts'
import type { RequestCounts } from '../storage/request-counts.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Clock } from '../util/clock.ts'
import type { RetryCounts } from '../util/retry-counts.ts'
import type { Semaphore } from '../util/semaphore.ts'
import type { RunFlags } from './run-flags.ts'
import type { Target } from './target.ts'

/** How a run talks to people while it goes on. */
export interface Voice {
  /** Moves: shown when it is time. */
  progress(text: () => string): void
  /** Stays. */
  warn(text: string): void
  /** Stays, and only where more was asked for. */
  detail(text: string): void
}

export interface RunRequest {
  readonly loaded: LoadedWorkload
  readonly flags: RunFlags
  /** The command as it was given. */
  readonly command: string
  readonly signal: AbortSignal
  readonly voice: Voice
  /** Write the results folder. */
  readonly files: boolean
}

export interface RunOutcome {
  readonly summary: RunSummary
  /** result.json, and the report for people. */
  readonly json: string
  readonly text: string
  /** Absent when no files were asked for. */
  readonly folder?: string
  /** Why the run is not complete. */
  readonly error?: unknown
}

/** Requests and retries of listing and generation since the last time they were taken. */
export interface StoreCounts { readonly requests: number; readonly retries: number; readonly retriesBy?: RetryCounts }

/** Unsigned, 32 bits. */
export interface ShuffleSeeds { readonly file: number; readonly sample: number }

export interface Session {
  readonly request: RunRequest
  readonly target: Target
  /** Of the main thread: listing, and generation where it needs no threads. */
  readonly store: ObjectStore
  readonly takeCounts: () => StoreCounts
  /** Adds what the stores of generation's threads counted. */
  readonly addCounts: (counts: Readonly<RequestCounts>) => void
  readonly clock: Clock
  readonly sink: (event: RunEvent) => void
  /** Aborted by the user's wish or the first failure; its reason says which. */
  readonly controller: AbortController
  readonly memoryLimitBytes: number
  /** Bytes in flight over all accelerators: what the limit is held by. */
  readonly memory: Semaphore
  readonly threads: number
  /** Of file_shuffle and sample_shuffle: train.seed, or one drawn for this run. */
  readonly shuffleSeeds: ShuffleSeeds
  /** With --verify: of all threads. */
  readonly verifyCounts: VerifyCounts | undefined
  /** Tells how the client fared since it was last told. For moments when nothing is measured. */
  readonly sampleHealth: () => Promise<void>
}
