// What the threads of a load and the thread that started them tell each other.

import type { Failure } from '../util/fault.ts'
import type { Nanoseconds } from '../util/units.ts'
import type { LaneEnd } from './lane.ts'
import type { TallyJson } from './tally.ts'

/** To a thread, once all are ready. */
export interface Go {
  /** Requests begin before this point of the monotonic clock only. */
  readonly deadline: Nanoseconds
}

/** From a thread: ready after its warm-up; what happened in the last second; the rest, and why it gave up. */
export type ThreadMessage =
  | { readonly type: 'ready'; readonly warmUpRequests: number }
  | { readonly type: 'tally'; readonly tally: TallyJson }
  | { readonly type: 'end'; readonly tally: TallyJson; readonly lanes: readonly LaneEnd[]; readonly failure?: Failure }
