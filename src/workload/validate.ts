// Keys that contradict each other. Each rule gives the problem or nothing; the texts in quotation marks are DLIO's, which scripts look for.
// Source: argonne-lcf/dlio_benchmark utils/config.py `validate`, as far as it concerns this program.

import { phasesOf } from './derive.ts'
import { notice, type Notice } from './notices.ts'
import type { Origin, Problem } from './problems.ts'
import type { Workload } from './schema.ts'

type Finding = Omit<Problem, 'origin'> & { readonly key: string }
type Rule = (workload: Workload) => Finding | false

const isImage = ({ dataset }: Workload): boolean => dataset.format === 'jpeg' || dataset.format === 'png'

const rules: readonly Rule[] = [
  ({ framework, reader }) => (framework === 'tensorflow' && reader.dataLoader === 'pytorch' || framework === 'pytorch' && reader.dataLoader === 'tensorflow') && {
    key: 'reader.data_loader',
    message: `Imcompatible between framework and data_loader setup. The framework is ${framework}, the data loader ${reader.dataLoader}`,
    hint: `set both alike, or leave out reader.data_loader`,
  },
  ({ workflow, reader }) => workflow.train && (reader.dataLoader === 'none' || reader.dataLoader === 'custom') && {
    key: 'reader.data_loader', message: `there is no data loader ${reader.dataLoader} to train with`, hint: 'set pytorch or tensorflow',
  },
  ({ dataset, workflow }) => dataset.format === 'hdf5_opt' && (workflow.train || workflow.generateData) && {
    key: 'dataset.format', message: 'DLIO declares hdf5_opt and neither writes nor reads it', hint: 'set hdf5',
  },
  ({ dataset }) => dataset.recordDims.length > 0 && dataset.recordLengthBytesStdev > 0 && {
    key: 'dataset.record_length_bytes_stdev', message: 'a spread of sizes contradicts dataset.record_dims, which fixes the shape', hint: 'remove one of them',
  },
  (workload) => isImage(workload) && workload.dataset.recordDims.length > 2 && {
    key: 'dataset.record_dims',
    message: `${workload.dataset.format} format does not support more than 2 dimensions, but got ${workload.dataset.recordDims.length} dimensions.`,
  },
  ({ dataset: { recordDims: [first], hdf5 } }) => first !== undefined && first % hdf5.numDsetPerRecord !== 0 && {
    key: 'dataset.hdf5.num_dset_per_record', message: `${hdf5.numDsetPerRecord} does not divide the first of dataset.record_dims, ${first}`,
  },
  ({ checkpoint: { numCheckpointsRead: read, numCheckpointsWrite: write } }) => write > 0 && read > write && {
    key: 'checkpoint.num_checkpoints_read', message: `${read} checkpoints cannot be read when ${write} are written`, hint: 'read at most checkpoint.num_checkpoints_write',
  },
  ({ checkpoint }) => checkpoint.ksm !== undefined && checkpoint.randomizeTensor && {
    key: 'checkpoint.ksm', message: 'merging equal pages needs equal tensors', hint: 'set checkpoint.randomize_tensor to false',
  },
  ({ model, workflow }) => workflow.checkpoint && model.numLayers > 0 && model.numLayers < model.parallelism.pipeline && {
    key: 'model.parallelism.pipeline', message: `${model.numLayers} layers cannot be dealt to ${model.parallelism.pipeline} ranks`,
  },
  ({ model, workflow }) => workflow.checkpoint && model.parallelism.pipeline > 1 && model.parallelism.zeroStage === 3 && {
    key: 'model.parallelism.zero_stage', message: 'ZeRO stage 3 excludes pipeline parallelism', hint: 'set model.parallelism.pipeline to 1',
  },
  ({ model, checkpoint, workflow }) => workflow.checkpoint && checkpoint.mode === 'default' && model.parallelism.data > 0 && {
    key: 'model.parallelism.data', message: 'data parallelism follows from the ranks unless checkpoint.mode is subset', hint: 'remove it, or set checkpoint.mode to subset',
  },
  ({ model, checkpoint, workflow }) => workflow.checkpoint && checkpoint.mode === 'subset' && model.parallelism.data <= 0 && {
    key: 'checkpoint.mode', message: 'subset needs model.parallelism.data', hint: 'set model.parallelism.data to that of the whole job',
  },
]

type Remark = (workload: Workload) => { readonly key: string; readonly message: string } | false

/** What runs here though DLIO would stumble, or the other way round. */
const remarks: readonly Remark[] = [
  (workload) => isImage(workload) && workload.dataset.recordElementType !== 'uint8' && {
    key: 'dataset.record_element_type', message: `${workload.dataset.format} holds bytes: dataset.record_element_type is uint8, in DLIO too`,
  },
  ({ dataset, reader, workflow }) => workflow.train && dataset.format === 'tfrecord' && reader.dataLoader === 'pytorch' && {
    key: 'reader.data_loader', message: 'DLIO refuses tfrecord with the data loader pytorch; it is read here like any other format',
  },
  ({ workflow }) => workflow.evaluation && !workflow.train && {
    key: 'workflow.evaluation', message: 'nothing is evaluated without workflow.train, in DLIO too',
  },
  (workload) => phasesOf(workload).evaluate && workload.dataset.numFilesEval === 0 && {
    key: 'dataset.num_files_eval', message: 'workflow.evaluation is true and dataset.num_files_eval is 0: there is nothing to evaluate',
  },
]

export interface Validation { readonly problems: readonly Problem[]; readonly notices: readonly Notice[] }

/** All rules on one workload; a problem is placed where its key, or else a key it contradicts, was said. */
export function validate(workload: Workload, originOf: (key: string) => Origin): Validation {
  const problems = rules.flatMap((rule) => {
    const finding = rule(workload)
    return finding === false ? [] : [{ ...finding, origin: originOf(finding.key) }]
  })
  const notices = remarks.flatMap((remark) => {
    const found = remark(workload)
    return found === false ? [] : [notice('compat', found.key, found.message, originOf(found.key))]
  })
  return { problems, notices }
}
