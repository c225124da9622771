// `run`: a workload from YAML to report.

import { Fault } from '../util/fault.ts'
import { systemClock } from '../util/clock.ts'
import { configDocument, printConfig } from '../workload/print.ts'
import { commandText } from './command-text.ts'
import { errorText } from './error-text.ts'
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts'
import { loadFromWords } from './load-words.ts'
import { noticeText } from './notice-text.ts'
import { createProgress } from './progress.ts'
import { runWorkload } from './run-workload.ts'
import type { RunFlags } from './run-flags.ts'
import type { RunOutcome } from './session.ts'
import { watchSignals } from './signals.ts'

export async function run(words: readonly string[], flags: RunFlags): Promise<ExitCode> {
  if (words.length === 0) throw new Fault('usage', 'run which workload?', { info: {}, hint: 'name one (dlio-s3 workloads list) or a YAML file: dlio-s3 run quickstart --embedded' })
  const progress = createProgress(process.stderr, systemClock, { quiet: flags.quiet === true })
  const warn = (text: string): void => { progress.line(`warning: ${text}`) }
  const loaded = await loadFromWords(words, flags)
  for (const notice of loaded.warnings) warn(noticeText(notice))
  if (flags.printConfig || flags.cfg !== undefined) {
    process.stdout.write(flags.json ? `${JSON.stringify(configDocument(loaded), undefined, 2)}\n` : printConfig(loaded))
    return exitCodes.ok
  }
  const watch = watchSignals((line) => { progress.line(line) })
  try {
    const outcome = await runWorkload({
      loaded, flags, signal: watch.signal, files: true, command: commandText(),
      voice: { progress: (text) => { progress.update(text) }, warn, detail: (text) => { if (flags.verbose) progress.line(text) } },
    })
    progress.clear()
    process.stdout.write(flags.json ? outcome.json : outcome.text)
    return codeOf(outcome)
  } finally {
    progress.clear()
    watch.stop()
  }
}

function codeOf({ error, summary }: RunOutcome): ExitCode {
  if (error !== undefined) {
    process.stderr.write(errorText(error))
    return exitCodeOf(error)
  }
  if (summary.goal === undefined && summary.settings.auGoal !== undefined && summary.epochs.length > 0) return exitCodes.notJudged
  return summary.goal?.met === false ? exitCodes.goal : exitCodes.ok
}
