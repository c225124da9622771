// `validate`: everything that is wrong with a workload, at once.

import { formatNames, isFormatName } from '../format/index.ts'
import { formatBytes, significant } from '../util/units.ts'
import { availableSteps, recordShape, requiredBytesPerSecond, totals } from '../workload/derive.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { noticeText } from './notice-text.ts'
import { loadFromWords, type LoadFlags } from './load-words.ts'

export interface ValidateFlags extends LoadFlags { readonly json?: boolean }

export async function validate(words: readonly string[], flags: ValidateFlags): Promise<ExitCode> {
  const loaded = await loadFromWords(words, flags)
  const { workload, name } = loaded
  const warnings = [
    ...loaded.warnings.map(noticeText),
    ...(isFormatName(workload.dataset.format) ? [] : [`dataset.format ${workload.dataset.format} is valid, but this version cannot run it (it can: ${formatNames.join(', ')})`]),
  ]
  const { samplesTrain, bytesTrain } = totals(workload)
  const rate = requiredBytesPerSecond(workload)
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ schema: 'dlio-s3/validate@1', status: 'complete', name, valid: true, warnings, samples_train: samplesTrain, bytes_train: bytesTrain, steps_per_epoch: availableSteps(workload, 1) }, undefined, 2)}\n`)
    return exitCodes.ok
  }
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  process.stdout.write([
    `${name}: valid${warnings.length > 0 ? `, ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}` : ''}`,
    `  data set   ${workload.dataset.numFilesTrain} ${workload.dataset.format} files × ${workload.dataset.numSamplesPerFile} samples of shape [${recordShape(workload).join(', ')}], ${formatBytes(bytesTrain)}`,
    `  an epoch   ${availableSteps(workload, 1)} steps of ${workload.reader.batchSize} samples for one accelerator, ${workload.train.epochs} epochs`,
    ...(rate === undefined ? [] : [`  feeding    ${formatBytes(rate)}/s (${significant(rate * 8 / 1e9)} Gbit/s) keep one accelerator busy`]),
    '',
  ].join('\n'))
  return exitCodes.ok
}
