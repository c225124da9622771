// A row's outcome from its samples: pure.

import type { Row, Sample } from './case.ts'
import { ratiosOf, spreadOf, verdictOf, type Spread, type Verdict } from './statistics.ts'

/** Samples of each contender, by round. Shape [contender][round]. */
export type Samples = Readonly<Record<string, readonly Sample[]>>

export interface Outcome {
  readonly row: Row
  readonly ours?: Spread
  readonly against?: Spread
  /** Median and spread of the rounds' ratios, not a ratio of medians. */
  readonly ratio?: Spread
  readonly verdict?: Verdict
  /** Why there is nothing, as in "wrk is not installed". */
  readonly skipped?: string
}

/** @throws {Error} when a contender did not give the row's measure */
export function outcomeOf(row: Row, samples: Samples): Outcome {
  const valuesOf = (contender: string): number[] => (samples[contender] ?? []).map((sample) => {
    const value = sample[row.measure]
    if (value === undefined || !Number.isFinite(value)) throw new Error(`${contender} has no ${row.measure} for "${row.name}"`)
    return value
  })
  const ours = valuesOf(row.ours)
  const { fixed } = row
  const against = fixed === undefined ? row.against === undefined ? undefined : valuesOf(row.against) : ours.map(() => fixed)
  const ratio = against && spreadOf(ratiosOf(ours, against))
  const judged = (against ? ratio : spreadOf(ours))?.median
  return {
    row,
    ...definedOnly({ ours: spreadOf(ours), against: against && spreadOf(against), ratio }),
    ...(judged === undefined || row.target === undefined ? {} : { verdict: verdictOf(judged, row.target) }),
  }
}

function definedOnly(parts: Readonly<Record<'ours' | 'against' | 'ratio', Spread | undefined>>): Partial<Record<'ours' | 'against' | 'ratio', Spread>> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined))
}
