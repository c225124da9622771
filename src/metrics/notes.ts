// Facts worth a sentence in the report, each with what to do about it, as data. Wording here, layout in report/.

import { formatBytes, formatSeconds, significant } from '../util/units.ts'
import type { RunSummary } from './summary.ts'
import { counted, goalText, percentText } from './wording.ts'

export type NoteName =
  | 'goal-missed' | 'goal-formulas-differ' | 'no-window' | 'no-evaluation' | 'few-steps' | 'small-dataset' | 'first-epoch-slower'
  | 'window' | 'errors' | 'retries' | 'decode-off' | 'embedded-server' | 'one-run' | 'late-compute' | 'warning'

export interface Note {
  readonly name: NoteName
  /** 'warning': the figures mean less than they seem. */
  readonly level: 'info' | 'warning'
  readonly message: string
  readonly action?: string
}

/** MLPerf Storage: a result covers at least 500 steps an epoch, and data of five times the client's memory. */
export const mlperf = { stepsPerEpoch: 500, hostMemoryMultiple: 5 } as const
/** A first epoch this much slower than the others is said; less is what epochs differ by anyway. */
export const slowFirstEpoch = 0.9

/** Percent. What the accelerators' clock is off by on a machine that keeps up is less. */
export const lateCompute = 2

export type NotesInput = Omit<RunSummary, 'notes'>

/** Notes in the order of weight: what judges the run first, what always holds last. */
export function notesOf(summary: NotesInput): readonly Note[] {
  const { run, settings, totals } = summary
  const notes: Note[] = []
  const add = (name: NoteName, level: Note['level'], message: string, action?: string): void => {
    notes.push({ name, level, message, ...(action === undefined ? {} : { action }) })
  }
  goalNotes(summary, add)
  if (totals.errors > 0) add('errors', 'warning', `${counted(totals.errors, 'request')} failed for good`, 'see the errors; figures leave failed reads out')
  for (const warning of summary.warnings) add('warning', 'warning', warning.message, warning.hint)
  windowNotes(summary, add)
  lateComputeNote(summary, add)
  const { dataset } = summary
  if (dataset && dataset.filesEval > 0 && dataset.stepsPerEval === 0) {
    const samples = dataset.filesEval * dataset.samplesPerFile
    add('no-evaluation', 'warning', `evaluation has no step: ${counted(samples, 'sample')} cannot fill a batch of ${settings.batchSizeEval} for each of ${counted(run.accelerators, 'accelerator')}`, 'raise num_files_eval, or lower batch_size_eval')
  }
  if (totals.retries > 0) add('retries', 'info', `${counted(totals.retries, 'retry', 'retries')} of requests; their waiting is in the total latency`, 'compare with the store’s own limits and logs')
  firstEpochNote(summary, add)
  if (dataset && settings.hostMemoryBytes && dataset.bytesTrain < mlperf.hostMemoryMultiple * settings.hostMemoryBytes) {
    add('small-dataset', 'info', `data set ${formatBytes(dataset.bytesTrain)} is ${sizeAgainst(settings.hostMemoryBytes, dataset.bytesTrain)}; MLPerf asks for ${mlperf.hostMemoryMultiple}×`, 'GETs bypass the page cache, but the store’s cache may hold it: raise num_files_train for an MLPerf run')
  }
  if (run.decode === 'none' && summary.epochs.length > 0) add('decode-off', 'info', 'samples were fetched and not decoded', 'use --decode full to include the cost of decoding')
  if (settings.embeddedServer === true) add('embedded-server', 'warning', 'the built-in server shares this machine’s cores and memory', 'use a store on another machine for figures about a store')
  if (totals.window.steps > 0) add('one-run', 'info', '1 run: spread unknown', 'repeat it before comparing with another store')
  return notes
}

/** Two figures are enough to decide by, and none where the data are next to nothing. */
function sizeAgainst(memoryBytes: number, bytes: number): string {
  const multiple = bytes / memoryBytes
  if (multiple < 0.01) return `far below client memory (${formatBytes(memoryBytes)})`
  const text = String(Number(multiple.toPrecision(2)))
  return Number(text) >= mlperf.hostMemoryMultiple ? `a little less than ${mlperf.hostMemoryMultiple}× client memory` : `${text}× client memory`
}

type Add = (name: NoteName, level: Note['level'], message: string, action?: string) => void

function goalNotes({ goal }: NotesInput, add: Add): void {
  if (!goal) return
  const both = `AU ${percentText(goal.auPercent)}, by DLIO’s formula ${percentText(goal.dlioAuPercent)}, goal ${goalText(goal.goalPercent)}`
  if (!goal.met) add('goal-missed', 'warning', `AU goal missed: ${both}`, 'see the limit below for what to change')
  if (goal.met !== goal.dlioMet) add('goal-formulas-differ', 'warning', `the two AU formulas judge differently: ${both}`, 'run more steps: DLIO counts each block’s begin and end, which weigh less in long epochs')
}

function windowNotes({ settings, totals, epochs, status }: NotesInput, add: Add): void {
  if (epochs.every((epoch) => epoch.train.steps === 0)) {
    if (epochs.length > 0 && status === 'complete') add('no-window', 'warning', 'no training step was made', 'check num_files_train, batch_size and the number of accelerators')
    return
  }
  const { excludeStartSteps, excludeEndSteps } = settings
  if (totals.window.steps === 0) {
    add('no-window', 'warning', `no step is left to measure: ${excludeStartSteps} at the begin and ${excludeEndSteps} at the end of each epoch are left out`, 'use more data, or lower exclude_start_steps')
    return
  }
  const most = Math.max(...epochs.map((epoch) => epoch.train.steps))
  if (most < mlperf.stepsPerEpoch) add('few-steps', 'info', `${counted(most, 'step')} an epoch; MLPerf asks for ${mlperf.stepsPerEpoch}`, 'raise num_files_train: short epochs are mostly begin and end')
  if (excludeStartSteps + excludeEndSteps > 0) {
    add('window', 'info', `steps left out of AU and samples/s in each epoch: ${excludeStartSteps} first, ${excludeEndSteps} last (${formatSeconds(totals.window.seconds)} measured)`)
  }
}

function lateComputeNote({ health: { computeErrorPercent = 0 } }: NotesInput, add: Add): void {
  if (computeErrorPercent < lateCompute) return
  add('late-compute', 'warning', `compute steps took ${percentText(computeErrorPercent)} longer than they were asked to: this machine came late, so samples/s is too low and AU too high by up to as much`, 'use fewer accelerators a process, or leave the client more cores')
}

function firstEpochNote({ epochs }: NotesInput, add: Add): void {
  const rates = epochs.flatMap((epoch) => epoch.train.window.samplesPerSecond ?? [])
  if (rates.length < 2 || rates.length < epochs.length) return
  const later = rates.slice(1).reduce((a, b) => a + b, 0) / (rates.length - 1)
  if (rates[0]! < slowFirstEpoch * later) {
    add('first-epoch-slower', 'info', `epoch 1 reached ${significant(rates[0]!)} samples/s, later ones ${significant(later)}: something warmed up or cached`, 'judge the store by the epoch that fits your use: cold or warm')
  }
}
