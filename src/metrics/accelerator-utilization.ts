// DLIO's own figures, quirks included: what its files say. The true figures are in window.ts.
// Source: argonne-lcf/dlio_benchmark dlio_benchmark/utils/statscounter.py (main and v2.0: 'argonne'), mlcommons/DLIO_local_changes the same file ('mlcommons').
// Everything is in seconds, as DLIO has it. Slices are Python's: ends beyond the list, or negative, are allowed, and Array.slice means the same.

import { mean, populationStdev, sum } from './sample-statistics.ts'

export type Dialect = 'argonne' | 'mlcommons'

/** One rank's stretch of steps as DLIO keeps it. Lists have one entry a step. */
export interface DlioBlock {
  readonly computeSeconds: readonly number[]
  /** Load and compute of a step together. */
  readonly procSeconds: readonly number[]
  /** From the block's begin to its end on the wall clock. */
  readonly wallSeconds: number
}

export interface DlioRules {
  readonly dialect: Dialect
  readonly excludeStartSteps: number
  readonly excludeEndSteps: number
  /** Steps expected of the whole epoch, not of the block: DLIO cuts the end by it. */
  readonly stepsExpected: number
  readonly batchSize: number
}

/** Percent and samples per second of one rank. Undefined where DLIO divides by zero. */
export interface DlioFigures {
  readonly auPercent: number | undefined
  readonly samplesPerSecond: number | undefined
}

/** The computing inside the metric window: [numWindowSteps] seconds. */
export function windowCompute(block: DlioBlock, rules: DlioRules): readonly number[] {
  return block.computeSeconds.slice(rules.excludeStartSteps, rules.stepsExpected - rules.excludeEndSteps)
}

/** Block time without the load and compute of excluded steps. Their barriers stay in it, and so does everything after the last step. */
export function windowTotalSeconds(block: DlioBlock, rules: DlioRules): number {
  const before = sum(block.procSeconds.slice(0, rules.excludeStartSteps))
  const after = sum(block.procSeconds.slice(rules.stepsExpected - rules.excludeEndSteps))
  return block.wallSeconds - before - after
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

/** A training block. Source: statscounter.py, end_block. */
export function trainFigures(block: DlioBlock, rules: DlioRules): DlioFigures {
  const compute = windowCompute(block, rules)
  const total = windowTotalSeconds(block, rules)
  if (rules.dialect === 'mlcommons' && (compute.length === 0 || total <= 0)) return { auPercent: 0, samplesPerSecond: 0 }
  // argonne: two steps fewer than were done, whatever the window is; an empty block gives a negative rate.
  const steps = rules.dialect === 'mlcommons' ? compute.length : block.computeSeconds.length - 2
  return { auPercent: utilization(compute, total), samplesPerSecond: finite(steps / total * rules.batchSize) }
}

/** An evaluation. Source: statscounter.py, end_eval: the rate counts all steps over the whole time. */
export function evalFigures(block: DlioBlock, rules: DlioRules): DlioFigures {
  return {
    auPercent: utilization(windowCompute(block, rules), windowTotalSeconds(block, rules)),
    samplesPerSecond: finite(block.computeSeconds.length / block.wallSeconds * rules.batchSize),
  }
}

function utilization(compute: readonly number[], totalSeconds: number): number | undefined {
  const computing = sum(compute)
  return computing === 0 ? 0 : finite(computing / totalSeconds * 100)
}

/** An epoch's figure of one rank: its blocks' figures weighted by their steps. 0 without steps, as in DLIO. */
export function epochFigure(blocks: readonly { readonly value: number | undefined; readonly steps: number }[]): number {
  const weighted = blocks.filter((block) => block.steps > 0 && block.value !== undefined)
  const steps = sum(weighted.map((block) => block.steps))
  return steps === 0 ? 0 : sum(weighted.map((block) => block.value! * block.steps)) / steps
}

/** What DLIO reports of a run's epochs. Source: statscounter.py, end_run. */
export interface DlioRunFigures {
  /** One value an epoch: mean over ranks; for evaluation one value a rank and epoch, rank by rank. */
  readonly auPercent: readonly number[]
  /** One value an epoch: sum over ranks; for evaluation one value a rank and epoch. */
  readonly samplesPerSecond: readonly number[]
  readonly auMean: number | undefined
  readonly auStdev: number | undefined
  readonly throughputMean: number | undefined
  readonly throughputStdev: number | undefined
}

/** Training figures of a run from [epoch][rank] values. */
export function trainRunFigures(epochs: readonly (readonly DlioFigures[])[]): DlioRunFigures {
  const au = epochs.map((ranks) => mean(ranks.map((rank) => rank.auPercent ?? 0)) ?? 0)
  const rate = epochs.map((ranks) => sum(ranks.map((rank) => rank.samplesPerSecond ?? 0)))
  return runFigures(au, rate)
}

/** Evaluation figures of a run. DLIO does not reduce them over ranks: all values of rank 0 come first, then those of rank 1. */
export function evalRunFigures(epochs: readonly (readonly DlioFigures[])[]): DlioRunFigures {
  const numRanks = Math.max(0, ...epochs.map((ranks) => ranks.length))
  const flat = Array.from({ length: numRanks }, (_, rank) => epochs.flatMap((ranks) => ranks[rank] ?? [])).flat()
  return runFigures(flat.map((figures) => figures.auPercent ?? 0), flat.map((figures) => figures.samplesPerSecond ?? 0))
}

function runFigures(au: readonly number[], rate: readonly number[]): DlioRunFigures {
  return {
    auPercent: au, samplesPerSecond: rate,
    auMean: mean(au), auStdev: populationStdev(au), throughputMean: mean(rate), throughputStdev: populationStdev(rate),
  }
}
