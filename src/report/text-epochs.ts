// The table of epochs in the text report: AU and rates of the metric window, measured bytes beside nominal ones.

import { ioRate } from '../metrics/io-rate.ts'
import { mean, quantileOf } from '../metrics/sample-statistics.ts'
import type { PhaseSummary, RunSummary } from '../metrics/summary.ts'
import { percentText } from '../metrics/wording.ts'
import { formatSeconds, MiB, significant } from '../util/units.ts'
import { table, unknown } from './text-layout.ts'

const head = ['Epoch', 'AU', 'samples/s', 'MiB/s*', 'measured', 'data wait', 'p99', 'fetch', 'decode']
const widths = [9, 7, 10, 8, 9, 10, 9, 9, 9]

/** A row an epoch, and one for its evaluation. Nothing for a run without steps. */
export function epochTable({ epochs, dataset }: RunSummary): readonly string[] {
  const rows = epochs.flatMap(({ epoch, train, eval: evaluation }) => [
    ...(train.steps > 0 ? [rowOf(String(epoch), train, dataset?.recordBytes)] : []),
    ...(evaluation && evaluation.steps > 0 ? [rowOf(`${epoch} eval`, evaluation, dataset?.recordBytes)] : []),
  ])
  if (rows.length === 0) return []
  return [...table([head, ...rows], widths), '  * samples/s × record_length_bytes, as DLIO counts. measured: bytes received,', '    the begin of the epoch included. fetch, decode: sums over all reads.']
}

function rowOf(name: string, phase: PhaseSummary, recordBytes: number | undefined): readonly string[] {
  const { window } = phase
  const rate = ioRate(phase, recordBytes)
  return [
    name, window.auPercent === undefined ? unknown : percentText(window.auPercent), figure(window.samplesPerSecond), mebibytes(rate.nominalBytesPerSecond), mebibytes(rate.measuredBytesPerSecond),
    seconds(mean(window.dataWaitsSeconds)), seconds(quantileOf(window.dataWaitsSeconds, 0.99)), seconds(phase.fetchSeconds), seconds(phase.decodeSeconds),
  ]
}

/** From 100 minutes on in hours: sums over hundreds of reads get there, and the column is narrow. */
function seconds(value: number | undefined): string {
  if (value === undefined) return unknown
  return value < 6000 ? formatSeconds(value) : `${significant(value / 3600)} h`
}

function figure(value: number | undefined): string {
  if (value === undefined) return unknown
  return value > 0 && value < 0.001 ? '<0.001' : significant(value)
}

function mebibytes(bytes: number | undefined): string {
  return figure(bytes === undefined ? undefined : bytes / MiB)
}
