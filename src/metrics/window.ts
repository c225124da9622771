// The metric window and the true figures in it: steps exclude_start < step ≤ expected − exclude_end of each epoch, all ranks.
// Window time of a block: from the first such step's load to the last such step's barrier, over all ranks. Formulas: docs/metrics.md.

import { toSeconds, type Nanoseconds } from '../util/units.ts'
import { quantileRank, samplesNeeded } from './sample-statistics.ts'
import { barrierTime, computeTime, loadTime, stepTime, type StepColumns, type StepRow } from './step-columns.ts'
import type { TimeShare, WindowSummary } from './summary.ts'

/** One phase's steps, and which of them count. */
export interface WindowPart {
  /** Blocks in any order; those of one number ran at the same time. */
  readonly blocks: readonly { readonly block: number; readonly rank: number; readonly steps: StepColumns }[]
  /** Steps in the window: firstStep ≤ step ≤ lastStep. */
  readonly firstStep: number
  readonly lastStep: number
}

const slowestShare = 0.01

function* rowsOf(part: WindowPart): Generator<StepRow & { readonly block: number }> {
  for (const { block, steps } of part.blocks) {
    for (let i = 0; i < steps.length; i++) {
      const row = steps.at(i)
      if (row.step >= part.firstStep && row.step <= part.lastStep) yield { ...row, block }
    }
  }
}

/** Window time of a part: the sum over its blocks, so that a checkpoint between two blocks is in neither. */
function windowTime(part: WindowPart): Nanoseconds {
  const ends = new Map<number, { begin: Nanoseconds; end: Nanoseconds }>()
  for (const row of rowsOf(part)) {
    const span = ends.get(row.block)
    if (!span) ends.set(row.block, { begin: row.loadBeginAt, end: row.barrierEndAt })
    else {
      span.begin = Math.min(span.begin, row.loadBeginAt)
      span.end = Math.max(span.end, row.barrierEndAt)
    }
  }
  let total = 0
  for (const { begin, end } of ends.values()) total += end - begin
  return total
}

/** The figures of several parts together: times add up, AU is weighted by window time. */
export function summarizeWindow(parts: readonly WindowPart[]): WindowSummary {
  let [time, rankTime, samples, steps] = [0, 0, 0, 0]
  const waits: number[] = []
  const times: number[] = []
  const all = new ShareSum()
  for (const part of parts) {
    const partTime = windowTime(part)
    const jobSteps = new Set<number>()
    time += partTime
    rankTime += partTime * new Set(part.blocks.map((block) => block.rank)).size
    for (const row of rowsOf(part)) {
      jobSteps.add(row.step)
      samples += row.samples
      waits.push(toSeconds(loadTime(row)))
      times.push(stepTime(row))
      all.add(row)
    }
    steps += jobSteps.size
  }
  return {
    seconds: toSeconds(time), steps, samples,
    auPercent: rankTime > 0 ? all.compute / rankTime * 100 : undefined,
    samplesPerSecond: time > 0 ? samples / toSeconds(time) : undefined,
    time: all.of(rankTime),
    dataWaitsSeconds: waits.toSorted((a, b) => a - b),
    slowest: slowestOf(parts, times),
  }
}

/** Where the slowest 1 % of the steps spent their time, from 1000 steps on. */
function slowestOf(parts: readonly WindowPart[], times: readonly Nanoseconds[]): TimeShare | undefined {
  if (times.length < samplesNeeded(1 - slowestShare)) return undefined
  const threshold = Float64Array.from(times).toSorted()[quantileRank(1 - slowestShare, times.length)]!
  const share = new ShareSum()
  for (const part of parts) for (const row of rowsOf(part)) if (stepTime(row) >= threshold) share.add(row)
  return share.of(share.whole)
}

class ShareSum {
  compute = 0
  wait = 0
  barrier = 0
  /** Sum of the steps' own times. */
  whole = 0

  add(row: StepRow): void {
    this.compute += computeTime(row)
    this.wait += loadTime(row)
    this.barrier += barrierTime(row)
    this.whole += stepTime(row)
  }

  /** The rest of `rankTime` is "other". */
  of(rankTime: Nanoseconds): TimeShare {
    return {
      computeSeconds: toSeconds(this.compute), dataWaitSeconds: toSeconds(this.wait), barrierSeconds: toSeconds(this.barrier),
      otherSeconds: toSeconds(Math.max(0, rankTime - this.compute - this.wait - this.barrier)),
    }
  }
}
