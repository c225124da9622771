// The lines of dlio.log about one epoch. Rank 0 speaks for the job; the lines about single steps come from every rank.
// Source: statscounter.py, start_* and end_*, batch_loaded, batch_processed; main.py, _train and _eval.

import { windowCompute } from '../../metrics/accelerator-utilization.ts'
import { mean, populationStdev } from '../../metrics/sample-statistics.ts'
import { secondsOf, timeOf } from '../../metrics/step-columns.ts'
import type { BlockSummary, EpochSummary, RunSummary } from '../../metrics/summary.ts'
import { toSeconds, type Nanoseconds } from '../../util/units.ts'
import type { DlioFacts } from './facts.ts'
import { indexSums, line, type LogLine } from './log-line.ts'
import { fixed } from './python-text.ts'

export function epochLines(summary: RunSummary, facts: DlioFacts, epoch: EpochSummary): LogLine[] {
  const { epoch: number, beginAt, trainEndAt, endAt, train } = epoch
  const expected = facts.totalTrainingSteps > 0 ? `Overriding number of steps to ${epoch.stepsExpected}.` : `${epoch.stepsExpected} steps expected`
  const lines = [line(beginAt, 'OUTPUT', `Starting epoch ${number}: ${expected}`), ...train.ranks.flatMap(stepLines('train'))]
  const blocks = train.ranks[0] ?? []
  for (const [i, block] of blocks.entries()) lines.push(...blockLines(summary, facts, { epoch, block, isWhole: block.ended && (trainEndAt !== undefined || i < blocks.length - 1) }))
  if (facts.totalTrainingSteps > 0 && trainEndAt !== undefined) lines.push(line(lastStepEnd(epoch) ?? trainEndAt, 'INFO', 'Maximum number of steps reached'))
  if (trainEndAt !== undefined) lines.push(line(trainEndAt, 'OUTPUT', `Ending epoch ${number} - ${train.steps} steps completed in ${span(beginAt, trainEndAt)} s`))
  if (epoch.eval) lines.push(...epoch.eval.ranks.flatMap(stepLines('eval')), ...(epoch.eval.ranks[0] ?? []).flatMap((block) => evalLines(summary, epoch, block)))
  if (endAt !== undefined && epoch.complete) lines.push(line(endAt, 'INFO', indexSums(facts)))
  return lines
}

/** Evaluation's two lines differ from training's in a colon, a blank and a parenthesis. */
function stepLines(phase: 'train' | 'eval'): (blocks: readonly BlockSummary[], rank: number) => LogLine[] {
  const [colon, end] = phase === 'train' ? [':', 's)'] : ['', ' s']
  return (blocks, rank) => blocks.flatMap(({ steps }) => steps.rows().flatMap((row) => [
    line(row.loadEndAt, 'INFO', `Rank ${rank} step ${row.step}${colon} loaded ${row.samples} samples in ${toSeconds(timeOf(row, 'load')).toFixed(4)} s`),
    line(row.computeEndAt, 'INFO', `Rank ${rank} step ${row.step} processed ${row.samples} samples in ${toSeconds(timeOf(row, 'proc')).toFixed(4)}${end}`),
  ]))
}

/** A block that the run was stopped in has no figures. */
function blockLines(summary: RunSummary, facts: DlioFacts, { epoch, block, isWhole }: { epoch: EpochSummary; block: BlockSummary; isWhole: boolean }): LogLine[] {
  const { beginAt, endAt, steps, dlio } = block
  const title = `Epoch ${epoch.epoch} - Block ${block.block} [Training]`
  return [
    line(beginAt, 'OUTPUT', `Starting block ${block.block}`),
    ...(isWhole ? [
      line(endAt, 'OUTPUT', `Ending block ${block.block} - ${steps.length} steps completed in ${span(beginAt, endAt)} s`),
      line(endAt, 'OUTPUT', `${title} Accelerator Utilization [AU] (%): ${fixed(dlio.auPercent, 4)}`),
      line(endAt, 'OUTPUT', `${title} Throughput (samples/second): ${fixed(ofAllRanks(summary, dlio.samplesPerSecond), 4)}`),
      line(endAt, 'OUTPUT', `${title} Computation time per step (second): ${computePerStep(summary, facts, { epoch, block })}`),
    ] : []),
  ]
}

/** Python prints "nan" for the mean of nothing, and mlcommons says why. */
function computePerStep({ run, settings }: RunSummary, facts: DlioFacts, { epoch, block }: { epoch: EpochSummary; block: BlockSummary }): string {
  const computeSeconds = secondsOf(block.steps, 'compute')
  const window = windowCompute({ computeSeconds, procSeconds: [], wallSeconds: 0 }, { ...settings, dialect: run.dialect, stepsExpected: epoch.stepsExpected })
  if (window.length === 0 && run.dialect === 'mlcommons') return `n/a+/-n/a (metric window empty — too few steps) (set value: ${facts.computationTime})`
  return `${fixed(mean(window), 4)}+/-${fixed(populationStdev(window), 4)} (set value: ${facts.computationTime})`
}

/** The line that ends an evaluation prints the steps that were expected. */
function evalLines(summary: RunSummary, epoch: EpochSummary, block: BlockSummary): LogLine[] {
  const { beginAt, endAt, stepsExpected, dlio } = block
  return [
    line(beginAt, 'OUTPUT', `Starting eval - ${stepsExpected} steps expected`),
    ...(epoch.complete ? [
      line(endAt, 'OUTPUT', `Ending eval - ${stepsExpected} steps completed in ${span(beginAt, endAt)} s`),
      line(endAt, 'OUTPUT', `Epoch ${epoch.epoch} [Eval] Accelerator Utilization [AU] (%): ${fixed(dlio.auPercent, 4)}`),
      line(endAt, 'OUTPUT', `Epoch ${epoch.epoch} [Eval] Throughput (samples/second): ${fixed(ofAllRanks(summary, dlio.samplesPerSecond), 4)}`),
    ] : []),
  ]
}

/** What rank 0 prints for the job: its own rate, times the ranks. */
function ofAllRanks({ run }: RunSummary, samplesPerSecond: number | undefined): number | undefined {
  return samplesPerSecond === undefined ? undefined : samplesPerSecond * run.accelerators
}

function lastStepEnd(epoch: EpochSummary): Nanoseconds | undefined {
  const last = epoch.train.ranks[0]?.at(-1)?.steps
  return last && last.length > 0 ? last.at(last.length - 1).barrierEndAt : undefined
}

function span(begin: Nanoseconds, end: Nanoseconds): string {
  return toSeconds(end - begin).toFixed(2)
}
