// One lane of a closed loop: request after request until the numbers, the time or somebody's patience end.

import { systemClock, type Clock } from '../util/clock.ts'
import { isFault, type StorageReason } from '../util/fault.ts'
import type { Nanoseconds } from '../util/units.ts'
import type { Request } from './requests.ts'
import type { Tally } from './tally.ts'

/** What the lanes of a thread share. */
export interface LaneContext {
  /** Where requests are counted now: another one from second to second. */
  readonly tally: () => Tally
  /** Whether any request of the thread has ended well. */
  readonly hasWorked: () => boolean
  readonly tickets: Int32Array
  readonly count: number
  readonly deadline: Nanoseconds
  readonly signal: AbortSignal
  /** Ends the whole load. */
  readonly giveUp: (error: unknown) => void
  readonly clock?: Clock
}

/** When a lane's last request ended, and its bytes. */
export interface LaneEnd {
  readonly at: Nanoseconds
  readonly bytes: number
}

/** Another request can end differently. After any other failure the load is over: it would fail thousands of times a second. */
const isPassing: Readonly<Record<StorageReason, boolean>> = {
  unreachable: true, timeout: true, overdue: true, throttled: true, server: true, truncated: true, corrupt: true, precondition: true, 'no-key': true,
  tls: false, clock: false, protocol: false, 'no-bucket': false, denied: false, redirect: false, invalid: false,
}
/** A lane with this many failures in a row has nothing left to measure, and would keep a broken store busy. */
const failuresInARow = 20

/** `failures`: in a row, this one included. A store that was never reached is not there; one that was may come back. */
export function endsLoad(error: unknown, failures: number, hasWorked: boolean): boolean {
  if (!isFault(error, 'storage') || !isPassing[error.info.reason]) return true
  return failures >= failuresInARow || (!hasWorked && error.info.reason === 'unreachable')
}

/** Resolves once the lane's last request has ended; undefined when it made none. Never rejects for a request's failure. */
export async function runLane(request: Request, context: LaneContext): Promise<LaneEnd | undefined> {
  const { tickets, count, deadline, signal, clock = systemClock } = context
  const began = clock.now()
  let last: LaneEnd | undefined
  let failures = 0
  while (!signal.aborted && (last === undefined || last.at < deadline)) {
    const ticket = Atomics.add(tickets, 0, 1) >>> 0
    if (ticket >= count) break
    // Of a failed request nobody knows when it began but that it was then or a little later: a clock call less for each good one.
    const asked = last?.at ?? began
    try {
      const timed = await request(ticket)
      context.tally().add(timed)
      last = { at: timed.end, bytes: timed.bytes }
      failures = 0
    } catch (error) {
      // What was stopped with the load is no failure of the store.
      if (signal.aborted && isFault(error, 'aborted')) break
      const at = clock.now()
      context.tally().fail(error, asked, at)
      last = { at, bytes: 0 }
      if (endsLoad(error, ++failures, context.hasWorked())) context.giveUp(error)
    }
  }
  return last
}
