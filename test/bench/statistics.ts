// The few numbers that a row shows of its rounds.

import type { Target } from './case.ts'

/** Of an odd number of rounds the middle one; of an even number the mean of the two in the middle. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Undefined for no values: nothing has no median. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

/** Round by round, so that what slows a whole round down cancels out. @throws {RangeError} when the rounds are not the same */
export function ratiosOf(ours: readonly number[], against: readonly number[]): number[] {
  if (ours.length !== against.length) throw new RangeError(`${ours.length} rounds cannot be compared with ${against.length}`)
  return ours.map((value, round) => value / against[round]!)
}

export type Verdict = 'met' | 'missed'

export function verdictOf(value: number, target: Target): Verdict {
  return ('least' in target ? value >= target.least : value <= target.most) ? 'met' : 'missed'
}
