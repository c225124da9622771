// Which rules apply to a request. Deterministic: the same requests in the same order meet the same faults.

import { MersenneTwister } from '../util/random.ts'
import type { FaultPlan, FaultRule, FaultTimes } from './fault-rules.ts'

export interface FaultSchedule {
  /** The rules that apply to this request of `operation`. `concerns`: whether a rule could do anything to it; those that could not do not count it. */
  next(operation: string, concerns: (rule: FaultRule) => boolean): readonly FaultRule[]
}

interface Entry { readonly rule: FaultRule; readonly random: MersenneTwister; count: number }

export function scheduleOf({ rules, seed }: FaultPlan): FaultSchedule {
  // Each has numbers of its own: a rule more does not change when the others apply.
  const entries: Entry[] = rules.map((rule, i) => ({ rule, random: new MersenneTwister(seed + i), count: 0 }))
  return {
    next: (operation, concerns) => entries
      .filter(({ rule }) => (rule.operations?.includes(operation) ?? true) && concerns(rule))
      .filter((entry) => applies(entry.rule.times, ++entry.count, entry.random))
      .map(({ rule }) => rule),
  }
}

function applies(times: FaultTimes, count: number, random: MersenneTwister): boolean {
  switch (times.kind) {
    case 'numbers': return count >= times.first && count <= times.last
    case 'every': return count % times.step === 0
    case 'share': return random.randomSample() < times.share
    default: return times satisfies never
  }
}
