// DLIO's summary.json. Source: statscounter.py, end_run and finalize; key order as written there.
// What is ours stands last, under one key of its own.

import { contractSummary } from '../../metrics/contract.ts'
import type { RunSummary } from '../../metrics/summary.ts'
import type { DlioFacts } from './facts.ts'
import { dataSizePerHost, memoryGiB, potentialCaching } from './host-memory.ts'
import { dateText, float, pythonJson, type PythonValue } from './python-text.ts'
import { runMetric } from './run-metric.ts'

export function summaryJson(summary: RunSummary, facts: DlioFacts): string {
  const { run, epochs } = summary
  const { hosts } = facts
  return pythonJson({
    start: dateText(run, run.at),
    num_accelerators: run.accelerators,
    num_hosts: hosts.length,
    hostname: hosts[0]!.hostname,
    metric: { ...(facts.train ? metricKeys(summary, facts, 'train') : {}), ...(facts.evaluation ? metricKeys(summary, facts, 'eval') : {}) },
    num_files_train: facts.numFilesTrain,
    num_files_eval: facts.numFilesEval,
    num_samples_per_file: facts.numSamplesPerFile,
    host_cpu_count: hosts.map((host) => host.cpuCount),
    host_processor_name: hosts[0]!.processorName,
    potential_caching: hosts.map((host) => potentialCaching(host, facts, run.accelerators)),
    host_cpuinfo: hosts[0]!.cpuinfo,
    host_meminfo: hosts[0]!.meminfo,
    host_memory_GB: hosts.map((host) => float(memoryGiB(host))),
    data_size_per_host_GB: float(dataSizePerHost(facts, run.accelerators)),
    epochs: epochs.length,
    end: dateText(run, summary.endAt),
    dlio_s3: { version: run.version, dialect: run.dialect, summary: ownSummary(summary) },
  })
}

function metricKeys(summary: RunSummary, facts: DlioFacts, phase: 'train' | 'eval'): Record<string, PythonValue> {
  const metric = runMetric(phase === 'train' ? summary.dlioTrain : summary.dlioEval, facts, phase)
  return {
    [`${phase}_au_percentage`]: metric.figures.auPercent.map(float),
    [`${phase}_au_mean_percentage`]: float(metric.auMean),
    [`${phase}_au_meet_expectation`]: metric.meetsExpectation,
    [`${phase}_au_stdev_percentage`]: float(metric.auStdev),
    [`${phase}_throughput_samples_per_second`]: metric.figures.samplesPerSecond.map(float),
    [`${phase}_throughput_mean_samples_per_second`]: float(metric.throughputMean),
    [`${phase}_throughput_stdev_samples_per_second`]: float(metric.throughputStdev),
    [`${phase}_io_mean_MB_per_second`]: float(metric.ioMean),
    [`${phase}_io_stdev_MB_per_second`]: float(metric.ioStdev),
  }
}

function ownSummary(summary: RunSummary): Record<string, PythonValue> {
  return Object.fromEntries(Object.entries(contractSummary(summary)).map(([key, value]) => [key, value]))
}
