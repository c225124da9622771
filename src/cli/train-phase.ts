// workflow.train: the worker pool, and the epochs on it.

import { randomInt } from 'node:crypto'
import path from 'node:path'
import { solo } from '../collective/solo.ts'
import { batches } from '../dataset/batches.ts'
import { fileTableParts, type FileTable } from '../dataset/file-table.ts'
import { epochOrder, rankSlice, type EpochOrder } from '../dataset/sampler.ts'
import type { Verification } from '../dataset/verifier.ts'
import { inlineRunner } from '../loader/inline.ts'
import { batchesInWork } from '../loader/loader.ts'
import { createPool } from '../loader/pool.ts'
import type { BatchRunner, BatchTask } from '../loader/protocol.ts'
import type { Phase } from '../metrics/events.ts'
import { train } from '../train/run.ts'
import { connectFlag, createCancelFlag } from '../util/cancel.ts'
import { revive } from '../util/fault.ts'
import { formatBytes } from '../util/units.ts'
import { bufferSize, createBufferTotal } from '../worker/buffers.ts'
import { runBatch } from '../worker/run-batch.ts'
import type { WorkerSetup } from '../worker/setup.ts'
import { createWorkbench } from '../worker/workbench.ts'
import type { Workload } from '../workload/schema.ts'
import type { Dataset } from './dataset-phase.ts'
import { hasRanges, isFormatName } from '../format/index.ts'
import { formatOf, trainPlan, windowOf } from './plans.ts'
import type { RunFlags } from './run-flags.ts'
import type { Session, ShuffleSeeds } from './session.ts'

/** Which part of an object the least range is: a sample, or a row group. */
function rangeShare({ format, numSamplesPerFile, parquet }: Workload['dataset']): number {
  return format === 'parquet' ? Math.min(1, parquet.rowGroupSize / numSamplesPerFile) : 1 / numSamplesPerFile
}

/** auto: by ranges where an object holds several samples and each of them lies by itself; in NPZ and NPY any one is strided over all of the object. */
export function readModeOf(workload: Workload, flags: RunFlags): 'object' | 'range' {
  const mode = flags.readMode ?? workload.storage.storageOptions.readMode
  if (mode !== 'auto') return mode
  const { dataset: { format, numSamplesPerFile }, reader: { readerClassname } } = workload
  return readerClassname === undefined && numSamplesPerFile > 1 && isFormatName(format) && hasRanges(format) ? 'range' : 'object'
}

/** train.seed; a shuffle that is 'random' has one of its own, drawn for this run. */
export function shuffleSeedsOf({ reader, train: { seed } }: Workload): ShuffleSeeds {
  const seedOf = (shuffle: Workload['reader']['fileShuffle']): number => (shuffle === 'random' ? randomInt(2 ** 32) : seed)
  return { file: seedOf(reader.fileShuffle), sample: seedOf(reader.sampleShuffle) }
}

export async function trainPhase(session: Session, dataset: Dataset, verification?: Verification): Promise<void> {
  const { request: { loaded, flags }, clock, sink, controller } = session
  const { workload } = loaded
  const plan = trainPlan(workload, { train: dataset.stepsPerEpoch, eval: dataset.stepsPerEval }, flags.accelerators)
  const cancel = createCancelFlag()
  const connection = connectFlag(controller.signal, cancel)
  const readMode = readModeOf(workload, flags)
  const largestRead = readMode === 'range' && hasRanges(formatOf(loaded)) ? Math.ceil(dataset.largestObject * rangeShare(workload.dataset)) : dataset.largestObject
  if (largestRead > session.memoryLimitBytes) {
    session.request.voice.warn(`${largestRead < dataset.largestObject ? 'samples' : 'objects'} of up to ${formatBytes(largestRead)} do not fit the memory limit of ${formatBytes(session.memoryLimitBytes)}: they are read one at a time, each above it`)
  }
  const setup: WorkerSetup = {
    store: session.target.spec, cancel, format: formatOf(loaded),
    files: { train: fileTableParts(dataset.train), eval: fileTableParts(dataset.eval) },
    readMode, decode: flags.decode, window: windowOf(workload), parts: dataset.parts, columns: workload.storage.storageOptions.columns,
    preprocessTime: workload.reader.preprocessTime, seed: workload.train.seed, largestRead, bufferBytes: session.memoryLimitBytes, bufferTotal: createBufferTotal(),
    verification,
  }
  const runner = await openRunner(session, setup, flags.accelerators * batchesInWork(workload.reader.readThreads))
  try {
    // What came before, on this thread, is told apart from what the epochs need.
    await session.sampleHealth()
    await train({
      plan, runner, clock, sink,
      communicator: solo,
      signal: controller.signal,
      abort: (reason) => { controller.abort(reason) },
      memory: session.memory,
      costOf: (phase, samples) => costOf(dataset[phase], samples, setup),
      tasksOf: tasksFor(session, dataset),
      memoryUsage: () => process.memoryUsage(),
      onEpochEnd: () => session.sampleHealth(),
    })
  } finally {
    connection.stop()
    await runner.close()
  }
}

/** Bytes that reading a batch holds at most: of each of its objects what is read of it, in a buffer, as many objects as are read at once. */
export function costOf(files: FileTable, samples: Uint32Array, { window, largestRead }: Pick<WorkerSetup, 'window' | 'largestRead'>): number {
  const { numSamplesPerFile, sizes } = files
  const wanted = new Map<number, number>()
  for (const sample of samples) {
    const file = Math.floor(sample / numSamplesPerFile)
    wanted.set(file, (wanted.get(file) ?? 0) + 1)
  }
  let [largest, sum] = [0, 0]
  for (const [file, count] of wanted) {
    // Where no read is as large as the largest object, samples are read alone.
    const size = sizes[file]!
    const bytes = size <= largestRead ? bufferSize(size, largestRead) : count * bufferSize(Math.ceil(size / numSamplesPerFile), largestRead)
    largest = Math.max(largest, bytes)
    sum += bytes
  }
  return Math.max(1, Math.min(sum, largest * window))
}

/** The batches of a rank. An epoch's order is made once and shared by its ranks; only one is kept. */
function tasksFor(session: Session, dataset: Dataset): (phase: Phase, epoch: number, rank: number) => Iterable<BatchTask> {
  const { request: { loaded: { workload: { reader, train: { seedChangeEpoch } } }, flags }, shuffleSeeds } = session
  let kept: { readonly name: string; readonly order: EpochOrder } | undefined
  return function* tasksOf(phase, epoch, rank) {
    const files = dataset[phase]
    const name = `${phase} ${epoch}`
    if (kept?.name !== name) {
      kept = { name, order: epochOrder({ numFiles: files.numFiles, numSamplesPerFile: files.numSamplesPerFile, epoch, fileSeed: shuffleSeeds.file, sampleSeed: shuffleSeeds.sample, seedChangeEpoch, fileShuffle: reader.fileShuffle, sampleShuffle: reader.sampleShuffle }) }
    }
    const batchSize = phase === 'train' ? reader.batchSize : reader.batchSizeEval
    const slice = rankSlice(kept.order, { rank, worldSize: flags.accelerators, batchSize, steps: phase === 'train' ? dataset.stepsPerEpoch : dataset.stepsPerEval })
    for (const { step, samples } of batches(slice, batchSize)) yield { phase, epoch, rank, step, samples }
  }
}

/** A pool whose threads are all up, each with its store and format; or this thread where the store is only in it. */
async function openRunner(session: Session, setup: WorkerSetup, batchesInFlight: number): Promise<BatchRunner> {
  if (setup.store.kind === 'memory') {
    const bench = await createWorkbench(setup, { thread: 0, signal: session.controller.signal, store: session.store })
    return inlineRunner((task) => runBatch(bench, task))
  }
  const worker = new URL(`../worker/main${path.extname(import.meta.url)}`, import.meta.url)
  const pool = createPool({ worker, workerData: setup, threads: session.threads, batchesInFlight: Math.max(batchesInFlight, session.threads) })
  try {
    const empty: BatchTask = { phase: 'train', epoch: 0, rank: 0, step: 0, samples: new Uint32Array(0) }
    const replies = await Promise.all(Array.from({ length: session.threads }, () => pool.run(empty)))
    const failed = replies.find((reply) => reply.failure)
    if (failed?.failure) throw revive(failed.failure)
  } catch (error) {
    await pool.close()
    throw error
  }
  return pool
}
