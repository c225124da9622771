// How long it will take, told before it begins: contenders times rounds times the length of a sample, and what comes on top.

import type { Case } from './case.ts'

/** Of a sample: a process starts, and warms up. Seconds on an idle machine. */
const startSeconds = 1

export interface Estimate {
  readonly samples: number
  readonly seconds: number
}

/** Of those rows of `cases` whose name contains `only`. Contenders whose tool is missing are counted: who needs what is known once a case is open. */
export function estimate(cases: readonly Case[], { rounds, seconds, only }: { readonly rounds: number; readonly seconds: number; readonly only: string }): Estimate {
  const total = { samples: 0, seconds: 0 }
  for (const { rows, mostRounds = rounds, sampleSeconds = seconds, openSeconds = 0 } of cases) {
    const contenders = new Set(rows.filter(({ name }) => name.includes(only)).flatMap(({ ours, against = ours }) => [ours, against]))
    if (contenders.size === 0) continue
    const samples = contenders.size * Math.min(rounds, mostRounds)
    total.samples += samples
    total.seconds += openSeconds + samples * (startSeconds + sampleSeconds)
  }
  return total
}

/** "about 12 minutes for 345 samples"; below two minutes in seconds. */
export function estimateText({ samples, seconds }: Estimate): string {
  const time = seconds < 119.5 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} minutes`
  return `about ${time} for ${samples} sample${samples === 1 ? '' : 's'}`
}
