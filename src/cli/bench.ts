// `bench get` and `bench put`: what a bucket gives or takes, without a workload.

import type { BenchOperation } from '../bench/load.ts'
import { systemClock } from '../util/clock.ts'
import { revive } from '../util/fault.ts'
import { checkBenchFlags, type BenchFlags } from './bench-flags.ts'
import { benchText } from './bench-report.ts'
import { runBench, type BenchOutcome } from './bench-run.ts'
import { benchDocument } from './bench-summary.ts'
import { benchPlan, checkPlace } from './bench-target.ts'
import { Cleanup } from './cleanup.ts'
import { commandText } from './command-text.ts'
import { renewDuring, tellCredentials, warnInsecure } from './credentials.ts'
import { startEmbedded } from './embedded.ts'
import { errorText } from './error-text.ts'
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts'
import { createProgress } from './progress.ts'
import type { Voice } from './session.ts'
import { watchSignals } from './signals.ts'

export async function bench(operation: BenchOperation, uri: string | undefined, flags: BenchFlags): Promise<ExitCode> {
  checkBenchFlags(flags)
  checkPlace(uri, flags)
  const progress = createProgress(process.stderr, systemClock, { quiet: flags.quiet === true })
  const watch = watchSignals((line) => { progress.line(line) })
  const cleanup = new Cleanup()
  cleanup.defer(() => { watch.stop() })
  try {
    const embedded = flags.embedded ? await startEmbedded() : undefined
    if (embedded) cleanup.defer(() => embedded.close())
    const plan = { ...await benchPlan(operation, uri, flags, embedded), command: commandText() }
    const voice: Voice = { progress: (text) => { progress.update(text) }, warn: (text) => { progress.line(`warning: ${text}`) }, detail: (text) => { if (!flags.quiet) progress.line(text) } }
    warnInsecure(plan.spec.insecure, (text) => { voice.warn(text) })
    const renewing = plan.renewal && renewDuring(plan.renewal, voice)
    if (renewing) {
      tellCredentials(plan, voice)
      cleanup.defer(() => renewing.stop())
    }
    const ended = await runBench(plan, {
      flags, signal: watch.signal, voice,
      serverCpuSeconds: async () => (embedded ? embedded.cpuSeconds() : 0),
    })
    const outcome = renewing && ended.error !== undefined ? { ...ended, error: renewing.explain(ended.error) } : ended
    progress.clear()
    process.stdout.write(flags.json ? benchDocument(outcome, flags) : benchText(outcome, flags))
    return codeOf(outcome)
  } finally {
    progress.clear()
    await cleanup.run()
  }
}

/** A run to its end with failed requests is measured, but not well: code 5. */
function codeOf({ error, result }: BenchOutcome): ExitCode {
  if (error !== undefined) {
    process.stderr.write(errorText(error))
    return exitCodeOf(error)
  }
  if (result?.tally.firstFailure === undefined) return exitCodes.ok
  process.stderr.write(errorText(revive(result.tally.firstFailure)))
  return exitCodes.errors
}
