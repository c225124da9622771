// DLIO's {rank}_output.json: every step of a rank. Source: statscounter.py, __init__, end_block, end_eval, end_epoch.
// Times are seconds; throughput is this rank's samples per second; au is in percent.

import { secondsOf, type StepTime } from '../../metrics/step-columns.ts'
import type { BlockSummary, EpochSummary, RunSummary } from '../../metrics/summary.ts'
import type { DlioFacts } from './facts.ts'
import { hostOf, memoryGiB, potentialCaching } from './host-memory.ts'
import { dateText, float, pythonJson, PythonPairs, type PythonValue } from './python-text.ts'

export function outputJson(summary: RunSummary, facts: DlioFacts, rank: number): string {
  const { run } = summary
  const host = hostOf(facts, run.accelerators, rank)
  return pythonJson(new PythonPairs([
    ['host_memory_GB', float(memoryGiB(host))],
    ['host_cpu_count', host.cpuCount],
    ['host_processor_name', host.processorName],
    ['potential_caching', potentialCaching(host, facts, run.accelerators)],
    ['host_cpuinfo', host.cpuinfo],
    ['host_meminfo', host.meminfo],
    ...summary.epochs.map((epoch) => [String(epoch.epoch), epochOutput(summary, host.meminfo, { epoch, rank })] as const),
    ['hostname', host.hostname],
  ]))
}

/** The memory of the host as it is known is written for each epoch too. `end` is absent in an epoch that did not end. */
function epochOutput(summary: RunSummary, meminfo: Readonly<Record<string, string>>, { epoch, rank }: { epoch: EpochSummary; rank: number }): PythonPairs {
  const blocks = (epoch.train.ranks[rank] ?? []).map((block) => [`block${block.block}`, block] as const)
  const evals = (epoch.eval?.ranks[rank] ?? []).map((block) => ['eval', block] as const)
  const each = (value: (block: BlockSummary) => PythonValue): PythonPairs => new PythonPairs([...blocks, ...evals].map(([name, block]) => [name, value(block)]))
  const times = (time: StepTime): PythonPairs => each((block) => secondsOf(block.steps, time).map(float))
  return new PythonPairs([
    ['load', times('load')],
    ['proc', times('proc')],
    ['throughput', each((block) => float(block.dlio.samplesPerSecond))],
    ['au', each((block) => float(block.dlio.auPercent))],
    ['compute', times('compute')],
    ['host_meminfo', meminfo],
    ['end', epoch.endAt === undefined ? undefined : dateText(summary.run, epoch.endAt)],
  ])
}
