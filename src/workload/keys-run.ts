// What is run: workflow, training, evaluation, metric and output. One line a key.
// Source: argonne-lcf/dlio_benchmark utils/config.py (names and defaults).

import { decimal, integer, oneOf, text, texts, time, yesNo, type Keys } from './keys.ts'
import { profilers, type Evaluation, type Metric, type Output, type Profiling, type Train, type Workflow } from './schema.ts'

export const workflowKeys: Keys<Workflow> = {
  generateData: yesNo(false, 'Write the data set before the first epoch.'),
  train: yesNo(true, 'Run the epochs.'),
  evaluation: yesNo(false, 'Run an evaluation after epochs.'),
  checkpoint: yesNo(false, 'Write checkpoints.', { status: 'unsupported', why: 'checkpoints are not written by this version; training runs without them' }),
  profiling: yesNo(false, 'Start a profiler beside the run.', { status: 'unsupported', why: 'no profiler is started; the event log has a time for every request' }),
  query: text(undefined, 'Key for DLIO\'s query command.', { status: 'inert', why: 'it belongs to DLIO\'s query command' }),
}

export const trainKeys: Keys<Train> = {
  epochs: integer(1, 'Passes over the training set.'),
  computationTime: time('Simulated computation of one step.'),
  totalTrainingSteps: integer(-1, 'Steps per epoch at most; −1 is as many as the data gives. More than the data gives is an error.', { min: -1 }),
  seed: integer(123, 'Seed of shuffling.'),
  seedChangeEpoch: yesNo(true, 'Shuffle each epoch with seed + epoch instead of seed.'),
}

export const evaluationKeys: Keys<Evaluation> = {
  evalTime: time('Simulated computation of one evaluation step.'),
  evalAfterEpoch: integer(1, 'First epoch that is followed by an evaluation.'),
  epochsBetweenEvals: integer(1, 'Epochs from one evaluation to the next.', { min: 1 }),
}

export const metricKeys: Keys<Metric> = {
  au: decimal(0.9, 'Accelerator utilization that must be reached.', { unit: 'fraction', max: 1 }),
}

export const outputKeys: Keys<Output, 'metric'> = {
  folder: text(undefined, 'Directory of the result files. Without it, the run directory.'),
  logFile: text('dlio.log', 'Name of the log in the output folder.'),
  metric: {
    excludeStartSteps: integer(1, 'Steps at the start of each block that metrics leave out.'),
    excludeEndSteps: integer(0, 'Steps at the end of each block that metrics leave out.'),
  },
}

export const profilingKeys: Keys<Profiling> = {
  profiler: oneOf(profilers, 'iostat', 'Profiler to start when workflow.profiling is true.', { status: 'quiet' }),
  iostatDevices: texts([], 'Devices that iostat watches; none means all.', { status: 'quiet' }),
}
