// The data sets that runs read: generated once per bench, by `dlio-s3 run --generate`, where the read server finds them.

import type { Bench } from './bench.ts'
import { runCommand, type Overrides } from './commands.ts'
import type { Served } from './served.ts'

export interface DatasetShape {
  readonly format: string
  readonly files: number
  /** Bytes of a sample; files hold one each. */
  readonly sampleBytes: number
  /** What tells this data set from others of the same shape: a name, and what makes the difference. */
  readonly variant?: { readonly name: string; readonly overrides: Overrides }
}

export interface BenchDataset {
  readonly served: Served
  readonly prefix: string
  /** What a run must be told to find it. */
  readonly overrides: Overrides
}

const made = new WeakMap<Bench, Map<string, Promise<BenchDataset>>>()

export function datasetOverrides({ format, files, sampleBytes, variant }: DatasetShape): Overrides {
  return { 'dataset.format': format, 'dataset.num_files_train': files, 'dataset.num_samples_per_file': 1, 'dataset.record_length_bytes': sampleBytes, ...variant?.overrides }
}

/** The same one for the same shape. */
export function prepareDataset(bench: Bench, shape: DatasetShape): Promise<BenchDataset> {
  const known = made.get(bench) ?? new Map<string, Promise<BenchDataset>>()
  made.set(bench, known)
  const prefix = `data-${shape.variant?.name ?? shape.format}-${shape.sampleBytes}-${shape.files}`
  const dataset = known.get(prefix) ?? generate(bench, prefix, shape)
  known.set(prefix, dataset)
  return dataset
}

async function generate(bench: Bench, prefix: string, shape: DatasetShape): Promise<BenchDataset> {
  const served = await bench.readServer()
  const overrides = datasetOverrides(shape)
  const target = served.writeSpec.kind === 's3' ? { served, prefix } : served.writeUri(prefix)
  await runCommand(bench, { target, args: ['--generate'], overrides: { ...overrides, 'workflow.train': false } })
  await served.refresh()
  return { served, prefix, overrides }
}
