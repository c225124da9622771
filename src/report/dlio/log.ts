// DLIO's dlio.log: the lines that people and scripts search for, word by word and blank by blank.
// Source: dlio_benchmark main.py and statscounter.py. Lines stand in the order of their times; several of one moment in the order they were made.

import type { RunSummary } from '../../metrics/summary.ts'
import { closingMessage } from './closing-message.ts'
import { epochLines } from './epoch-lines.ts'
import type { DlioFacts } from './facts.ts'
import { dataSizePerHost, memoryGiB, potentialCaching } from './host-memory.ts'
import { indexSums, line, type LogLine } from './log-line.ts'
import { dateText, pythonFloat } from './python-text.ts'

export function dlioLog(summary: RunSummary, facts: DlioFacts): string {
  const { run, generation } = summary
  const trains = facts.train || facts.evaluation
  const lines = [
    line(run.at, 'OUTPUT', `Running DLIO [${workflow(facts)}] with ${run.accelerators} process(es)`),
    ...(trains ? counterLines(summary, facts) : []),
    ...(generation ? [line(generation.beginAt, 'OUTPUT', 'Starting data generation'), line(generation.endAt, 'OUTPUT', 'Generation done')] : []),
    ...(trains && summary.dataset ? planLines(summary, facts, summary.dataset.endAt) : []),
    ...summary.epochs.flatMap((epoch) => epochLines(summary, facts, epoch)),
  ]
  return [...lines.toSorted((a, b) => a.at - b.at), ...endLines(summary, facts)]
    .filter((entry) => entry.level !== 'INFO' || facts.logLevel === 'info')
    .map((entry) => `[${entry.level}] ${entry.dated ? `${dateText(run, entry.at)} ` : ''}${entry.text}\n`).join('')
}

function workflow(facts: DlioFacts): string {
  const parts = [facts.generateData && 'Generating data', facts.train && 'Training', facts.evaluation && 'Evaluation', facts.checkpoint && 'Checkpointing']
  return parts.filter((part) => part !== false).join(' & ')
}

/** Steps of an epoch as DLIO counts them: samples of all ranks' batches, rounded down. */
export function stepsOf(numFiles: number, batchSize: number, { facts, ranks }: { facts: DlioFacts; ranks: number }): number {
  return Math.floor(facts.numSamplesPerFile * numFiles / batchSize / ranks)
}

function counterLines({ run, settings }: RunSummary, facts: DlioFacts): LogLine[] {
  const { excludeStartSteps, excludeEndSteps, batchSize } = settings
  const steps = facts.totalTrainingSteps > 0 ? facts.totalTrainingSteps : stepsOf(facts.numFilesTrain, batchSize, { facts, ranks: run.accelerators })
  const memory = facts.hosts.map((host) => pythonFloat(memoryGiB(host))).join(', ')
  const cached = facts.hosts.some((host) => potentialCaching(host, facts, run.accelerators) === 1)
  return [
    line(run.at, 'INFO', `Metric calculation will exclude the beginning ${excludeStartSteps} and end ${excludeEndSteps} steps, only includes ${steps - excludeStartSteps - excludeEndSteps} steps.`),
    { at: run.at, level: 'INFO', dated: false, text: `Total amount of data each host will consume is ${pythonFloat(dataSizePerHost(facts, run.accelerators))} GB; each host has [${memory}] GB memory` },
    ...(cached ? [{ at: run.at, level: 'WARNING', dated: false, text: 'The amount of dataset is smaller than the host memory; data might be cached after the first epoch. Increase the size of dataset to eliminate the caching effect!!!' } as const] : []),
  ]
}

function planLines({ run, settings }: RunSummary, facts: DlioFacts, at: LogLine['at']): LogLine[] {
  const ranks = run.accelerators
  const { numSamplesPerFile: n, totalTrainingSteps } = facts
  const steps = stepsOf(facts.numFilesTrain, settings.batchSize, { facts, ranks })
  const evalSteps = stepsOf(facts.numFilesEval, settings.batchSizeEval, { facts, ranks })
  const perRank = run.dialect === 'mlcommons'
  const plan = (what: string, { total, files, batch, size }: { total: number; files: number; batch: number; size: string }): string => perRank
    ? `${what} per rank: ${total} = ${n} * ${Math.floor(files / ranks)} / ${batch} (samples per file * local files / ${size})`
    : `${what}: ${total} = ${n} * ${files} / ${batch} / ${ranks} (samples per file * num files / ${size} / comm size)`
  return [
    line(at, 'OUTPUT', plan('Max steps per epoch', { total: steps, files: facts.numFilesTrain, batch: settings.batchSize, size: 'batch size' })),
    ...(totalTrainingSteps > 0 ? [line(at, 'OUTPUT', `Total training steps is set to be ${totalTrainingSteps}. Will only run up to ${Math.min(steps * facts.epochs, totalTrainingSteps)}`)] : []),
    ...(facts.evaluation ? [line(at, 'OUTPUT', plan('Steps per eval', { total: evalSteps, files: facts.numFilesEval, batch: settings.batchSizeEval, size: perRank ? 'batch size' : 'batch size eval' }))] : []),
    line(at, 'INFO', indexSums(facts)),
  ]
}

/** A run that did not complete has no averages: DLIO would have none, and nothing that searches the log shall find any. */
function endLines(summary: RunSummary, facts: DlioFacts): LogLine[] {
  const { endAt, status, failure } = summary
  if (status !== 'complete') return [line(endAt, 'ERROR', `The run was ${status === 'failed' ? `ended by an error: ${failure?.message ?? 'unknown'}` : 'interrupted'}; results are partial`)]
  if (!facts.train && !facts.evaluation) return []
  return [
    line(endAt, 'OUTPUT', `Saved outputs in ${facts.outputFolder}`),
    { at: endAt, level: 'OUTPUT', dated: false, text: closingMessage(summary, facts) },
    line(endAt, 'OUTPUT', 'outputs saved in RANKID_output.json'),
  ]
}
