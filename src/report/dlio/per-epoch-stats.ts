// DLIO's {rank}_per_epoch_stats.json: when a rank's epochs, blocks and evaluations were. Source: statscounter.py, start_* and end_*.
// `duration` is text with two decimals and ends with training; `end` of an epoch includes its evaluation.

import type { BlockSummary, EpochSummary, RunSummary } from '../../metrics/summary.ts'
import { toSeconds, type Nanoseconds } from '../../util/units.ts'
import { dateText, pythonJson, PythonPairs, type PythonValue } from './python-text.ts'

export function perEpochStatsJson(summary: RunSummary, rank: number): string {
  return pythonJson(new PythonPairs(summary.epochs.map((epoch) => [String(epoch.epoch), epochStats(summary, epoch, rank)])))
}

function epochStats(summary: RunSummary, epoch: EpochSummary, rank: number): PythonPairs {
  const { run } = summary
  const span = (block: BlockSummary): PythonValue => ({ start: dateText(run, block.beginAt), end: dateText(run, block.endAt), duration: duration(block.beginAt, block.endAt) })
  const end = epoch.endAt ?? epoch.trainEndAt
  return new PythonPairs([
    ['start', dateText(run, epoch.beginAt)],
    ...(epoch.train.ranks[rank] ?? []).map((block) => [`block${block.block}`, span(block)] as const),
    ['end', end === undefined ? undefined : dateText(run, end)],
    ['duration', epoch.trainEndAt === undefined ? undefined : duration(epoch.beginAt, epoch.trainEndAt)],
    ...(epoch.eval?.ranks[rank] ?? []).map((block) => ['eval', span(block)] as const),
  ])
}

function duration(begin: Nanoseconds, end: Nanoseconds): string {
  return toSeconds(end - begin).toFixed(2)
}
