// How long a simulated step lasts: DLIO's numbers and maps, as one union. Knows no clock and draws no random numbers.
// Source: argonne-lcf/dlio_benchmark, utils/utility.py `sleep` and config.py; keys and shapes only.

import { isMap, type Tree } from './tree.ts'

/** Seconds per draw; a negative draw counts as its absolute value. `none` means no sleep at all. */
export type TimeDistribution =
  | { readonly type: 'none' }
  | { readonly type: 'constant'; readonly mean: number }
  | { readonly type: 'normal'; readonly mean: number; readonly stdev: number }
  | { readonly type: 'uniform'; readonly min: number; readonly max: number }
  | { readonly type: 'gamma'; readonly shape: number; readonly scale: number }
  | { readonly type: 'exponential'; readonly scale: number }
  /** Whole seconds. */
  | { readonly type: 'poisson'; readonly lam: number }

/** Parameters of each `type` that a YAML map may name, in the order they are documented. */
export const distributionKeys: Readonly<Record<'normal' | 'uniform' | 'gamma' | 'exponential' | 'poisson', readonly string[]>> = {
  normal: ['mean', 'stdev'],
  uniform: ['min', 'max'],
  gamma: ['shape', 'scale'],
  exponential: ['scale'],
  poisson: ['lam'],
}

/** Mean of one draw in seconds, signs aside. */
export function meanSeconds(time: TimeDistribution): number {
  switch (time.type) {
    case 'none': break
    case 'constant':
    case 'normal': return time.mean
    case 'uniform': return (time.min + time.max) / 2
    case 'gamma': return time.shape * time.scale
    case 'exponential': return time.scale
    case 'poisson': return time.lam
  }
  return 0
}

/** What is wrong with a distribution in a file: the key below it ('' for the whole), and what was expected there. */
export interface DistributionProblem { readonly key: string; readonly expected: string; readonly found: unknown }

type Parsed = { readonly time: TimeDistribution } | { readonly problems: readonly DistributionProblem[] }

/**
 * The distribution that `value` and its `*_stdev` sibling describe. A number is a mean, a map says its `type`;
 * a map without one is a mean with or without stdev, an empty one is no sleep.
 */
export function parseDistribution(value: Tree | undefined, stdev: Tree | undefined): Parsed {
  const map = value === undefined || value === null ? {} : isMap(value) ? value : { mean: value }
  const given: Record<string, Tree> = { ...map, ...(stdev === undefined || stdev === null ? {} : { stdev }) }
  const { type, ...rest } = given
  if (type === undefined && rest['mean'] === undefined && Object.keys(rest).every((key) => key === 'stdev')) return { time: { type: 'none' } }
  const name = type ?? (rest['stdev'] === undefined ? 'constant' : 'normal')
  if (type !== undefined && !(typeof type === 'string' && Object.hasOwn(distributionKeys, type))) {
    return { problems: [{ key: 'type', expected: `one of ${Object.keys(distributionKeys).join(', ')}`, found: type }] }
  }
  const wanted = name === 'constant' ? ['mean'] : distributionKeys[name as keyof typeof distributionKeys]
  const problems: DistributionProblem[] = []
  for (const key of wanted) {
    const found = rest[key]
    if (typeof found !== 'number' || !Number.isFinite(found) || found < 0) problems.push({ key, expected: 'a number of at least 0', found })
  }
  for (const key of Object.keys(rest)) {
    if (!wanted.includes(key) && !(key === 'stdev' && stdev !== undefined)) problems.push({ key, expected: `only ${wanted.join(', ')} beside type`, found: rest[key] })
  }
  if (name === 'uniform' && problems.length === 0 && Number(rest['min']) > Number(rest['max'])) {
    problems.push({ key: 'min', expected: `at most max (${Number(rest['max'])})`, found: rest['min'] })
  }
  if (problems.length > 0) return { problems }
  return { time: simplest({ type: name, ...Object.fromEntries(wanted.map((key) => [key, Number(rest[key])])) } as TimeDistribution) }
}

/** A constant of 0 is no sleep, a normal without spread is a constant. */
function simplest(time: TimeDistribution): TimeDistribution {
  if (time.type === 'normal' && time.stdev === 0) return simplest({ type: 'constant', mean: time.mean })
  return time.type === 'constant' && time.mean === 0 ? { type: 'none' } : time
}
