// What stdout shows after a bench, in at most 80 columns: the three figures, latency, load, requests, client, what is left.

import type { Histogram } from '../metrics/histogram.ts'
import { samplesNeeded } from '../metrics/sample-statistics.ts'
import { counted, countText, percentText } from '../metrics/wording.ts'
import { paragraph, table, unknown } from '../report/text-layout.ts'
import { toFailure } from '../util/fault.ts'
import { retriesText } from '../util/retry-counts.ts'
import { formatBytes, formatSeconds, significant, toSeconds, type Nanoseconds } from '../util/units.ts'
import { checkLine, endpointLines } from '../report/text-endpoints.ts'
import { checkCounts } from '../storage/s3/read-checksum.ts'
import { figuresOf } from '../storage/s3/endpoint-list.ts'
import type { BenchFlags } from './bench-flags.ts'
import { partWords } from './bench-parts.ts'
import { statusOf, type BenchOutcome } from './bench-run.ts'
import { benchFigures, leastVerdictSeconds, type BenchFigures } from './bench-summary.ts'
import type { BenchPlan } from './bench-target.ts'
import { version } from './version.ts'

export function benchText(outcome: BenchOutcome, flags: BenchFlags): string {
  const figures = benchFigures(outcome)
  const sections = [
    headline(outcome, flags, figures), latencyLines(outcome),
    [...loadLines(outcome, flags), ...requestLines(outcome, figures), ...clientLines(outcome, figures)],
    [...leftLines(outcome, flags), ...paragraph('Setup', setupText(outcome)), ...paragraph('Again', outcome.plan.command)],
  ]
  return `${sections.filter((section) => section.length > 0).map((section) => section.join('\n')).join('\n\n')}\n`
}

function headline(outcome: BenchOutcome, flags: BenchFlags, figures: BenchFigures): readonly string[] {
  const { plan, result, error } = outcome
  const status = statusOf(outcome)
  const verdict = `${{ complete: 'DONE', interrupted: 'PARTIAL', failed: 'FAILED' }[status]}  `
  const at = verdict.length
  const failure = status === 'failed' ? toFailure(error) : undefined
  const what = flags.range === undefined ? plan.existing ? 'whole objects' : `${formatBytes(plan.size)} objects` : `${formatBytes(flags.range)} ranges`
  const numbers = figures.bytesPerSecond === undefined ? 'nothing was measured'
    : `${formatBytes(figures.bytesPerSecond)}/s   ${significant(figures.requestsPerSecond!)} requests/s   errors ${result!.tally.failed}`
  return [
    ...paragraph(verdict, `${plan.operation} ${what} on ${plan.uri} · ${formatSeconds(figures.seconds)}`, at),
    ...(failure ? paragraph('', failure.message, at) : []), ...(failure?.hint === undefined ? [] : paragraph('', failure.hint, at)),
    ...(status === 'interrupted' ? paragraph('', 'interrupted: the figures cover what was done until then', at) : []),
    ...paragraph('', numbers, at),
  ]
}

const quantiles = [0.5, 0.9, 0.99, 0.999] as const

function latencyLines({ plan, result }: BenchOutcome): readonly string[] {
  if (!result || result.tally.total.count === 0) return []
  const { firstByte, total } = result.tally
  const row = (name: string, times: Histogram): string[] => [`  ${name}`, ...quantiles.map((p) => timeText(times.quantile(p))), timeText(times.max), countText(times.count)]
  const missing = quantiles.find((p) => total.count < samplesNeeded(p))
  return [
    ...table([[`${plan.operation.toUpperCase()} latency`, ...quantiles.map((p) => `p${+(p * 100).toFixed(1)}`), 'max', 'n'], ...(firstByte.count > 0 ? [row('first byte', firstByte)] : []), row('total', total)], [12, 11, 11, 11, 11, 11, 12]),
    ...(missing === undefined ? [] : [`  ${unknown} p${+(missing * 100).toFixed(1)} needs ${countText(samplesNeeded(missing))} requests`]),
  ]
}

function loadLines(outcome: BenchOutcome, flags: BenchFlags): readonly string[] {
  const { plan, objects, result } = outcome
  const bytes = objects ? objects.sizes.reduce((sum, size) => sum + size, 0) : 0
  const about = !objects ? [] : [`${counted(objects.sizes.length, 'object')}, ${formatBytes(bytes)}${plan.existing ? ', found there' : plan.operation === 'get' ? ', written for this run' : ''}`]
  const { checksum = 'none' } = plan.spec
  const sums = plan.operation === 'put' && checksum !== 'none' ? [`with ${checksum}`] : []
  const end = flags.count === undefined ? `for ${formatSeconds(flags.duration)}` : `${counted(flags.count, 'request')} in all`
  const warm = result ? [`warm-up of ${counted(result.warmUpRequests, 'request')} not counted`] : []
  return paragraph('Load', [`closed loop, ${plan.concurrency} in flight over ${counted(plan.threads, 'thread')}, ${end}`, ...about, ...partWords(outcome, flags), ...sums, ...warm].join(' · '))
}

function requestLines({ result, plan }: BenchOutcome, { firstDone }: BenchFigures): readonly string[] {
  if (!result) return []
  const { tally } = result
  const causes = retriesText(tally.retriesBy)
  const reasons = [...tally.errors].map(([reason, count]) => `${reason} ${count}`).join(', ')
  return [
    ...paragraph('Requests', `${counted(tally.requests + tally.failed, 'request')} · ${counted(tally.retries, 'retry', 'retries')}${causes === '' ? '' : ` (${causes})`} · ${countText(tally.failed)} failed${reasons === '' ? '' : ` (${reasons})`}`),
    ...checkLine(plan.spec.readChecks && checkCounts(plan.spec.readChecks)),
    ...endpointLines(plan.spec.endpoints && figuresOf(plan.spec.endpoints)),
    ...(tally.firstFailure ? paragraph('', `first failure: ${tally.firstFailure.message}`) : []),
    ...(firstDone ? paragraph('First done', `after ${formatSeconds(firstDone.seconds)}, ${formatBytes(firstDone.bytesPerSecond)}/s until then: all requests in flight were busy`) : []),
  ]
}

function clientLines({ result, cpuSeconds, peakRssBytes, plan }: BenchOutcome, figures: BenchFigures): readonly string[] {
  if (!result || cpuSeconds === undefined || figures.threadShare === undefined) return []
  const perSecond = cpuSeconds > 0 ? ` · ${formatBytes(result.tally.bytes / cpuSeconds)} per CPU-second` : ''
  return [
    ...paragraph('Client', `${formatSeconds(cpuSeconds)} of CPU${perSecond} · ${formatBytes(peakRssBytes)} of memory`),
    ...paragraph('Limit', limitText(plan, figures.threadShare, figures)),
  ]
}

function limitText({ concurrency }: Pick<BenchPlan, 'concurrency'>, threadShare: number, { seconds, limitedBy }: BenchFigures): string {
  const share = percentText(threadShare * 100)
  if (seconds < leastVerdictSeconds) return `unknown: it takes ${formatSeconds(leastVerdictSeconds)} of measuring to tell → measure longer`
  return limitedBy === 'client'
    ? `this client: CPU ${share} of what its threads could have → raise --threads, or use a larger client or more of them`
    : `not this client (CPU ${share} of what its threads could have): the store, the network, or too few requests in flight → try --concurrency ${concurrency * 2}`
}

function leftLines({ plan, left, leftUploads, ...outcome }: BenchOutcome, flags: BenchFlags): readonly string[] {
  if (plan.existing) return []
  if (flags.embedded) return paragraph('Left', 'nothing: the built-in server is gone · it shared this machine’s cores and memory, so these are no figures about a store')
  const gone = goneText(outcome)
  const what = [
    ...(left === 0 ? [] : [counted(left, 'object')]),
    ...(leftUploads === 0 ? [] : [`${leftUploads === 1 ? 'an upload' : `${leftUploads} uploads`} in parts that may have begun (list the multipart uploads of the bucket, and abort what is there)`]),
  ]
  if (what.length === 0) return paragraph('Left', gone === '' ? 'nothing' : `nothing: ${gone}`)
  return paragraph('Left', `${what.join(', ')} below s3://${plan.spec.bucket}/${plan.folder}${gone === '' ? '' : ` · ${gone}`}`)
}

function goneText({ removed, removedInDoubt, removedVersions }: Pick<BenchOutcome, 'removed' | 'removedInDoubt' | 'removedVersions'>): string {
  const texts = [...(removed > 0 ? [`${counted(removed, 'object')} of this run removed`] : []), ...(removedInDoubt > 0 ? [`${counted(removedInDoubt, 'key')} of writes in doubt cleared`] : [])]
  return texts.length === 0 ? '' : `${texts.join(', ')}${removedVersions > 0 ? `, in ${counted(removedVersions, 'version')}` : ''}`
}

function setupText({ plan }: BenchOutcome): string {
  return [`transport ${plan.spec.transport}`, `seed ${plan.seed}`, `Node ${process.versions.node}`, `dlio-s3 ${version}`].join(' · ')
}

function timeText(time: Nanoseconds | undefined): string {
  return time === undefined ? unknown : formatSeconds(toSeconds(time))
}
