// Numbers that follow from a workload: shapes, sizes, steps. Pure; nothing of a workload is ever overwritten.
// Source: argonne-lcf/dlio_benchmark utils/config.py `derive_configurations` and main.py, branch mlperf_storage_v2.0.

import { meanSeconds } from './distribution.ts'
import { usageFault } from './problems.ts'
import type { ElementType, Workload } from './schema.ts'

const itemSizes: Readonly<Record<ElementType, number>> = {
  bool: 1, int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8,
  float16: 2, float32: 4, float64: 8, complex64: 8, complex128: 16,
}

/** Element type that is stored: images and rows of Parquet's columns are made of bytes, whatever the file says. */
export function storedElementType({ dataset }: Workload): ElementType {
  return dataset.format === 'jpeg' || dataset.format === 'png' || parquetRowBytes(dataset) !== undefined ? 'uint8' : dataset.recordElementType
}

/** Bytes of one stored element. */
export function elementSize(workload: Workload): number {
  return itemSizes[storedElementType(workload)]
}

/** Side of the square that a record length makes: floor(sqrt(record_length_bytes)), in elements. */
export function recordDimension({ dataset }: Workload): number {
  return Math.floor(Math.sqrt(dataset.recordLengthBytes))
}

/** Bytes of content in a row of dataset.parquet.columns: what the columns hold before encoding. Undefined without such columns. */
export function parquetRowBytes({ format, parquet }: Workload['dataset']): number | undefined {
  if (format !== 'parquet' || parquet.columns.length === 0) return undefined
  return parquet.columns.reduce((sum, { dtype, size }) => sum + columnBytes(dtype, size), 0)
}

/** A string is made of four random bytes; a name that is no type stands for float32, in DLIO's fork too. */
function columnBytes(dtype: string, size: number): number {
  if (dtype === 'bool') return 1
  if (dtype === 'string') return 4
  if (dtype === 'binary') return size
  return size * (Object.hasOwn(itemSizes, dtype) && !dtype.startsWith('complex') ? itemSizes[dtype as ElementType] : 4)
}

/** Shape of one sample: record_dims, else a square [d, d]. With a stdev, the shape that files vary around. Rows of columns are bytes. */
export function recordShape(workload: Workload): readonly number[] {
  const { recordDims } = workload.dataset
  const rowBytes = parquetRowBytes(workload.dataset)
  if (rowBytes !== undefined) return [rowBytes]
  const side = recordDimension(workload)
  return recordDims.length > 0 ? recordDims : [side, side]
}

/** Bytes of a sample as DLIO counts them in its rates: the configured length as given, or the product of record_dims. */
export function recordBytes(workload: Workload): number {
  const { recordDims, recordLengthBytes } = workload.dataset
  return parquetRowBytes(workload.dataset) ?? (recordDims.length > 0 ? product(recordDims) * elementSize(workload) : recordLengthBytes)
}

/** Bytes of a sample as stored, without what a format adds: elements of the shape × their size. */
export function storedSampleBytes(workload: Workload): number {
  return product(recordShape(workload)) * elementSize(workload)
}

export interface Totals {
  readonly samplesTrain: number
  readonly samplesEval: number
  /** Stored bytes of samples, without what a format adds; a mean when sizes vary. */
  readonly bytesTrain: number
  readonly bytesEval: number
}

export function totals(workload: Workload): Totals {
  const { numFilesTrain, numFilesEval, numSamplesPerFile } = workload.dataset
  const size = storedSampleBytes(workload)
  const samplesTrain = numFilesTrain * numSamplesPerFile
  const samplesEval = numFilesEval * numSamplesPerFile
  return { samplesTrain, samplesEval, bytesTrain: samplesTrain * size, bytesEval: samplesEval * size }
}

/** Steps that the data gives each accelerator: floor(samples per file · files / batch size / accelerators). */
export function availableSteps({ dataset, reader }: Workload, accelerators: number): number {
  return Math.floor(dataset.numSamplesPerFile * dataset.numFilesTrain / reader.batchSize / accelerators)
}

/** Steps of each epoch: what the data gives, or train.total_training_steps. @throws {Fault} 'usage' when that is more. */
export function stepsPerEpoch(workload: Workload, accelerators: number): number {
  const available = availableSteps(workload, accelerators)
  const { totalTrainingSteps: wanted } = workload.train
  if (wanted <= 0) return available
  if (wanted <= available) return wanted
  const { dataset, reader } = workload
  throw usageFault([{
    key: 'train.total_training_steps',
    message: `Only have enough data for ${available} steps but ${wanted} wanted`,
    hint: `${dataset.numSamplesPerFile} samples per file × ${dataset.numFilesTrain} files / batches of ${reader.batchSize} / ${accelerators} accelerators; have more files, or fewer steps`,
  }])
}

/** Steps of each evaluation; train.total_training_steps does not concern it. */
export function stepsPerEval({ dataset, reader }: Workload, accelerators: number): number {
  return Math.floor(dataset.numSamplesPerFile * dataset.numFilesEval / reader.batchSizeEval / accelerators)
}

/** Bytes per second that one accelerator consumes when it never waits. Undefined when steps take no time. */
export function requiredBytesPerSecond(workload: Workload): number | undefined {
  const seconds = meanSeconds(workload.train.computationTime)
  return seconds > 0 ? workload.reader.batchSize * storedSampleBytes(workload) / seconds : undefined
}

export interface Phases {
  readonly generate: boolean
  readonly train: boolean
  /** Evaluation belongs to training: without it there is none, in DLIO too. */
  readonly evaluate: boolean
  readonly checkpoint: boolean
  /** Only the data set is written; no report of a run. */
  readonly generateOnly: boolean
  /** Only checkpoints would be written and read. */
  readonly checkpointOnly: boolean
}

export function phasesOf({ workflow }: Workload): Phases {
  const { generateData: generate, train, evaluation, checkpoint } = workflow
  return { generate, train, evaluate: train && evaluation, checkpoint, generateOnly: generate && !train && !checkpoint, checkpointOnly: !train && checkpoint }
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((result, number) => result * number, 1)
}
