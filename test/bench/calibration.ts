// How much work makes a sample as long as it should be, found by doing a little of it: formats differ by a factor of fifty.

import type { Bench } from './bench.ts'
import type { Counts } from './case.ts'
import { runCounts, type Overrides } from './commands.ts'
import { prepareDataset, type DatasetShape } from './datasets.ts'

export interface Work {
  readonly files: number
  /** Counted ones, without the one to warm up. */
  readonly epochs: number
}

/** Whole batches of files, at most `files`, of which an epoch takes half of `seconds` at most, or as long as a batch does. `measured`: of some of them. */
export function workFor(measured: Counts, { seconds, files, batchSize }: { seconds: number; files: number; batchSize: number }): Work {
  const filesPerSecond = measured.requests / measured.wallSeconds
  const fitting = Math.min(files, filesPerSecond * seconds / 2)
  const whole = Math.max(1, Math.floor(fitting / batchSize)) * batchSize
  return { files: whole, epochs: Math.max(1, Math.round(seconds * filesPerSecond / whole)) }
}

/** Share of the files that are tried. */
const tried = 1 / 16

/** For `shape` as it is at most: reads a small data set of its kind, once to warm up and once more. `settings` are those of the reader. */
export async function calibrate(bench: Bench, shape: DatasetShape, { batchSize, settings }: { batchSize: number; settings: Overrides }): Promise<Work> {
  const files = Math.max(1, Math.round(shape.files * tried / batchSize)) * batchSize
  const { served, prefix, overrides } = await prepareDataset(bench, { ...shape, files })
  const counts = await runCounts(bench, { target: { served, prefix }, args: ['--threads', '1'], overrides: { ...overrides, ...settings, 'train.epochs': 2 } })
  return workFor(counts, { seconds: bench.options.seconds, files: shape.files, batchSize })
}
