// The clock that compute steps sleep by.

import type { Bench } from '../bench.ts'
import type { Case, Row } from '../case.ts'
import { clientSample } from '../child.ts'

export function clockCases({ options: { seconds } }: Bench): Case[] {
  const sleeps = [[3.5, 1], [100, 0.2]] as const
  return [{
    name: 'clock',
    rows: sleeps.flatMap(([milliseconds, mostErrorPercent]): Row[] => [
      { name: `clock: mean error of ${milliseconds} ms`, measure: 'errorPercent', ours: `${milliseconds} ms`, target: { most: mostErrorPercent } },
      { name: `clock: CPU while sleeping ${milliseconds} ms`, measure: 'cpuPercent', ours: `${milliseconds} ms`, target: { most: 5 } },
    ]),
    open: async () => ({ contenders: Object.fromEntries(sleeps.map(([milliseconds]) => [`${milliseconds} ms`, { sample: () => clientSample({ kind: 'clock', milliseconds, seconds }) }])) }),
  }]
}
