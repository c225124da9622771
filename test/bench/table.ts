// The Markdown table: one line a row, what a reader needs to judge it, and nothing that must be computed in the head.

import type { Measure, Target } from './case.ts'
import type { Outcome } from './outcome.ts'
import type { Spread } from './statistics.ts'

interface Unit { readonly name: string; readonly scale: number }

/** What a measure is divided by to be read, and the unit it then has. */
const units: Readonly<Record<Measure, Unit>> = {
  bytesPerCpuSecond: { name: 'GB per CPU-second', scale: 1e9 },
  bytesPerSecond: { name: 'GB/s', scale: 1e9 },
  requestsPerSecond: { name: 'requests/s', scale: 1 },
  keysPerCpuSecond: { name: 'keys per CPU-second', scale: 1 },
  errorPercent: { name: '%', scale: 1 },
  cpuPercent: { name: '% of a core', scale: 1 },
  auPercent: { name: '% AU', scale: 1 },
  excessBytes: { name: 'MB over the limit', scale: 1e6 },
  peakRssBytes: { name: 'MB', scale: 1e6 },
  milliseconds: { name: 'ms', scale: 1 },
}

/** Three significant digits, as many as the spread ever carries; whole numbers in full, thousands apart. */
export function formatNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 99.95) return Math.round(value).toString().replaceAll(/\B(?=(\d{3})+$)/g, ' ')
  return value.toFixed(size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3)
}

function spreadText({ median, min, max }: Spread, scale = 1): string {
  const [middle, low, high] = [median, min, max].map((value) => formatNumber(value / scale))
  return low === high ? middle! : `${middle} (${low}..${high})`
}

function targetText(target: Target, unit: Unit | undefined): string {
  const [sign, value] = 'least' in target ? ['≥', target.least] : ['≤', target.most]
  return unit ? `${sign} ${formatNumber(value / unit.scale)} ${unit.name}` : `${sign} ${formatNumber(value)} ×`
}

function cells({ row, ours, against, ratio, verdict, skipped }: Outcome): readonly string[] {
  const unit = units[row.measure]
  const isRatio = row.against !== undefined || row.fixed !== undefined
  const target = row.target ? targetText(row.target, isRatio ? undefined : unit) : '–'
  if (!ours) return [row.name, '–', '–', '–', target, skipped ?? 'skipped']
  return [
    row.name,
    `${spreadText(ours, unit.scale)} ${unit.name}`,
    against ? spreadText(against, unit.scale) : '–',
    ratio ? `${spreadText(ratio)} ×` : '–',
    target,
    verdict ?? 'for scale',
  ]
}

/** One line of the table. */
export function markdownRow(outcome: Outcome): string {
  return lineOf(cells(outcome))
}

function lineOf(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`
}

/** A figure with its spread, min..max over the rounds, in brackets. */
export function markdownTable(outcomes: readonly Outcome[]): string {
  const head = ['row', 'ours', 'against', 'ratio (spread)', 'target', 'verdict']
  const lines = [lineOf(head), lineOf(head.map(() => '---')), ...outcomes.map(markdownRow)]
  return lines.map((line) => `${line}\n`).join('')
}
