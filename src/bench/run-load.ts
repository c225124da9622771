// A load from begin to end: starts its threads, lets them begin together, and adds up what they tell.

import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { cancel, connectFlag, createCancelFlag } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { revive } from '../util/fault.ts'
import { fromSeconds, type Nanoseconds } from '../util/units.ts'
import type { LaneEnd } from './lane.ts'
import { laneShares, type Load, type ThreadSetup } from './load.ts'
import { Tally } from './tally.ts'
import type { Go, ThreadMessage } from './thread-protocol.ts'

export interface LoadObserver {
  /** All threads are warm; the first measured request comes right after this. */
  begin?(): void
  /** The last request has ended; threads are still to be taken down. Not called when a thread died. */
  end?(): void
  /** About once a second from each thread, with everything so far. */
  progress?(tally: Tally): void
}

export interface LoadResult {
  readonly tally: Tally
  readonly lanes: readonly LaneEnd[]
  /** Made before, and not counted. */
  readonly warmUpRequests: number
  /** Why the load ended before its time. */
  readonly failure?: Error
}

/** Resolves when all threads are gone, also after `signal`: what was measured until then counts. @throws what a thread died of */
export async function runLoad(load: Load, signal: AbortSignal, observer: LoadObserver = {}): Promise<LoadResult> {
  const tickets = new Int32Array(new SharedArrayBuffer(4))
  const cancelled = createCancelFlag()
  const connection = connectFlag(signal, cancelled)
  const tally = new Tally()
  const lanes: LaneEnd[] = []
  let failure: Error | undefined
  let waiting = load.threads, running = load.threads, warmUpRequests = 0
  const module = new URL(`./thread-main${path.extname(import.meta.url)}`, import.meta.url)
  const workers = laneShares(load.concurrency, load.threads).map(([firstLane, share]) => {
    const workerData: ThreadSetup = { load, firstLane, lanes: share, tickets, cancelled }
    return new Worker(module, { workerData })
  })
  const hear = (message: ThreadMessage): void => {
    if (message.type === 'ready') {
      warmUpRequests += message.warmUpRequests
      if (--waiting > 0) return
      observer.begin?.()
      const go: Go = { deadline: load.durationSeconds === undefined ? Infinity : systemClock.now() + fromSeconds(load.durationSeconds) }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      for (const worker of workers) worker.postMessage(go)
      return
    }
    tally.merge(message.tally)
    if (message.type === 'tally') observer.progress?.(tally)
    else {
      lanes.push(...message.lanes)
      if (message.failure) failure ??= revive(message.failure)
      if (--running === 0) observer.end?.()
    }
  }
  try {
    await Promise.all(workers.map((worker) => new Promise<void>((resolve, reject) => {
      worker.on('message', hear)
      worker.on('error', reject)
      worker.on('exit', () => { resolve() })
    })))
  } catch (error) {
    cancel(cancelled)
    await Promise.all(workers.map((worker) => worker.terminate()))
    throw error
  } finally {
    connection.stop()
  }
  return { tally, lanes, warmUpRequests, ...(failure === undefined ? {} : { failure }) }
}

/** The stretch in which all lanes were busy: until the first of them had no more to do. */
export interface FirstDone {
  readonly at: Nanoseconds
  readonly bytes: number
}

/** When the first lane is done every other one is in its last request, so only those can have ended later. */
export function firstDone({ tally, lanes }: Pick<LoadResult, 'tally' | 'lanes'>): FirstDone | undefined {
  if (lanes.length === 0) return undefined
  const at = lanes.reduce((soonest, lane) => Math.min(soonest, lane.at), Infinity)
  return { at, bytes: lanes.reduce((bytes, lane) => lane.at > at ? bytes - lane.bytes : bytes, tally.bytes) }
}
