// The figures of a bench, and the document that --json prints. Numbers are finite; what is not known is absent.

import os from 'node:os'
import { firstDone } from '../bench/run-load.ts'
import { contractKeys, retryKeys, type ContractKey, type ContractSummary } from '../metrics/contract.ts'
import { client } from '../metrics/limit.ts'
import { resultSchema } from '../report/json.ts'
import { checkCounts } from '../storage/s3/read-checksum.ts'
import { endpointName, figuresOf } from '../storage/s3/endpoint-list.ts'
import { toFailure } from '../util/fault.ts'
import { toSeconds, type Nanoseconds } from '../util/units.ts'
import type { BenchFlags } from './bench-flags.ts'
import { partFigures } from './bench-parts.ts'
import { statusOf, type BenchOutcome } from './bench-run.ts'
import { version } from './version.ts'

export interface BenchFigures {
  /** From the first measured request's begin to the last one's end; 0 when there was none. */
  readonly seconds: number
  readonly bytesPerSecond?: number
  readonly requestsPerSecond?: number
  /** Until the first lane had no more to do: all were busy so long. */
  readonly firstDone?: { readonly seconds: number; readonly bytesPerSecond: number }
  /** CPU of this process over what its threads could have had. */
  readonly threadShare?: number
  /** Absent where nothing says so, and always where `seconds` are too few to tell. */
  readonly limitedBy?: 'client'
}

/** V8's helper threads compile for 0.2 to 0.3 s of CPU however short a bench is, and that counts: one thread's share is then too high by an eighth at most. */
export const leastVerdictSeconds = 2

export function benchFigures({ result, cpuSeconds, plan }: BenchOutcome): BenchFigures {
  if (!result || result.tally.end <= result.tally.begin) return { seconds: 0 }
  const { tally } = result
  const seconds = toSeconds(tally.end - tally.begin)
  const first = firstDone(result)
  const firstSeconds = first && toSeconds(first.at - tally.begin)
  const cores = Math.min(plan.threads, os.availableParallelism())
  const threadShare = cpuSeconds === undefined ? undefined : cpuSeconds / (seconds * cores)
  return {
    seconds, bytesPerSecond: tally.bytes / seconds, requestsPerSecond: tally.requests / seconds,
    ...(first && firstSeconds! > 0 ? { firstDone: { seconds: firstSeconds!, bytesPerSecond: first.bytes / firstSeconds! } } : {}),
    ...(threadShare === undefined ? {} : { threadShare }),
    ...(threadShare !== undefined && threadShare >= client.cpuShare && seconds >= leastVerdictSeconds ? { limitedBy: 'client' } : {}),
  }
}

export function benchSummary(outcome: BenchOutcome): ContractSummary {
  const { result, plan: { operation } } = outcome
  if (!result) return {}
  const { tally } = result
  const figures = benchFigures(outcome)
  const of = <T>(which: 'get' | 'put', value: T): T | undefined => which === operation ? value : undefined
  const values: Partial<Record<ContractKey, number | string | undefined>> = {
    elapsed_seconds: figures.seconds,
    bytes_read: of('get', tally.bytes), bytes_written: of('put', tally.bytes),
    objects_read: of('get', tally.succeeded), objects_written: of('put', tally.succeeded),
    read_bytes_per_second: of('get', figures.bytesPerSecond), write_bytes_per_second: of('put', figures.bytesPerSecond),
    requests: tally.requests + tally.failed, retries: tally.retries, errors: tally.failed, ...retryKeys(tally.retriesBy),
    ttfb_p50_seconds: secondsOf(tally.firstByte.quantile(0.5)), ttfb_p99_seconds: secondsOf(tally.firstByte.quantile(0.99)),
    request_p50_seconds: secondsOf(tally.total.quantile(0.5)), request_p99_seconds: secondsOf(tally.total.quantile(0.99)),
    client_cpu_seconds: outcome.cpuSeconds, peak_rss_bytes: outcome.peakRssBytes, limited_by: figures.limitedBy,
  }
  return Object.fromEntries(contractKeys.flatMap((key) => values[key] === undefined ? [] : [[key, values[key]]]))
}

export function benchDocument(outcome: BenchOutcome, flags: BenchFlags): string {
  const { plan, result, objects, error } = outcome
  const figures = benchFigures(outcome)
  const status = statusOf(outcome)
  const failure = status === 'failed' ? toFailure(error) : undefined
  return `${JSON.stringify({
    schema: resultSchema, status, command: plan.command, summary: benchSummary(outcome), version, started: plan.started,
    bench: {
      operation: plan.operation, target: plan.uri, endpoint: plan.spec.endpoint && endpointName({ url: plan.spec.endpoint }),
      objects: objects?.sizes.length, object_bytes: plan.existing ? undefined : plan.size, range_bytes: flags.range,
      ...partFigures(outcome, flags),
      checksum: plan.spec.checksum, payload_signing: plan.spec.payloadSigning,
      existing: plan.existing, concurrency: plan.concurrency, count: flags.count, duration_seconds: flags.count === undefined ? flags.duration : undefined,
      seed: plan.seed, warm_up_requests: result?.warmUpRequests,
      requests_per_second: figures.requestsPerSecond, first_done_seconds: figures.firstDone?.seconds, first_done_bytes_per_second: figures.firstDone?.bytesPerSecond,
      folder: plan.existing ? undefined : plan.folder, objects_left: outcome.left, objects_removed: outcome.removed,
      keys_cleared: outcome.removedInDoubt > 0 ? outcome.removedInDoubt : undefined, uploads_left: outcome.leftUploads > 0 ? outcome.leftUploads : undefined,
      versions_removed: outcome.removedVersions > 0 ? outcome.removedVersions : undefined,
    },
    environment: {
      node: process.versions.node, platform: process.platform, arch: process.arch, cpu_model: os.cpus()[0]?.model ?? '', memory_bytes: os.totalmem(),
      transport: plan.spec.transport, threads: plan.threads, cores: os.availableParallelism(),
    },
    latency: result && { first_byte: result.tally.firstByte.count > 0 ? result.tally.firstByte : undefined, total: result.tally.total },
    read_checks: plan.spec.readChecks && checkCounts(plan.spec.readChecks),
    endpoints: plan.spec.endpoints && figuresOf(plan.spec.endpoints),
    errors: result && Object.fromEntries(result.tally.errors),
    failure: failure && { code: failure.code, message: failure.message, hint: failure.hint, info: failure.info },
  }, undefined, 2)}\n`
}

function secondsOf(time: Nanoseconds | undefined): number | undefined {
  return time === undefined ? undefined : toSeconds(time)
}
