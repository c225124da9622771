// The figures that summary.json's "metric" and the closing lines of dlio.log share.
// Source: statscounter.py, end_run. MB is 2^20 bytes whatever the label says.

import type { DlioRunFigures } from '../../metrics/accelerator-utilization.ts'
import { MiB } from '../../util/units.ts'
import type { DlioFacts } from './facts.ts'

export interface RunMetric {
  readonly figures: DlioRunFigures
  readonly auMean: number | undefined
  readonly auStdev: number | undefined
  readonly throughputMean: number | undefined
  readonly throughputStdev: number | undefined
  readonly ioMean: number | undefined
  readonly ioStdev: number | undefined
  readonly meetsExpectation: 'success' | 'fail'
}

/** Nothing to average is 0 for evaluation, as DLIO writes it, and unknown for training. */
export function runMetric(figures: DlioRunFigures, facts: DlioFacts, phase: 'train' | 'eval'): RunMetric {
  const known = (value: number | undefined): number | undefined => value ?? (phase === 'eval' ? 0 : undefined)
  const mebibytes = (samplesPerSecond: number | undefined): number | undefined => samplesPerSecond === undefined ? undefined : samplesPerSecond * facts.recordLengthBytes / MiB
  const auMean = known(figures.auMean)
  const throughputMean = known(figures.throughputMean)
  const throughputStdev = known(figures.throughputStdev)
  return {
    figures, auMean, auStdev: known(figures.auStdev), throughputMean, throughputStdev,
    ioMean: mebibytes(throughputMean), ioStdev: mebibytes(throughputStdev),
    meetsExpectation: auMean !== undefined && auMean >= facts.au * 100 ? 'success' : 'fail',
  }
}
