// The metric window and the true figures in it: steps exclude_start < step ≤ expected − exclude_end of each epoch, all ranks.
// Window time of a block: from the first such step's load to the last such step's barrier, over all ranks. Formulas: docs/metrics.md.

import { nanosecondsPerSecond, toSeconds, type Nanoseconds } from '../util/units.ts'
import { quantileRank, samplesNeeded } from './sample-statistics.ts'
import type { StepColumns } from './step-columns.ts'
import type { TimeShare, WindowSummary } from './summary.ts'

/** One phase's steps, and which of them count. */
export interface WindowPart {
  /** Blocks in any order; those of one number ran at the same time. */
  readonly blocks: readonly { readonly block: number; readonly rank: number; readonly steps: StepColumns }[]
  /** Steps in the window: firstStep ≤ step ≤ lastStep. */
  readonly firstStep: number
  readonly lastStep: number
}

/** Times of the steps of a window in nanoseconds, of all ranks: columns of shape [numSteps × numRanks], in one order. */
interface StepTimes {
  readonly load: Float64Array
  readonly compute: Float64Array
  readonly barrier: Float64Array
  /** From load to barrier. */
  readonly whole: Float64Array
}

/** What one walk over a part's steps finds: enough to summarise it, alone or with other parts. */
export interface WindowSums {
  /** Window time: the sum over blocks, so that a checkpoint between two blocks is in neither. */
  readonly time: Nanoseconds
  /** The same for each rank that took part. */
  readonly rankTime: Nanoseconds
  /** Steps of the job, each counted once. */
  readonly steps: number
  readonly samples: number
  readonly times: StepTimes
}

const slowestShare = 0.01

export function windowSums({ blocks, firstStep, lastStep }: WindowPart): WindowSums {
  const most = blocks.reduce((sum, { steps }) => sum + steps.length, 0)
  const [load, compute, barrier, whole] = [new Float64Array(most), new Float64Array(most), new Float64Array(most), new Float64Array(most)]
  const spans = new Map<number, { begin: Nanoseconds; end: Nanoseconds }>()
  const jobSteps = new Set<number>()
  let count = 0, samples = 0
  for (const { block, steps } of blocks) {
    const [step, loadBegin, loadEnd] = [steps.column('step'), steps.column('loadBeginAt'), steps.column('loadEndAt')]
    const [computeBegin, computeEnd, barrierEnd, numSamples] = [steps.column('computeBeginAt'), steps.column('computeEndAt'), steps.column('barrierEndAt'), steps.column('samples')]
    let begin = Infinity, end = -Infinity
    for (let i = 0; i < step.length; i++) {
      if (step[i]! < firstStep || step[i]! > lastStep) continue
      load[count] = loadEnd[i]! - loadBegin[i]!
      compute[count] = computeEnd[i]! - computeBegin[i]!
      barrier[count] = barrierEnd[i]! - computeEnd[i]!
      whole[count] = barrierEnd[i]! - loadBegin[i]!
      begin = Math.min(begin, loadBegin[i]!)
      end = Math.max(end, barrierEnd[i]!)
      samples += numSamples[i]!
      jobSteps.add(step[i]!)
      count++
    }
    const span = spans.get(block)
    if (end >= begin) spans.set(block, { begin: Math.min(begin, span?.begin ?? begin), end: Math.max(end, span?.end ?? end) })
  }
  const time = [...spans.values()].reduce((sum, span) => sum + span.end - span.begin, 0)
  return {
    time, rankTime: time * new Set(blocks.map(({ rank }) => rank)).size, steps: jobSteps.size, samples,
    times: { load: load.subarray(0, count), compute: compute.subarray(0, count), barrier: barrier.subarray(0, count), whole: whole.subarray(0, count) },
  }
}

/** The figures of several parts together: times add up, AU is weighted by window time. */
export function windowSummary(parts: readonly WindowSums[]): WindowSummary {
  const total = (of: (part: WindowSums) => number): number => parts.reduce((sum, part) => sum + of(part), 0)
  const [time, rankTime, samples] = [total((part) => part.time), total((part) => part.rankTime), total((part) => part.samples)]
  const all = shareOf(parts, 0)
  return {
    seconds: toSeconds(time), steps: total((part) => part.steps), samples,
    auPercent: rankTime > 0 ? all.compute / rankTime * 100 : undefined,
    samplesPerSecond: time > 0 ? samples / toSeconds(time) : undefined,
    time: timeShare(all, rankTime),
    dataWaitsSeconds: joined(parts, 'load').map((wait) => wait / nanosecondsPerSecond).toSorted(),
    slowest: slowestOf(parts),
  }
}

/** One column of all parts, in memory of its own. */
function joined(parts: readonly WindowSums[], name: keyof StepTimes): Float64Array {
  const values = new Float64Array(parts.reduce((sum, { times }) => sum + times[name].length, 0))
  let end = 0
  for (const { times } of parts) {
    values.set(times[name], end)
    end += times[name].length
  }
  return values
}

/** Where the slowest 1 % of the steps spent their time, from 1000 steps on. */
function slowestOf(parts: readonly WindowSums[]): TimeShare | undefined {
  const times = joined(parts, 'whole')
  if (times.length < samplesNeeded(1 - slowestShare)) return undefined
  const share = shareOf(parts, times.toSorted()[quantileRank(1 - slowestShare, times.length)]!)
  return timeShare(share, share.whole)
}

type Share = { -readonly [name in keyof StepTimes]: Nanoseconds }

/** Sums over the steps that lasted `atLeast`. */
function shareOf(parts: readonly WindowSums[], atLeast: Nanoseconds): Share {
  const share: Share = { load: 0, compute: 0, barrier: 0, whole: 0 }
  for (const { times: { load, compute, barrier, whole } } of parts) {
    for (let i = 0; i < whole.length; i++) {
      if (whole[i]! < atLeast) continue
      share.load += load[i]!
      share.compute += compute[i]!
      share.barrier += barrier[i]!
      share.whole += whole[i]!
    }
  }
  return share
}

/** The rest of `rankTime` is "other". */
function timeShare({ load, compute, barrier }: Share, rankTime: Nanoseconds): TimeShare {
  return {
    computeSeconds: toSeconds(compute), dataWaitSeconds: toSeconds(load), barrierSeconds: toSeconds(barrier),
    otherSeconds: toSeconds(Math.max(0, rankTime - compute - load - barrier)),
  }
}
