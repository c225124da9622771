// From a workload and flags to the plain inputs of the layers below, which know no YAML.

import os from 'node:os'
import path from 'node:path'
import { batchesInWork } from '../loader/loader.ts'
import type { DatasetSettings } from '../dataset/settings.ts'
import type { FoldSettings } from '../metrics/summary.ts'
import type { TrainPlan } from '../train/plan.ts'
import { planParts, type Parts } from '../storage/part-plan.ts'
import { Fault } from '../util/fault.ts'
import type { EncodeOptions } from '../format/format.ts'
import { isFormatName, formatNames, type FormatSource } from '../format/index.ts'
import { parquetRowBytes, phasesOf, recordShape, storedElementType } from '../workload/derive.ts'
import type { LoadedWorkload } from '../workload/load.ts'
import type { Workload } from '../workload/schema.ts'
import { pluginUrl } from './plugin-file.ts'
import type { RunFlags } from './run-flags.ts'

/** What reads and writes the files: a built-in format, or the module that reader.reader_classname names. @throws {Fault} 'usage' */
export function formatOf({ workload, file }: Pick<LoadedWorkload, 'workload' | 'file'>): FormatSource {
  const { readerClassname } = workload.reader
  if (readerClassname !== undefined) return pluginUrl(readerClassname, file)
  const { format } = workload.dataset
  if (isFormatName(format)) return format
  throw new Fault('usage', `dataset.format ${format} is not supported by this version`, { info: { key: 'dataset.format' }, hint: `supported: ${formatNames.join(', ')}` })
}

export function datasetSettings(workload: Workload, prefix: string, seed: number): DatasetSettings {
  const { dataset, reader } = workload
  return {
    prefix,
    filePrefix: dataset.filePrefix,
    // What somebody else's module writes is another data set than the built-in format's, whatever the names of files end in.
    format: reader.readerClassname === undefined ? dataset.format : `${dataset.format} by ${path.basename(reader.readerClassname)}`,
    extension: dataset.format,
    numFilesTrain: dataset.numFilesTrain,
    numFilesEval: dataset.numFilesEval,
    numSubfoldersTrain: dataset.numSubfoldersTrain,
    numSubfoldersEval: dataset.numSubfoldersEval,
    numSamplesPerFile: dataset.numSamplesPerFile,
    recordLength: dataset.recordLengthBytes,
    recordLengthStdev: dataset.recordLengthBytesStdev,
    recordDims: parquetRowBytes(dataset) === undefined ? dataset.recordDims : recordShape(workload),
    elementType: storedElementType(workload),
    seed,
    encode: encodeOptions(dataset),
  }
}

function encodeOptions({ format, compression, compressionLevel, recordDims, hdf5, parquet: { columns, rowGroupSize, generationBatchSize } }: Workload['dataset']): EncodeOptions {
  return {
    compression, compressionLevel,
    ...(format === 'parquet' ? { parquet: { columns, rowGroupSize, generationBatchSize } } : {}),
    ...(format === 'hdf5' ? { hdf5: { ...hdf5, dropsUnitAxis: recordDims[0] === 1 } } : {}),
  }
}

/** Worker threads: one a core, or fewer when there are fewer reads to do at once. */
export function threadsOf(workload: Workload, flags: Pick<RunFlags, 'threads' | 'accelerators'>): number {
  const reads = flags.accelerators * batchesInWork(workload.reader.readThreads)
  return flags.threads ?? Math.max(1, Math.min(os.availableParallelism(), reads))
}

/** Objects of one batch read at a time. */
export function windowOf(workload: Workload): number {
  return workload.storage.storageOptions.prefetchWindow ?? 1
}

/** What the choice of ranges depends on besides the workload. Bytes. */
export interface Reading {
  readonly largestObject: number
  readonly flags: Pick<RunFlags, 'accelerators' | 'part' | 'partsInFlight'>
  readonly threads: number
  readonly memoryLimitBytes: number
}

/** How objects of an S3 store are read. No more of them are in flight than reads are permitted, batches have samples, and memory is there. */
export function partsOf({ workload, origins }: Pick<LoadedWorkload, 'workload' | 'origins'>, { largestObject, flags, threads, memoryLimitBytes }: Reading): Parts | undefined {
  const { reader, storage: { storageOptions: { partSize, partsInFlight } } } = workload
  const permitted = flags.accelerators * batchesInWork(reader.readThreads) * Math.min(windowOf(workload), reader.batchSize)
  const fitting = Math.floor(memoryLimitBytes / Math.max(1, largestObject))
  return planParts({
    largest: largestObject, partSize: flags.part ?? partSize, isPartSizeFixed: flags.part !== undefined || isSet(origins, 'storage.storage_options.part_size'), partsInFlight: flags.partsInFlight ?? partsInFlight,
    objectsInFlight: Math.max(1, Math.min(permitted, fitting)), threads,
  })
}

/** Somebody wrote the key, in a file or on the command line. */
function isSet(origins: LoadedWorkload['origins'], key: string): boolean {
  const origin = origins.get(key)
  return origin !== undefined && origin.kind !== 'default'
}

/** What this process may still take: of the machine, or of the container that it runs in. Bytes. */
export function freeMemoryBytes(): number {
  return Math.min(os.freemem(), process.availableMemory())
}

/** Memory of the machine, or of the container. Bytes. */
export function totalMemoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(os.totalmem(), constrained) : os.totalmem()
}

/** A quarter of what is free: the rest is the page cache's, the server's, or somebody else's. Bytes. */
export function memoryLimitOf(flags: Pick<RunFlags, 'memoryLimit'>): number {
  return flags.memoryLimit ?? Math.floor(freeMemoryBytes() / 4)
}

export function trainPlan(workload: Workload, steps: { train: number; eval: number }, accelerators: number): TrainPlan {
  const { reader, train, evaluation } = workload
  return {
    accelerators,
    epochs: train.epochs,
    stepsPerEpoch: steps.train,
    batchSize: reader.batchSize,
    computationTime: train.computationTime,
    readThreads: reader.readThreads,
    prefetchSize: reader.prefetchSize,
    seed: train.seed,
    ...(phasesOf(workload).evaluate
      ? { evaluation: { steps: steps.eval, batchSize: reader.batchSizeEval, evalTime: evaluation.evalTime, afterEpoch: evaluation.evalAfterEpoch, epochsBetween: evaluation.epochsBetweenEvals } }
      : {}),
  }
}

/** `metric.au` is a goal only where somebody wrote it: DLIO's default of 0.9 would fail every run without compute time. */
export function foldSettings(loaded: LoadedWorkload, isEmbedded: boolean): FoldSettings {
  const { workload } = loaded
  return {
    excludeStartSteps: workload.output.metric.excludeStartSteps,
    excludeEndSteps: workload.output.metric.excludeEndSteps,
    batchSize: workload.reader.batchSize,
    batchSizeEval: workload.reader.batchSizeEval,
    auGoal: isSet(loaded.origins, 'metric.au') ? workload.metric.au : undefined,
    hostMemoryBytes: totalMemoryBytes(),
    embeddedServer: isEmbedded,
  }
}
