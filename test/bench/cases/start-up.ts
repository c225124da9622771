// How long the program takes to say who it is.

import type { Bench } from '../bench.ts'
import type { Case, Sample } from '../case.ts'
import { dlioOutput } from '../child.ts'
import { spreadOf } from '../statistics.ts'

const flags = ['--version', '--help'] as const
const starts = 5

export function startUpCases(_bench: Bench): Case[] {
  return [{
    name: 'start-up', sampleSeconds: 0,
    rows: flags.map((flag) => ({ name: `start-up: dlio-s3 ${flag}`, measure: 'milliseconds', ours: flag, target: { most: 120 } })),
    open: async () => ({ contenders: Object.fromEntries(flags.map((flag) => [flag, { sample: () => startUp(flag) }])) }),
  }]
}

/** Median of a few starts, the first of which warms the page cache and does not count. */
async function startUp(flag: string): Promise<Sample> {
  const times: number[] = []
  for (let i = 0; i <= starts; i++) {
    const begin = performance.now()
    await dlioOutput({ args: [flag] })
    if (i > 0) times.push(performance.now() - begin)
  }
  return { milliseconds: spreadOf(times)!.median, starts }
}
