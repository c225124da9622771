// What stdout shows after a run: verdict, three numbers, epochs, where time went, latency, requests, limit, notes, files.
// In that order, at most 80 columns, no colour, and nothing that is not known.

import { requestCounts, retriesByCause } from '../metrics/run-totals.ts'
import { samplesNeeded } from '../metrics/sample-statistics.ts'
import type { DatasetReady } from '../metrics/events.ts'
import type { Histogram } from '../metrics/histogram.ts'
import type { GenerationSummary, RunSummary, TimeShare } from '../metrics/summary.ts'
import { counted, countText, goalText, percentText } from '../metrics/wording.ts'
import { retriesText } from '../util/retry-counts.ts'
import { formatBytes, formatSeconds, significant, toSeconds } from '../util/units.ts'
import type { Reporter, ReportOptions } from './report.ts'
import { checkLine, endpointLines, verifiedLine } from './text-endpoints.ts'
import { epochTable } from './text-epochs.ts'
import { bar, paragraph, table, unknown } from './text-layout.ts'

export const textReport: Reporter = {
  name: 'text',
  render(summary: RunSummary, options: ReportOptions): string {
    const sections = [
      headline(summary), epochTable(summary), timeLines(summary), latencyLines(summary),
      [...requestLine(summary), ...checkLine(summary.readChecks), ...verifiedLine(summary.verified), ...endpointLines(summary.endpoints), ...(summary.epochs.length > 0 ? paragraph('Limit', limitText(summary)) : []), ...noteLines(summary)],
      [...paragraph('Setup', setupText(summary)), ...paragraph('Again', options.command), ...(options.files?.length ? paragraph('Files', options.files.join('  ')) : [])],
    ]
    return `${sections.filter((section) => section.length > 0).map((section) => section.join('\n')).join('\n\n')}\n`
  },
}

function verdictOf({ status, goal, settings, epochs }: RunSummary): string {
  if (status === 'failed') return 'FAILED'
  if (status === 'interrupted') return 'PARTIAL'
  if (goal) return goal.met ? 'PASS' : 'FAIL'
  return settings.auGoal !== undefined && epochs.length > 0 ? 'NOT JUDGED' : 'DONE'
}

function headline(summary: RunSummary): readonly string[] {
  const { run, totals, generation, goal, failure, epochs } = summary
  const verdict = `${verdictOf(summary)}  `
  const at = verdict.length
  const why = summary.status === 'interrupted' ? 'interrupted: the figures cover what was done until then' : undefined
  const numbers = [
    ...(totals.window.auPercent === undefined ? [] : [`AU ${percentText(totals.window.auPercent)}${goal ? ` (goal ≥ ${goalText(goal.goalPercent)})` : ''}`]),
    ...(totals.phaseSeconds > 0 ? [`${formatBytes(totals.bytesRead / totals.phaseSeconds)}/s`] : []),
    ...(totals.window.samplesPerSecond === undefined ? [] : [`${significant(totals.window.samplesPerSecond)} samples/s`]),
    ...(epochs.length > 0 ? [`errors ${totals.errors}`] : []),
  ]
  const generated = generation && generatedText(generation)
  return [
    ...paragraph(verdict, `${run.workload} on ${run.target} · ${formatSeconds(summary.elapsedSeconds)}`, at),
    ...(failure ? paragraph('', failure.message, at) : []), ...(failure?.hint ? paragraph('', failure.hint, at) : []),
    ...(why ? paragraph('', why, at) : []),
    ...(numbers.length > 0 ? paragraph('', numbers.join('   '), at) : []),
    ...(generated ? paragraph('', generated, at) : []),
  ]
}

function generatedText({ objectsWritten, objectsKept, bytesWritten, seconds }: GenerationSummary): string {
  const kept = objectsKept > 0 ? `${counted(objectsKept, 'object')} ${objectsKept === 1 ? 'was' : 'were'} there already` : ''
  if (objectsWritten === 0) return kept === '' ? 'generated nothing' : `generated nothing: ${kept}`
  const rate = seconds > 0 ? ` (${formatBytes(bytesWritten / seconds)}/s)` : ''
  return `generated ${counted(objectsWritten, 'object')}, ${formatBytes(bytesWritten)} in ${formatSeconds(seconds)}${rate}${kept === '' ? '' : `; ${kept}`}`
}

function timeLines({ totals }: RunSummary): readonly string[] {
  const { time, slowest } = totals.window
  const all = sharesOf(time)
  const slow = slowest && sharesOf(slowest)
  if (!all) return []
  const rows = all.map(({ name, share }, i) => {
    const shares = `${percentText(share * 100)}${slow ? ` / ${percentText(slow[i]!.share * 100)}` : ''}`
    return [`  ${name}`, ` ${bar(share, 42)}`, shares]
  })
  return [`Where a step's time goes (all steps${slow ? ' / slowest 1% of steps' : ''})`, ...rows.map(([name, blocks, shares]) => `${name!.padEnd(12)}${blocks!.padEnd(44)}${shares!.padStart(18)}`)]
}

function sharesOf(time: TimeShare): readonly { readonly name: string; readonly share: number }[] | undefined {
  const parts = [['compute', time.computeSeconds], ['data wait', time.dataWaitSeconds], ['barrier', time.barrierSeconds], ['other', time.otherSeconds]] as const
  const whole = parts.reduce((sum, [, seconds]) => sum + seconds, 0)
  return whole > 0 ? parts.map(([name, seconds]) => ({ name, share: seconds / whole })) : undefined
}

const quantiles = [0.5, 0.9, 0.99, 0.999] as const

function latencyLines({ latency }: RunSummary): readonly string[] {
  if (latency.total.count === 0) return []
  const row = (name: string, times: Histogram): string[] => [`  ${name}`, ...quantiles.map((p) => timeText(times.quantile(p))), timeText(times.max), countText(times.count)]
  const missing = quantiles.find((p) => latency.total.count < samplesNeeded(p))
  return [
    ...table([['GET latency', ...quantiles.map((p) => `p${+(p * 100).toFixed(1)}`), 'max', 'n'], row('first byte', latency.firstByte), row('total', latency.total)], [12, 11, 11, 11, 11, 11, 12]),
    ...(missing === undefined ? [] : [`  ${unknown} p${+(missing * 100).toFixed(1)} needs ${countText(samplesNeeded(missing))} requests`]),
  ]
}

function timeText(time: number | undefined): string {
  return time === undefined ? unknown : formatSeconds(toSeconds(time))
}

function requestLine(summary: RunSummary): readonly string[] {
  const { requests, retries, errors } = requestCounts(summary)
  const causes = retriesText(retriesByCause(summary))
  return paragraph('Requests', `${counted(requests, 'request')} · ${counted(retries, 'retry', 'retries')}${causes === '' ? '' : ` (${causes})`} · ${countText(errors)} failed`)
}

function limitText({ limit }: RunSummary): string {
  const who = { accelerators: 'the accelerators', client: 'this client', concurrency: 'reads in flight', store: 'the store', unknown: 'not known' }[limit.who]
  return `${who}: ${limit.evidence}${limit.action === undefined ? '' : ` → ${limit.action}`}`
}

function noteLines({ notes }: RunSummary): readonly string[] {
  return notes.flatMap(({ level, message, action }, i) => {
    const text = paragraph(i === 0 ? `Notes      ${level === 'warning' ? '!' : '·'}` : `           ${level === 'warning' ? '!' : '·'}`, `${message}${action === undefined ? '' : ` → ${action}`}`, 13)
    return text
  })
}

function setupText({ run, dataset, health, totals }: RunSummary): string {
  const most = health.peakInFlightBytes
  return [
    counted(run.accelerators, 'accelerator'), `${counted(run.readsInFlight, 'read')} in flight each`, `${counted(run.threads, 'thread')}${health.cores === undefined ? '' : ` on ${counted(health.cores, 'core')}`}`,
    `${run.format}, decode ${run.decode}`, `transport ${run.transport}`, `${run.readMode} reads${partsText(dataset)}`,
    `memory limit ${formatBytes(run.memoryLimitBytes)}${most === undefined ? '' : `, at most ${formatBytes(most)} in flight`}`,
    ...(totals.samples > 0 ? [`${formatBytes(totals.bytesRead / totals.samples)} fetched a sample`] : []), `dialect ${run.dialect}`,
    ...(dataset?.index === undefined ? [] : [dataset.index === 'used' ? 'files from an index, not listed' : 'files listed into an index']), `seed ${run.seed}`,
    ...(health.computeErrorPercent === undefined ? [] : [`compute steps ${health.computeErrorPercent < 0 ? '' : '+'}${health.computeErrorPercent.toFixed(2)}% of their time`]), `dlio-s3 ${run.version}`,
  ].join(' · ')
}

function partsText({ partBytes, partsInFlight }: Partial<DatasetReady> = {}): string {
  return partBytes === undefined || partsInFlight === undefined ? '' : ` by ranges of ${formatBytes(partBytes)}, ${partsInFlight} of an object at a time`
}
