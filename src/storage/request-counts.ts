// How many calls a store was asked for, how often it tried again, and how many failed for good.

import type { RequestRecord } from './with-record.ts'

export interface RequestCounts {
  requests: number
  retries: number
  errors: number
}

/** What asking for an object that is not there yet ends in, and what stopping does: no failures of the store. */
const expectedErrors: readonly string[] = ['no-key', 'aborted']

/** An observer that counts into `counts`: plain numbers, or properties that pass on what is written to them. */
export function countRequests(counts: RequestCounts): { request(record: RequestRecord): void; retry(): void } {
  return {
    request: ({ error }) => {
      counts.requests++
      if (error !== undefined && !expectedErrors.includes(error)) counts.errors++
    },
    retry: () => { counts.retries++ },
  }
}
