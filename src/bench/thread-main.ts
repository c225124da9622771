// Inside a thread of a load: its own store, its own lanes, its own histograms.

import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { openStore } from '../storage/index.ts'
import { cancel, createController, signalOf } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { abortedFault, toFailure, type Failure } from '../util/fault.ts'
import { fromSeconds } from '../util/units.ts'
import { runLane, type LaneEnd } from './lane.ts'
import type { ThreadSetup } from './load.ts'
import { laneRequests, type Request } from './requests.ts'
import { Tally } from './tally.ts'
import type { Go, ThreadMessage } from './thread-protocol.ts'
import { noteDoubt } from './version-log.ts'

/** How long a write under way may take to end by itself once the load is stopped: an object that is whole needs no second thought. */
const graceMilliseconds = 5000
const reportMilliseconds = 1000

const port = parentPort!
const tell = (message: ThreadMessage): void => { port.postMessage(message) }

async function runThread({ load, firstLane, lanes, tickets, cancelled }: ThreadSetup): Promise<void> {
  let tally = new Tally()
  let hasWorked = false
  let failure: Failure | undefined
  const giveUp = (error: unknown): void => {
    failure ??= toFailure(error)
    cancel(cancelled)
  }
  const store = await openStore(load.spec, {
    retry: ({ operation, reason }) => {
      tally.retry(reason)
      // The attempt before may have been carried out, and made a version that nobody was told of.
      if (operation === 'write' && reason !== 'throttled' && reason !== 'clock' && load.versions) noteDoubt(load.versions)
    },
  })
  const stopping = signalOf(cancelled)
  const requestSignal = load.operation === 'get' ? stopping : afterGrace(stopping)
  const requests = Array.from({ length: lanes }, (_, i) => laneRequests(store, load, firstLane + i, requestSignal))
  // Asked before 'ready' is told: the answer may come at once.
  const going = once(port, 'message') as Promise<[Go]>
  let warmUpRequests = 0
  if (load.warmUpSeconds !== undefined) {
    await runWarmUp(requests, { firstLane, objects: Math.min(load.objects.sizes.length, load.count ?? Infinity), seconds: load.warmUpSeconds, tally, stopping, giveUp })
    hasWorked = tally.succeeded > 0
    warmUpRequests = tally.succeeded + tally.failed
    tally = tally.onlyFailures()
  }
  tell({ type: 'ready', warmUpRequests })
  const [{ deadline }] = await going
  const report = setInterval(() => {
    tell({ type: 'tally', tally: tally.toJSON() })
    hasWorked ||= tally.succeeded > 0
    tally = new Tally()
  }, reportMilliseconds)
  const context = { tally: () => tally, hasWorked: () => hasWorked || tally.succeeded > 0, tickets, count: load.count ?? Infinity, deadline, signal: stopping, giveUp }
  const ends = await Promise.all(requests.map((request) => runLane(request, context)))
  clearInterval(report)
  // First this: what comes after it is no longer work of the load.
  tell({ type: 'end', tally: tally.toJSON(), lanes: ends.filter((end): end is LaneEnd => end !== undefined), ...(failure === undefined ? {} : { failure }) })
  await store.close()
  port.close()
}

interface WarmUp {
  readonly firstLane: number
  /** Only the first so many objects are touched: those that the load itself will touch. */
  readonly objects: number
  readonly seconds: number
  readonly tally: Tally
  readonly stopping: AbortSignal
  readonly giveUp: (error: unknown) => void
}

/** By the rules of the load: each lane begins with its own object and goes on with those behind it. */
async function runWarmUp(requests: readonly Request[], { firstLane, objects, seconds, tally, stopping, giveUp }: WarmUp): Promise<void> {
  const deadline = systemClock.now() + fromSeconds(seconds)
  await Promise.all(requests.map((request, i) => runLane((ticket) => request((firstLane + i + ticket) % objects), {
    tally: () => tally, hasWorked: () => tally.succeeded > 0, tickets: new Int32Array(1), count: Infinity, deadline, signal: stopping, giveUp,
  })))
}

/** Aborted some time after `stopping`, for requests that had better come to their end. */
function afterGrace(stopping: AbortSignal): AbortSignal {
  const controller = createController()
  const abort = (): void => { setTimeout(() => { controller.abort(abortedFault()) }, graceMilliseconds).unref() }
  if (stopping.aborted) abort()
  else stopping.addEventListener('abort', abort, { once: true })
  return controller.signal
}

await runThread(workerData as ThreadSetup)
