// One line of dlio.log before it is printed.

import type { Nanoseconds } from '../../util/units.ts'
import type { DlioFacts } from './facts.ts'

export type LogLevel = 'OUTPUT' | 'INFO' | 'WARNING' | 'ERROR'

/** `text` without level and newline; `dated` puts the time before it. */
export interface LogLine {
  readonly at: Nanoseconds
  readonly level: LogLevel
  readonly text: string
  readonly dated: boolean
}

export function line(at: Nanoseconds, level: LogLevel, text: string): LogLine {
  return { at, level, text, dated: true }
}

/** DLIO calls sums of sample indices "number of samples". */
export function indexSums(facts: DlioFacts): string {
  const evaluated = facts.evaluation ? sumBelow(facts.numFilesEval * facts.numSamplesPerFile) : 0n
  return `Total number of samples: train ${sumBelow(facts.numFilesTrain * facts.numSamplesPerFile)}, eval ${evaluated}`
}

function sumBelow(count: number): bigint {
  return BigInt(count) * BigInt(Math.max(0, count - 1)) / 2n
}
