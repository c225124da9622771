// Sums over the phases of a run, and the facts about them that tell who was the limit.

import { sumRetries, type RetryCounts } from '../util/retry-counts.ts'
import { nanosecondsPerSecond } from '../util/units.ts'
import type { RunBegin } from './events.ts'
import type { Histogram } from './histogram.ts'
import type { LimitFacts } from './limit.ts'
import { sum } from './sample-statistics.ts'
import type { HealthSummary, Latency, PhaseSummary, RunSummary, RunTotals } from './summary.ts'
import { windowSummary, type WindowSums } from './window.ts'

/** `phases`: training and evaluation of all epochs. `windows`: of training only. */
export function runTotals(phases: readonly PhaseSummary[], windows: readonly WindowSums[]): RunTotals {
  const total = (of: (phase: PhaseSummary) => number): number => sum(phases.map(of))
  return {
    window: windowSummary(windows),
    bytesRead: total((phase) => phase.bytes), objectsRead: total((phase) => phase.objects), requests: total((phase) => phase.requests),
    retries: total((phase) => phase.retries), retriesBy: sumRetries(phases.map((phase) => phase.retriesBy)), errors: total((phase) => phase.errors),
    fetchSeconds: total((phase) => phase.fetchSeconds), decodeSeconds: total((phase) => phase.decodeSeconds), readSeconds: total((phase) => phase.readSeconds),
    phaseSeconds: total((phase) => phase.seconds), samples: total((phase) => phase.samples),
    steps: total((phase) => phase.phase === 'train' ? phase.steps : 0),
  }
}

/** Requests of reading, generation and listing that ended, and those of them that failed for good. */
export function requestCounts({ totals, generation, dataset, otherErrors }: Pick<RunSummary, 'totals' | 'generation' | 'dataset' | 'otherErrors'>): { readonly requests: number; readonly retries: number; readonly errors: number } {
  return {
    requests: totals.requests + (generation?.requests ?? 0) + (dataset?.requests ?? 0),
    retries: totals.retries + (generation?.retries ?? 0) + (dataset?.retries ?? 0),
    errors: totals.errors + otherErrors,
  }
}

/** Of all of them, where the log tells. */
export function retriesByCause({ totals, generation, dataset }: Pick<RunSummary, 'totals' | 'generation' | 'dataset'>): RetryCounts {
  return sumRetries([totals.retriesBy, generation?.retriesBy, dataset?.retriesBy])
}

export interface LimitInput {
  readonly run: RunBegin
  readonly totals: RunTotals
  readonly latency: Latency
  readonly health: HealthSummary
  readonly trainingCpu: { readonly seconds: number; readonly wallSeconds: number } | undefined
}

export function limitFacts({ run, totals, latency, health, trainingCpu }: LimitInput): LimitFacts {
  const { window } = totals
  const { computeSeconds, dataWaitSeconds, barrierSeconds, otherSeconds } = window.time
  const rankSeconds = computeSeconds + dataWaitSeconds + barrierSeconds + otherSeconds
  const slots = run.accelerators * run.readsInFlight
  return {
    windowSteps: window.dataWaitsSeconds.length, dataWaitShare: over(dataWaitSeconds, rankSeconds), auPercent: window.auPercent, computeErrorPercent: health.computeErrorPercent,
    cpuShare: trainingCpu && health.cores ? over(trainingCpu.seconds, trainingCpu.wallSeconds * health.cores) : undefined,
    usualLoopDelaySeconds: health.usualLoopDelaySeconds,
    decodeShare: over(totals.decodeSeconds, run.threads * totals.phaseSeconds),
    slotShare: over(totals.fetchSeconds, slots * totals.phaseSeconds),
    slots, fetchSeconds: totals.fetchSeconds, decodeSeconds: totals.decodeSeconds,
    firstByteMeanSeconds: meanSeconds(latency.firstByte), firstByteMinSeconds: seconds(latency.firstByte.min), totalMeanSeconds: meanSeconds(latency.total), totalP50Seconds: seconds(latency.total.quantile(0.5)), totalP99Seconds: seconds(latency.total.quantile(0.99)),
  }
}

function over(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined
}

function seconds(time: number | undefined): number | undefined {
  return time === undefined ? undefined : time / nanosecondsPerSecond
}

function meanSeconds(histogram: Histogram): number | undefined {
  return histogram.count === 0 ? undefined : seconds(histogram.sum / histogram.count)
}
