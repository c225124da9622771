// `validate`: everything that is wrong with a workload, at once.

import { formatNames, isFormatName } from '../format/index.ts'
import { formatBytes, significant } from '../util/units.ts'
import { phasesOf, recordShape, requiredBytesPerSecond, stepsPerEpoch, totals } from '../workload/derive.ts'
import { checkSteps } from './dataset-phase.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { noticeText } from './notice-text.ts'
import { loadFromWords, type LoadFlags } from './load-words.ts'

export interface ValidateFlags extends LoadFlags {
  readonly accelerators: number
  readonly json?: boolean
}

export async function validate(words: readonly string[], flags: ValidateFlags): Promise<ExitCode> {
  const loaded = await loadFromWords(words, flags)
  const { workload, name } = loaded
  const phases = phasesOf(workload)
  if (phases.train) checkSteps(workload, flags.accelerators)
  const warnings = [
    ...loaded.warnings.map(noticeText),
    ...(phases.checkpointOnly ? [`${name} only writes and reads checkpoints, which this version cannot run`] : []),
    ...(isFormatName(workload.dataset.format) || workload.reader.readerClassname !== undefined || phases.checkpointOnly ? [] : [`dataset.format ${workload.dataset.format} is valid, but this version cannot run it (it can: ${formatNames.join(', ')})`]),
  ]
  const { samplesTrain, bytesTrain } = totals(workload)
  const rate = requiredBytesPerSecond(workload)
  const steps = phases.train ? stepsPerEpoch(workload, flags.accelerators) : 0
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ schema: 'dlio-s3/validate@1', status: 'complete', name, valid: true, warnings, samples_train: samplesTrain, bytes_train: bytesTrain, steps_per_epoch: steps }, undefined, 2)}\n`)
    return exitCodes.ok
  }
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  const who = flags.accelerators === 1 ? 'one accelerator' : `each of ${flags.accelerators} accelerators`
  process.stdout.write([
    `${name}: valid${warnings.length > 0 ? `, ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}` : ''}`,
    ...(phases.checkpointOnly ? [] : [`  data set   ${workload.dataset.numFilesTrain} ${workload.dataset.format} files × ${workload.dataset.numSamplesPerFile} samples of shape [${recordShape(workload).join(', ')}], ${formatBytes(bytesTrain)}`]),
    ...(phases.train ? [`  an epoch   ${steps} steps of ${workload.reader.batchSize} samples for ${who}, ${workload.train.epochs} epochs`] : []),
    ...(rate === undefined || !phases.train ? [] : [`  feeding    ${formatBytes(rate)}/s (${significant(rate * 8 / 1e9)} Gbit/s) keep one accelerator busy`]),
    '',
  ].join('\n'))
  return exitCodes.ok
}
