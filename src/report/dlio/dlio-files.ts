// DLIO's own output files of a run, all ranks: for scripts and tools that read them.
// summary.json is written for complete runs only, as DLIO does: a partial result must not be taken for a whole one.

import type { RunSummary } from '../../metrics/summary.ts'
import type { ReportFile } from '../report.ts'
import type { DlioFacts } from './facts.ts'
import { dlioLog } from './log.ts'
import { outputJson } from './output-json.ts'
import { perEpochStatsJson } from './per-epoch-stats.ts'
import { summaryJson } from './summary-json.ts'

/** Source: dlio-benchmark's output folder; a run that only generates leaves nothing but dlio.log. */
export function dlioFiles(summary: RunSummary, facts: DlioFacts): readonly ReportFile[] {
  const files: ReportFile[] = [{ name: 'dlio.log', text: dlioLog(summary, facts) }]
  if (!facts.train && !facts.evaluation) return files
  if (summary.status === 'complete') files.push({ name: 'summary.json', text: summaryJson(summary, facts) })
  for (let rank = 0; rank < summary.run.accelerators; rank++) {
    files.push({ name: `${rank}_output.json`, text: outputJson(summary, facts, rank) })
    files.push({ name: `${rank}_per_epoch_stats.json`, text: perEpochStatsJson(summary, rank) })
  }
  return files
}
