// Finds the files of the data set and says what an epoch will be.

import { fileTable, type FileTable } from '../dataset/file-table.ts'
import type { Parts } from '../storage/part-plan.ts'
import { phasesOf, recordBytes, stepsPerEpoch, stepsPerEval } from '../workload/derive.ts'
import { Fault } from '../util/fault.ts'
import type { Workload } from '../workload/schema.ts'
import { findSets } from './dataset-files.ts'
import { partsOf } from './plans.ts'
import type { Session } from './session.ts'

export interface Dataset {
  readonly train: FileTable
  readonly eval: FileTable
  /** Per accelerator. */
  readonly stepsPerEpoch: number
  readonly stepsPerEval: number
  /** Bytes. */
  readonly largestObject: number
  /** How large objects are read. Absent: each by one request. */
  readonly parts: Parts | undefined
}

/** `isChanged`: objects of the data set were written in this run. */
export async function datasetPhase(session: Session, isChanged: boolean): Promise<Dataset> {
  const { request: { loaded, flags, voice }, clock, sink, target } = session
  const { workload } = loaded
  const { numSamplesPerFile } = workload.dataset
  const beginAt = clock.now()
  session.takeCounts()
  const { sets, index } = await findSets(session, isChanged)
  for (const message of sets.flatMap(({ warnings }) => warnings)) {
    voice.warn(message)
    sink({ type: 'warning', at: clock.now(), message })
  }
  const { evaluate } = phasesOf(workload)
  const none = { table: fileTable([], numSamplesPerFile), bytes: 0 }
  const [train = none, evaluation = none] = ['train', 'valid'].map((name) => sets.find(({ set }) => set === name))
  const largestObject = Math.max(largestOf(train.table), largestOf(evaluation.table))
  // Stores tell checksums of whole objects only.
  const parts = target.spec.kind === 's3' && !target.spec.readChecks ? partsOf(loaded, { flags, largestObject, threads: session.threads, memoryLimitBytes: session.memoryLimitBytes }) : undefined
  const dataset = { train: train.table, eval: evaluation.table, stepsPerEpoch: stepsPerEpoch(workload, flags.accelerators), stepsPerEval: evaluate ? stepsPerEval(workload, flags.accelerators) : 0, largestObject, parts }
  sink({
    type: 'dataset', beginAt, endAt: clock.now(), filesTrain: train.table.numFiles, filesEval: evaluation.table.numFiles, bytesTrain: train.bytes, bytesEval: evaluation.bytes,
    samplesPerFile: numSamplesPerFile, recordBytes: recordBytes(workload), stepsPerEpoch: dataset.stepsPerEpoch, stepsPerEval: dataset.stepsPerEval,
    ...(parts ? { partBytes: parts.partSize, partsInFlight: parts.partsInFlight } : {}), ...(index ? { index } : {}), ...session.takeCounts(),
  })
  return dataset
}

function largestOf(files: FileTable): number {
  return files.sizes.reduce((largest, size) => Math.max(largest, size), 0)
}

/** An epoch of no steps measures nothing: DLIO prints zeros for it as if they were figures. @throws {Fault} */
export function checkSteps(workload: Workload, accelerators: number): void {
  if (stepsPerEpoch(workload, accelerators) > 0) return
  const { numFilesTrain, numSamplesPerFile } = workload.dataset
  const { batchSize } = workload.reader
  throw new Fault('dataset', `not one step: ${numFilesTrain} files × ${numSamplesPerFile} samples are fewer than one batch of ${batchSize} for each of ${accelerators} accelerators`, {
    info: { prefix: workload.dataset.dataFolder, found: numFilesTrain * numSamplesPerFile, wanted: batchSize * accelerators },
    hint: 'more files (++workload.dataset.num_files_train), a smaller batch (++workload.reader.batch_size), or fewer --accelerators',
  })
}
