// The figures at the end of dlio.log: one message of many lines, of which the first alone carries a level.
// Source: statscounter.py, end_run. The blank after the number of accelerators and the empty last line are DLIO's.

import type { RunSummary } from '../../metrics/summary.ts'
import type { DlioFacts } from './facts.ts'
import { fixed } from './python-text.ts'
import { runMetric } from './run-metric.ts'

/** `mean (population standard deviation)`; without a level, with its own newlines, ending in one. */
export function closingMessage(summary: RunSummary, facts: DlioFacts): string {
  const unit = summary.run.dialect === 'mlcommons' ? 'MiB' : 'MB'
  const rule = '[METRIC] =========================================================='
  const lines = ['Averaged metric over all steps/epochs', rule, `[METRIC] Number of Simulated Accelerators: ${summary.run.accelerators} `]
  if (facts.train) {
    const metric = runMetric(summary.dlioTrain, facts, 'train')
    lines.push(
      `[METRIC] Training Accelerator Utilization [AU] (%): ${spread(metric.auMean, metric.auStdev, 4)}`,
      `[METRIC] Training Throughput (samples/second): ${spread(metric.throughputMean, metric.throughputStdev, 4)}`,
      `[METRIC] Training I/O Throughput (${unit}/second): ${spread(metric.ioMean, metric.ioStdev, 4)}`,
      `[METRIC] train_au_meet_expectation: ${metric.meetsExpectation}`,
    )
  }
  if (facts.evaluation) {
    const metric = runMetric(summary.dlioEval, facts, 'eval')
    lines.push(
      `[METRIC] Eval Accelerator Utilization [AU] (%): ${spread(metric.auMean, metric.auStdev, 4)}`,
      `[METRIC] Eval Throughput (samples/second): ${spread(metric.throughputMean, metric.throughputStdev, 6)}`,
      `[METRIC] Eval Throughput (${unit}/second): ${spread(metric.ioMean, metric.ioStdev, 6)}`,
      `[METRIC] eval_au_meet_expectation: ${metric.meetsExpectation}`,
    )
  }
  return `${[...lines, rule].join('\n')}\n`
}

function spread(mean: number | undefined, stdev: number | undefined, decimals: number): string {
  return `${fixed(mean, decimals)} (${fixed(stdev, decimals)})`
}
