// result.json, and what --json prints: everything the summary knows, for programs. Schema and keys: docs/metrics.md.
// Numbers are finite, units are in the keys, and what is not known is absent.

import { contractSummary } from '../metrics/contract.ts'
import type { DlioFigures } from '../metrics/accelerator-utilization.ts'
import { ioRate } from '../metrics/io-rate.ts'
import { mean, quantileOf } from '../metrics/sample-statistics.ts'
import type { EpochSummary, PhaseSummary, RunSummary, TimeShare } from '../metrics/summary.ts'
import { toSeconds } from '../util/units.ts'
import type { JsonValue, Reporter, ReportOptions } from './report.ts'

export const resultSchema = 'dlio-s3/result@1'

type JsonObject = { readonly [key: string]: JsonValue | undefined }

export const jsonReport: Reporter = {
  name: 'json',
  render(summary: RunSummary, options: ReportOptions): string {
    return `${JSON.stringify(resultDocument(summary, options), finiteOnly, 2)}\n`
  },
}

/** The document before it becomes text. */
export function resultDocument(summary: RunSummary, options: ReportOptions): JsonObject {
  const { run, failure, generation, goal, limit } = summary
  return {
    schema: resultSchema,
    status: summary.status,
    command: options.command,
    summary: contractSummary(summary),
    version: run.version,
    started: run.wallStart,
    workload: { name: run.workload, target: run.target, endpoint: run.endpoint, format: run.format, seed: run.seed, ...datasetOf(summary) },
    environment: {
      ...options.environment, transport: run.transport, decode: run.decode, read_mode: run.readMode, dialect: run.dialect, threads: run.threads,
      reads_in_flight: run.readsInFlight, part_bytes: summary.dataset?.partBytes, parts_in_flight: summary.dataset?.partsInFlight,
      memory_limit_bytes: run.memoryLimitBytes, peak_in_flight_bytes: summary.health.peakInFlightBytes, cores: summary.health.cores, loop_delay_p99_seconds: summary.health.loopDelayP99Seconds, usual_loop_delay_p99_seconds: summary.health.usualLoopDelaySeconds,
      compute_error_percent: summary.health.computeErrorPercent,
    },
    generation: generation && {
      seconds: generation.seconds, objects_written: generation.objectsWritten, objects_kept: generation.objectsKept, bytes_written: generation.bytesWritten,
      requests: generation.requests, retries: generation.retries,
    },
    epochs: summary.epochs.map((epoch) => epochOf(epoch, summary.dataset?.recordBytes)),
    window: windowOf(summary.totals.window),
    goal: goal && { goal_percent: goal.goalPercent, au_percent: goal.auPercent, met: goal.met, dlio_au_percent: goal.dlioAuPercent, dlio_met: goal.dlioMet },
    latency: { first_byte: histogramOf(summary.latency.firstByte), total: histogramOf(summary.latency.total) },
    read_checks: summary.readChecks && { checked: summary.readChecks.checked, unchecked: summary.readChecks.unchecked },
    verified: summary.verified && { bytes: summary.verified.bytes, seconds: summary.verified.seconds },
    endpoints: summary.endpoints?.map(({ endpoint, requests, bytes, errors }) => ({ endpoint, requests, bytes, errors })),
    limit: { who: limit.who, evidence: limit.evidence, action: limit.action },
    notes: summary.notes.map((note) => ({ name: note.name, level: note.level, message: note.message, action: note.action })),
    failure: failure && { code: failure.code, message: failure.message, hint: failure.hint, info: failure.info as JsonObject },
    files: options.files,
  }
}

/** A number that is not finite would become null: nothing here may be one, so it is a bug. @throws {RangeError} */
function finiteOnly(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`"${key}" of the result is ${value}`)
  return value
}

function datasetOf({ dataset }: RunSummary): JsonObject {
  if (!dataset) return {}
  return {
    files_train: dataset.filesTrain, files_eval: dataset.filesEval, bytes_train: dataset.bytesTrain, bytes_eval: dataset.bytesEval,
    samples_per_file: dataset.samplesPerFile, record_bytes: dataset.recordBytes, steps_per_epoch: dataset.stepsPerEpoch, steps_per_eval: dataset.stepsPerEval, index: dataset.index,
    listing_seconds: dataset.index === undefined ? undefined : toSeconds(dataset.endAt - dataset.beginAt),
  }
}

function epochOf(epoch: EpochSummary, recordBytes: number | undefined): JsonObject {
  return {
    epoch: epoch.epoch, complete: epoch.complete,
    train: phaseOf(epoch.train, recordBytes), eval: epoch.eval && phaseOf(epoch.eval, recordBytes),
    rss_bytes: epoch.rssBytes, heap_used_bytes: epoch.heapUsedBytes,
  }
}

function phaseOf(phase: PhaseSummary, recordBytes: number | undefined): JsonObject {
  const { window } = phase
  const rate = ioRate(phase, recordBytes)
  return {
    seconds: phase.seconds, steps: phase.steps, steps_expected: phase.stepsExpected, samples: phase.samples,
    bytes: phase.bytes, objects: phase.objects, requests: phase.requests, retries: phase.retries, errors: phase.errors,
    fetch_seconds: phase.fetchSeconds, decode_seconds: phase.decodeSeconds,
    nominal_bytes_per_second: rate.nominalBytesPerSecond, measured_bytes_per_second: rate.measuredBytesPerSecond,
    ...windowOf(window), dlio: dlioOf(phase.dlio), dlio_ranks: phase.dlioRanks.map(dlioOf),
  }
}

function windowOf(window: PhaseSummary['window']): JsonObject {
  return {
    window_seconds: window.seconds, window_steps: window.steps, window_samples: window.samples,
    au_percent: window.auPercent, samples_per_second: window.samplesPerSecond,
    data_wait_mean_seconds: mean(window.dataWaitsSeconds), data_wait_p50_seconds: quantileOf(window.dataWaitsSeconds, 0.5), data_wait_p99_seconds: quantileOf(window.dataWaitsSeconds, 0.99),
    time: shareOf(window.time), slowest_time: window.slowest && shareOf(window.slowest),
  }
}

function shareOf(time: TimeShare): JsonObject {
  return { compute_seconds: time.computeSeconds, data_wait_seconds: time.dataWaitSeconds, barrier_seconds: time.barrierSeconds, other_seconds: time.otherSeconds }
}

function dlioOf(figures: DlioFigures): JsonObject {
  return { au_percent: figures.auPercent, samples_per_second: figures.samplesPerSecond }
}

function histogramOf(histogram: RunSummary['latency']['total']): JsonObject {
  return { ...histogram.toJSON() }
}
