// The flat `summary` of result.json that other tools build on: snake_case, units in the key, absent when undefined.
// Names and meaning are pinned by tests and explained in docs/metrics.md; keys may be added, never changed.

import { retryCauses, type RetryCause, type RetryCounts } from '../util/retry-counts.ts'
import { toSeconds, type Nanoseconds } from '../util/units.ts'
import { requestCounts, retriesByCause } from './run-totals.ts'
import { quantileOf } from './sample-statistics.ts'
import type { RunSummary } from './summary.ts'

export const contractKeys = [
  'elapsed_seconds', 'bytes_read', 'bytes_written', 'objects_read', 'objects_written', 'samples', 'samples_per_second',
  'read_bytes_per_second', 'read_bytes_per_sample', 'write_bytes_per_second', 'au_percent', 'accelerators', 'epochs', 'steps', 'requests', 'retries', 'errors',
  'retries_throttled', 'retries_server', 'retries_timeout', 'retries_overdue', 'retries_truncated', 'retries_unreachable', 'retries_clock',
  'ttfb_p50_seconds', 'ttfb_p99_seconds', 'request_p50_seconds', 'request_p99_seconds', 'data_wait_p50_seconds', 'data_wait_p99_seconds',
  'fetch_seconds', 'decode_seconds', 'bytes_verified', 'client_cpu_seconds', 'peak_rss_bytes', 'limited_by',
] as const

export type ContractKey = (typeof contractKeys)[number]
export type ContractSummary = Readonly<Partial<Record<ContractKey, number | string>>>

/** In the order of `contractKeys`. Numbers are finite. */
export function contractSummary(summary: RunSummary): ContractSummary {
  const { generation, totals, latency, health, epochs, limit } = summary
  const { window } = totals
  const reading = epochs.length > 0
  const whenReading = (value: number | undefined): number | undefined => reading ? value : undefined
  const values: Record<ContractKey, number | string | undefined> = {
    elapsed_seconds: summary.elapsedSeconds,
    bytes_read: whenReading(totals.bytesRead),
    bytes_written: generation?.bytesWritten,
    objects_read: whenReading(totals.objectsRead),
    objects_written: generation?.objectsWritten,
    samples: whenReading(totals.samples),
    samples_per_second: window.samplesPerSecond,
    read_bytes_per_second: rate(totals.bytesRead, whenReading(totals.phaseSeconds)),
    read_bytes_per_sample: rate(totals.bytesRead, whenReading(totals.samples)),
    write_bytes_per_second: generation && rate(generation.bytesWritten, generation.seconds),
    au_percent: window.auPercent,
    accelerators: whenReading(summary.run.accelerators),
    epochs: whenReading(epochs.filter((epoch) => epoch.complete).length),
    steps: whenReading(totals.steps),
    ...requestCounts(summary),
    ...retryKeys(retriesByCause(summary)),
    ttfb_p50_seconds: seconds(latency.firstByte.quantile(0.5)),
    ttfb_p99_seconds: seconds(latency.firstByte.quantile(0.99)),
    request_p50_seconds: seconds(latency.total.quantile(0.5)),
    request_p99_seconds: seconds(latency.total.quantile(0.99)),
    data_wait_p50_seconds: quantileOf(window.dataWaitsSeconds, 0.5),
    data_wait_p99_seconds: quantileOf(window.dataWaitsSeconds, 0.99),
    fetch_seconds: whenReading(totals.fetchSeconds),
    decode_seconds: whenReading(totals.decodeSeconds),
    bytes_verified: summary.verified?.bytes,
    client_cpu_seconds: health.clientCpuSeconds,
    peak_rss_bytes: health.peakRssBytes,
    limited_by: limit.who === 'unknown' ? undefined : limit.who,
  }
  return Object.fromEntries(contractKeys.flatMap((key) => values[key] === undefined ? [] : [[key, values[key]]]))
}

type RetryKey = `retries_${RetryCause}`

/** Causes of none are absent. */
export function retryKeys(counts: RetryCounts): Record<RetryKey, number | undefined> {
  return Object.fromEntries(retryCauses.map((cause) => [`retries_${cause}`, counts[cause]])) as Record<RetryKey, number | undefined>
}

/** Per second, or per sample. */
function rate(amount: number, divisor: number | undefined): number | undefined {
  return divisor !== undefined && divisor > 0 ? amount / divisor : undefined
}

function seconds(time: Nanoseconds | undefined): number | undefined {
  return time === undefined ? undefined : toSeconds(time)
}
