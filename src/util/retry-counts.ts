// Retries by what they were made for: counted apart from errors, since a run with retries went well.

/** The reasons of storage Faults that another attempt may be made for, in the order in which they are told. */
export const retryCauses = ['throttled', 'server', 'timeout', 'overdue', 'truncated', 'unreachable', 'clock'] as const

export type RetryCause = typeof retryCauses[number]

/** Causes of none are absent. */
export type RetryCounts = Readonly<Partial<Record<RetryCause, number>>>

/** The sum of all; absent ones are none. In the order of `retryCauses`. */
export function sumRetries(counts: readonly (RetryCounts | undefined)[]): RetryCounts {
  const total: Partial<Record<RetryCause, number>> = {}
  for (const cause of retryCauses) {
    let sum = 0
    for (const each of counts) sum += each?.[cause] ?? 0
    if (sum > 0) total[cause] = sum
  }
  return total
}

/** "2 throttled, 1 timeout"; '' when there are none. */
export function retriesText(counts: RetryCounts): string {
  return retryCauses.flatMap((cause) => counts[cause] === undefined ? [] : [`${counts[cause]} ${cause}`]).join(', ')
}
