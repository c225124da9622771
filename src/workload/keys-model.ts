// The model, and the checkpoints it is written to. One line a key; nearly all matter only when checkpoints are written.
// Source: argonne-lcf/dlio_benchmark utils/config.py (names and defaults).

import { decimal, integer, integers, oneOf, text, yesNo, type Keys } from './keys.ts'
import { modelDatatypes, type Model } from './schema.ts'
import { checkpointModes, checkpointTypes, type Checkpoint } from './schema-checkpoint.ts'

const quiet = { status: 'quiet' } as const

export const modelKeys: Keys<Model, 'parallelism' | 'transformer'> = {
  name: text('default', 'Label of the run. `model: NAME` is understood too.'),
  type: text(undefined, '`transformer`, or anything else.', quiet),
  modelSizeBytes: integer(10_240, 'Size of the model state of anything but a transformer.', { unit: 'bytes', ...quiet }),
  modelDatatype: oneOf(modelDatatypes, 'fp16', 'Element type of the weights.', quiet),
  optimizerDatatype: oneOf(modelDatatypes, 'fp32', 'Element type of the optimizer state.', quiet),
  optimizationGroups: integers('Elements of each optimizer tensor.', quiet),
  numLayers: integer(-1, 'Layers; −1 is none.', { min: -1, ...quiet }),
  layerParameters: integers('Elements of each tensor of a layer.', quiet),
  parallelism: {
    tensor: integer(1, 'Ranks that share a layer.', { min: 1, ...quiet }),
    pipeline: integer(1, 'Ranks that layers are dealt to.', { min: 1, ...quiet }),
    data: integer(-1, 'Copies of the model; −1 is what the ranks give.', { min: -1, ...quiet }),
    zeroStage: integer(0, 'ZeRO stage.', { max: 3, ...quiet }),
  },
  transformer: {
    vocabSize: integer(32_000, 'Tokens of the vocabulary.', quiet),
    hiddenSize: integer(2048, 'Width of the model.', quiet),
    ffnHiddenSize: integer(8192, 'Width of the feed-forward layers.', quiet),
    numAttentionHeads: integer(32, 'Attention heads.', { min: 1, ...quiet }),
    numKvHeads: integer(8, 'Heads of keys and values.', { min: 1, ...quiet }),
  },
}

export const checkpointKeys: Keys<Omit<Checkpoint, 'ksm'>> = {
  checkpointFolder: text('./checkpoints/', 'Where checkpoints go.', quiet),
  checkpointAfterEpoch: integer(1, 'First epoch that is followed by a checkpoint.', quiet),
  epochsBetweenCheckpoints: integer(1, 'Epochs from one checkpoint to the next.', quiet),
  stepsBetweenCheckpoints: integer(-1, 'Steps from one checkpoint to the next, instead of epochs; −1 is epochs.', { min: -1, ...quiet }),
  type: oneOf(checkpointTypes, 'rank_zero', 'DLIO reads this key and never uses it.', quiet),
  mode: oneOf(checkpointModes, 'default', '`subset` writes the part of a larger job that the ranks here stand for.', quiet),
  checkpointMechanismClassname: text(undefined, 'Checkpointing of one\'s own.', { pythonClass: true, status: 'unsupported', why: 'checkpoints are not written by this version' }),
  fsync: yesNo(false, 'Wait until a checkpoint is on disk.', quiet),
  recoveryRankShift: yesNo(false, 'Read the checkpoint of another host.', quiet),
  rankSync: yesNo(false, 'Count the wait for all ranks as part of a checkpoint.', quiet),
  timeBetweenCheckpoints: decimal(-1, 'Pause before each checkpoint of a run that only checkpoints; −1 is none.', { unit: 'seconds', min: -1, ...quiet }),
  numCheckpointsWrite: integer(-1, 'Checkpoints to write in a run that only checkpoints.', { min: -1, ...quiet }),
  numCheckpointsRead: integer(-1, 'Checkpoints to read in a run that only checkpoints; at most those written.', { min: -1, ...quiet }),
  randomizeTensor: yesNo(true, 'Random content instead of ones.', quiet),
}

export const ksmKeys: Keys<NonNullable<Checkpoint['ksm']>> = {
  madvMergeableId: integer(12, 'Advice number of madvise.', quiet),
  highRamTrigger: decimal(30, 'Memory use that starts the wait.', { unit: 'percent', max: 100, ...quiet }),
  lowRamExit: decimal(15, 'Memory use that ends the wait.', { unit: 'percent', max: 100, ...quiet }),
  awaitTime: integer(200, 'Longest wait.', { unit: 'seconds', ...quiet }),
}
