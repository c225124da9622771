// How many retries a store may be asked for in a row: a bucket of tokens that retries empty and successes fill.
// Source: the retry quota of the "standard" mode, AWS SDKs and Tools Reference Guide, "Retry behavior".

import type { RetryCause } from '../util/retry-counts.ts'

const capacity = 500
const retryCost = 5
/** A request that timed out held the store, or what is left of it, for long. */
const timeoutCost = 10
/** For a call that needed no retry. */
const refund = 1

/** One per store and thread. */
export class RetryBudget {
  #left = capacity

  /** Tokens left. */
  get left(): number { return this.#left }

  /** Takes what a retry for `cause` costs, and says how much that was; undefined when there is not so much left. */
  take(cause: RetryCause): number | undefined {
    const cost = cause === 'timeout' || cause === 'overdue' ? timeoutCost : retryCost
    if (cost > this.#left) return undefined
    this.#left -= cost
    return cost
  }

  /** A call succeeded, its last retry having cost `cost`: 0 where it needed none. */
  succeeded(cost: number): void {
    this.#left = Math.min(capacity, this.#left + (cost || refund))
  }
}
