// What a run was, as the fold leaves it and every report reads it. Plain data; undefined means that it is not known.
// Every formula is in docs/metrics.md.

import type { DatasetReady, EndpointFigures, Phase, RunBegin, RunEnd, Warning } from './events.ts'
import type { DlioFigures, DlioRunFigures } from './accelerator-utilization.ts'
import type { Histogram } from './histogram.ts'
import type { Limit } from './limit.ts'
import type { Note } from './notes.ts'
import type { StepColumns } from './step-columns.ts'
import type { Failure } from '../util/fault.ts'
import type { RetryCounts } from '../util/retry-counts.ts'
import type { Nanoseconds } from '../util/units.ts'

/** What the workload says about measuring. Names are DLIO's. */
export interface FoldSettings {
  /** `output.metric.exclude_start_steps` and `exclude_end_steps`: steps of each epoch that are not in the metric window. */
  readonly excludeStartSteps: number
  readonly excludeEndSteps: number
  /** `reader.batch_size` and `batch_size_eval`, samples. */
  readonly batchSize: number
  readonly batchSizeEval: number
  /** `metric.au` as a fraction. Absent: no goal, no verdict. */
  readonly auGoal?: number | undefined
  /** Memory of the client host, for the 5× rule of MLPerf Storage. */
  readonly hostMemoryBytes?: number | undefined
  /** The S3 server of this program, on this machine, was the target. */
  readonly embeddedServer?: boolean | undefined
}

/** One rank's stretch of steps without a checkpoint in between. */
export interface BlockSummary {
  /** From 1 in each epoch. */
  readonly block: number
  readonly rank: number
  readonly beginAt: Nanoseconds
  /** The block's end, or that of its last step when the run ended inside it. */
  readonly endAt: Nanoseconds
  readonly ended: boolean
  readonly stepsExpected: number
  readonly steps: StepColumns
  readonly dlio: DlioFigures
}

/** Sums over the steps of the metric window and all ranks, in rank-seconds: they add up to ranks × windowSeconds. */
export interface TimeShare {
  readonly computeSeconds: number
  readonly dataWaitSeconds: number
  readonly barrierSeconds: number
  /** Between steps, and ranks that had no step while others had. */
  readonly otherSeconds: number
}

/** The true figures of the metric window. */
export interface WindowSummary {
  readonly seconds: number
  readonly steps: number
  readonly samples: number
  readonly auPercent: number | undefined
  readonly samplesPerSecond: number | undefined
  readonly time: TimeShare
  /** Seconds that each rank waited in each step of the window, ascending. */
  readonly dataWaitsSeconds: Float64Array
  /** Share of the slowest 1 % of steps, when there are enough steps to speak of them. */
  readonly slowest: TimeShare | undefined
}

/** One phase (training or evaluation) of one epoch. */
export interface PhaseSummary {
  readonly phase: Phase
  /** Blocks of each rank, shape [numRanks][numBlocks]; a rank that never began has none. */
  readonly ranks: readonly (readonly BlockSummary[])[]
  /** First block's begin to last block's end, pauses for checkpoints left out. */
  readonly seconds: number
  /** Steps of the job: each counts once, however many ranks took part. */
  readonly steps: number
  readonly stepsExpected: number
  readonly samples: number
  /** Bytes, objects, requests, and sums over threads, of the batches read for this phase, consumed or not. */
  readonly bytes: number
  readonly objects: number
  readonly requests: number
  readonly retries: number
  readonly retriesBy: RetryCounts
  readonly errors: number
  readonly fetchSeconds: number
  readonly decodeSeconds: number
  /** Sum over batches of end − begin: how long reading was under way, in thread-seconds. */
  readonly readSeconds: number
  readonly window: WindowSummary
  /** By DLIO's formulas: one entry a rank, and the epoch's (AU: mean over ranks, samples/s: sum). */
  readonly dlioRanks: readonly DlioFigures[]
  readonly dlio: DlioFigures
}

export interface EpochSummary {
  readonly epoch: number
  readonly beginAt: Nanoseconds
  readonly trainEndAt: Nanoseconds | undefined
  readonly endAt: Nanoseconds | undefined
  /** Training and, if it began, evaluation came to their own end: an epoch that was stopped ends too, but is not complete. */
  readonly complete: boolean
  readonly stepsExpected: number
  readonly train: PhaseSummary
  /** Absent in an epoch without evaluation. */
  readonly eval: PhaseSummary | undefined
  readonly rssBytes: number | undefined
  readonly heapUsedBytes: number | undefined
}

export interface GenerationSummary {
  readonly beginAt: Nanoseconds
  readonly endAt: Nanoseconds
  readonly seconds: number
  readonly objectsWritten: number
  readonly objectsKept: number
  readonly bytesWritten: number
  readonly requests: number
  readonly retries: number
  readonly retriesBy: RetryCounts
}

export interface Latency { readonly firstByte: Histogram; readonly total: Histogram }

/** How the client fared. */
export interface HealthSummary {
  readonly clientCpuSeconds: number | undefined
  readonly cores: number | undefined
  readonly peakRssBytes: number | undefined
  /** The most memory that batches in work were granted at once; known once a run has ended. */
  readonly peakInFlightBytes: number | undefined
  /** Of the 99th percentiles of the event-loop delay, reported once a second while epochs ran: the worst, and the (lower) median. */
  readonly loopDelayP99Seconds: number | undefined
  readonly usualLoopDelaySeconds: number | undefined
  /** How much longer than asked the compute steps lasted, all of them together. Percent. */
  readonly computeErrorPercent: number | undefined
}

/** The run's figures over all epochs: training only, where a phase is meant. */
export interface RunTotals {
  readonly window: WindowSummary
  readonly bytesRead: number
  readonly objectsRead: number
  readonly requests: number
  readonly retries: number
  readonly retriesBy: RetryCounts
  readonly errors: number
  readonly fetchSeconds: number
  readonly decodeSeconds: number
  readonly readSeconds: number
  /** Time of the phases that read. */
  readonly phaseSeconds: number
  readonly samples: number
  readonly steps: number
}

export interface Goal {
  readonly goalPercent: number
  readonly auPercent: number
  readonly met: boolean
  /** The same by DLIO's formula. */
  readonly dlioAuPercent: number
  readonly dlioMet: boolean
}

export interface RunSummary {
  readonly run: RunBegin
  readonly settings: FoldSettings
  /** A log that stops without a run-end is 'interrupted'. */
  readonly status: 'complete' | 'interrupted' | 'failed'
  readonly failure: Failure | undefined
  readonly endAt: Nanoseconds
  readonly elapsedSeconds: number
  readonly generation: GenerationSummary | undefined
  /** Requests of generation and listing that failed for good. */
  readonly otherErrors: number
  readonly dataset: DatasetReady | undefined
  readonly epochs: readonly EpochSummary[]
  readonly totals: RunTotals
  /** Of all requests for samples, training and evaluation. */
  readonly latency: Latency
  readonly dlioTrain: DlioRunFigures
  readonly dlioEval: DlioRunFigures
  readonly health: HealthSummary
  /** Known once a run has ended that had several. */
  readonly endpoints: readonly EndpointFigures[] | undefined
  readonly readChecks: RunEnd['readChecks'] | undefined
  readonly verified: RunEnd['verified'] | undefined
  readonly warnings: readonly Warning[]
  /** Judged only when the run is complete, has a goal, and measured something. */
  readonly goal: Goal | undefined
  readonly limit: Limit
  readonly notes: readonly Note[]
}
