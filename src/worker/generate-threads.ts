// A FileWriter on threads: passes on how far they are.

import type { FileWriter, WriteRequest } from '../dataset/write-files.ts'
import type { FormatSource } from '../format/index.ts'
import type { StoreSpec } from '../storage/index.ts'
import type { RequestCounts } from '../storage/request-counts.ts'
import { connectFlag, createCancelFlag } from '../util/cancel.ts'
import { throwIfAborted } from '../util/fault.ts'
import { countsOf, createTotals, writtenOf, type GenerateSetup, type Totals } from './generate-setup.ts'
import { runThreads } from './threads.ts'

/** How often it is told what has been written. Milliseconds. */
const tellInterval = 200

export interface ThreadedOptions {
  /** Each thread opens its own; not one that is in the memory of the thread that made it. */
  readonly store: StoreSpec
  readonly format: FormatSource
  /** At most as many as `uploads`. */
  readonly threads: number
  /** Over all threads: objects in flight at once, and bytes of objects in memory at once. */
  readonly uploads: number
  readonly memoryLimit: number
  /** Told once, at the end: what the threads asked of their stores. */
  readonly onCounts: (counts: RequestCounts) => void
}

export function threadedWriter(options: ThreadedOptions): FileWriter {
  return async (request) => {
    throwIfAborted(request.signal)
    const cancelled = createCancelFlag()
    const connection = request.signal && connectFlag(request.signal, cancelled)
    const totals = createTotals()
    const teller = tellWritten(totals, request)
    try {
      await runThreads({ main: 'generate-main', setups: setupsOf(options, request, { totals, cancelled }), signal: request.signal })
    } finally {
      connection?.stop()
      teller.stop()
      options.onCounts(countsOf(totals))
    }
  }
}

function setupsOf({ store, format, threads, uploads, memoryLimit }: ThreadedOptions, { plan, shard, states }: WriteRequest, shared: Pick<GenerateSetup, 'totals' | 'cancelled'>): GenerateSetup[] {
  const sharedStates = new Uint8Array(new SharedArrayBuffer(states.length))
  sharedStates.set(states)
  const turns = new Int32Array(new SharedArrayBuffer(4))
  return Array.from({ length: threads }, (_, thread) => ({
    ...shared, store, format, shard, turns, settings: plan.settings, states: sharedStates, memoryLimit: Math.floor(memoryLimit / threads),
    uploads: Math.floor(uploads * (thread + 1) / threads) - Math.floor(uploads * thread / threads),
  }))
}

function tellWritten(totals: Totals, { onWritten }: Pick<WriteRequest, 'onWritten'>): { stop(): void } {
  let told = { objects: 0, bytes: 0 }
  const tell = (): void => {
    const now = writtenOf(totals)
    if (now.objects === told.objects) return
    const written = { objects: now.objects - told.objects, bytes: now.bytes - told.bytes }
    told = now
    onWritten(written)
  }
  const timer = setInterval(tell, tellInterval)
  return {
    stop: () => {
      clearInterval(timer)
      tell()
    },
  }
}
