// The runs of test/golden: what is in NAME.events.jsonl, and what a caller would give beside it.

import type { RunEvent } from '../../src/metrics/events.ts'
import type { FoldSettings } from '../../src/metrics/summary.ts'
import type { DlioFacts } from '../../src/report/dlio/facts.ts'
import { randomFrom, settings, syntheticRun } from '../metrics/synthetic-run.ts'

export interface GoldenCase {
  readonly name: string
  readonly events: () => readonly RunEvent[]
  readonly settings: FoldSettings
  readonly facts: DlioFacts
  /** Files that are kept: a long run's steps are not. */
  readonly only?: readonly string[]
}

export const hosts: DlioFacts['hosts'] = [{ hostname: 'client-1', cpuCount: 8, processorName: 'x86_64', memoryBytes: 32 * 1024 ** 3, cpuinfo: { vendor_id: 'GenuineIntel', 'cpu MHz': '2000.000' }, meminfo: { MemTotal: '33554432 kB' } }]

export const facts: DlioFacts = {
  generateData: false, train: true, evaluation: false, checkpoint: false, numFilesTrain: 24, numFilesEval: 0, numSamplesPerFile: 1, recordLengthBytes: 1_048_576, totalTrainingSteps: -1, epochs: 2,
  computationTime: "{'mean': 0.05}", au: 0.9, outputFolder: 'results/dlio', logLevel: 'info', hosts,
}

/** A load time in milliseconds that differs from step to step and rank to rank, with a rare long one. */
function jitter(seed: number): (epoch: number, step: number, rank: number) => number {
  return (epoch, step, rank) => {
    const random = randomFrom(seed + epoch * 1_000_003 + step * 1009 + rank)
    return Math.round((2 + random() * 6 + (random() < 0.02 ? 60 : 0) + (step === 1 ? 80 : 0)) * 1000) / 1000
  }
}

export const goldenCases: readonly GoldenCase[] = [
  {
    name: 'one-rank', facts: { ...facts, logLevel: 'warning' }, settings: settings({ auGoal: 0.9, hostMemoryBytes: 32 * 1024 ** 3 }),
    events: () => syntheticRun({ epochs: 2, steps: 6, load: jitter(1), end: { cores: 8 } }),
  },
  {
    name: 'two-ranks-eval', facts: { ...facts, evaluation: true, numFilesTrain: 32, numFilesEval: 12, totalTrainingSteps: 4 }, settings: settings({ auGoal: 0.95 }),
    events: () => syntheticRun({ begin: { accelerators: 2, dialect: 'mlcommons' }, epochs: 2, steps: 4, evalSteps: 3, load: jitter(2) }),
  },
  {
    name: 'long', only: ['report.txt', 'result.json', 'dlio/summary.json', 'dlio/dlio.log'], facts: { ...facts, numFilesTrain: 2048, logLevel: 'warning', generateData: true }, settings: settings({ auGoal: 0.95, excludeStartSteps: 2, excludeEndSteps: 1, embeddedServer: true }),
    events: () => syntheticRun({ begin: { target: 's3://a-bucket-with-a-rather-long-name/and/a/prefix/of/several/parts/unet3d', workload: 'unet3d-with-a-long-name' }, epochs: 2, steps: 512, compute: 4, load: jitter(3), generated: true }),
  },
  {
    name: 'interrupted', facts, settings: settings({ auGoal: 0.9 }),
    events: () => syntheticRun({ epochs: 2, steps: 6, load: jitter(4), stopAfter: 3, end: { status: 'interrupted' } }),
  },
  {
    name: 'killed', facts, settings: settings({ auGoal: 0.9 }),
    events: () => syntheticRun({ epochs: 1, steps: 6, load: jitter(6), stopAfter: 2, end: 'none' }),
  },
  {
    name: 'failed', facts, settings: settings(),
    events: () => syntheticRun({ epochs: 1, steps: 6, load: jitter(5), stopAfter: 2, end: { status: 'failed', failure: { code: 'storage', message: 'GET unet3d/train/img_3_of_24.npz answered 403 AccessDenied', hint: 'allow s3:GetObject on the bucket', info: { reason: 'denied', operation: 'GET' } } } }),
  },
  {
    name: 'generate-only', facts: { ...facts, generateData: true, train: false }, settings: settings(),
    events: () => syntheticRun({ epochs: 0, steps: 0, generated: true }),
  },
  {
    name: 'zero-steps', facts: { ...facts, numFilesTrain: 2, epochs: 1 }, settings: settings({ auGoal: 0.9 }),
    events: () => syntheticRun({ epochs: 1, steps: 0 }),
  },
]
