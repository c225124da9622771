// From a WorkerSetup to what a thread works with. The inline runner builds the same, in the main thread.

import { fileTableOf } from '../dataset/file-table.ts'
import { Verifier } from '../dataset/verifier.ts'
import type { Format } from '../format/format.ts'
import { hasRanges, loadFormat } from '../format/index.ts'
import { openStore } from '../storage/index.ts'
import type { ObjectStore } from '../storage/store.ts'
import { systemClock, type Clock } from '../util/clock.ts'
import { MersenneTwister } from '../util/random.ts'
import type { RetryCause } from '../util/retry-counts.ts'
import { fromSeconds } from '../util/units.ts'
import { drawTime } from '../workload/draw-time.ts'
import { BufferPool } from './buffers.ts'
import { Memos } from './memos.ts'
import type { Workbench } from './run-batch.ts'
import type { WorkerSetup } from './setup.ts'

export interface WorkbenchContext {
  readonly thread: number
  readonly signal: AbortSignal
  readonly clock?: Clock
  /** Used instead of opening `setup.store`. */
  readonly store?: ObjectStore
}

/** The format, told with every object which columns to read. */
function withColumns(format: Format, columns: readonly string[] | undefined): Format {
  if (columns === undefined) return format
  const open: Format['open'] = (source, hint) => format.open(source, { ...hint, columns })
  // A format may be an instance of a class: its other members are inherited.
  return Object.create(format, { open: { value: open } }) as Format
}

export async function createWorkbench(setup: WorkerSetup, context: WorkbenchContext): Promise<Workbench> {
  let retries: Partial<Record<RetryCause, number>> = {}
  const store = context.store ?? await openStore(setup.store, { retry: ({ reason }) => { retries[reason] = (retries[reason] ?? 0) + 1 } })
  const fetchOnly = setup.decode === 'none' && setup.readMode === 'range' && hasRanges(setup.format)
  const clock = context.clock ?? systemClock
  const random = new MersenneTwister(setup.seed + context.thread)
  return {
    store,
    format: setup.decode === 'full' || fetchOnly ? withColumns(await loadFormat(setup.format), setup.columns) : undefined, fetchOnly,
    files: { train: fileTableOf(setup.files.train), eval: fileTableOf(setup.files.eval) },
    readMode: setup.readMode,
    window: setup.window,
    parts: setup.parts,
    buffers: new BufferPool(setup.largestRead, setup.bufferBytes, setup.bufferTotal),
    memos: new Memos(),
    verifier: setup.verification && new Verifier(setup.verification, await loadFormat(setup.format), clock),
    clock,
    signal: context.signal,
    thread: context.thread,
    preprocess: () => fromSeconds(drawTime(setup.preprocessTime, random)),
    takeRetries: () => {
      const taken = retries
      retries = {}
      return taken
    },
  }
}
