// How many calls a store was asked for, how often it tried again, and how many failed for good.

import { sumRetries, type RetryCounts } from '../util/retry-counts.ts'
import type { RequestRecord } from './with-record.ts'
import type { RetryRecord } from './with-retry.ts'

export interface RequestCounts {
  requests: number
  retries: number
  errors: number
  /** Absent while there are none. */
  retriesBy?: RetryCounts
}

/** What asking for an object or a bucket that is not there yet ends in, and what stopping does: no failures of the store. */
const expectedErrors: readonly string[] = ['no-key', 'no-bucket', 'aborted']

/** An observer that counts into `counts`: plain numbers, or properties that pass on what is written to them. */
export function countRequests(counts: RequestCounts): { request(record: RequestRecord): void; retry(record: Pick<RetryRecord, 'reason'>): void } {
  return {
    request: ({ error }) => {
      counts.requests++
      if (error !== undefined && !expectedErrors.includes(error)) counts.errors++
    },
    retry: ({ reason }) => {
      counts.retries++
      counts.retriesBy = sumRetries([counts.retriesBy, { [reason]: 1 }])
    },
  }
}
