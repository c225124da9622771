// One run from a loaded workload to its results: checks the plan, runs the phases, and always closes and reports.

import type { Verification } from '../dataset/verifier.ts'
import { Fault, isFault } from '../util/fault.ts'
import { formatBytes } from '../util/units.ts'
import { phasesOf, totals } from '../workload/derive.ts'
import { Cleanup } from './cleanup.ts'
import { renewDuring, tellCredentials, warnInsecure } from './credentials.ts'
import { checkIndexFile, renewIndex } from './dataset-files.ts'
import { checkSteps, datasetPhase } from './dataset-phase.ts'
import { startEmbedded, type Embedded } from './embedded.ts'
import { generatePhase } from './generate-phase.ts'
import { openSession } from './open-session.ts'
import { datasetSettings, formatOf, freeMemoryBytes } from './plans.ts'
import { renderResults, writeResults } from './results.ts'
import type { RunOutcome, RunRequest, Session } from './session.ts'
import { resolveTarget, type Target } from './target.ts'
import { trainPhase } from './train-phase.ts'
import { checkVerifiable, verificationOf } from './verification.ts'

/** @throws {Fault} when the run could not begin; once it has, the outcome says how it ended. */
export async function runWorkload(request: RunRequest): Promise<RunOutcome> {
  const { loaded, flags } = request
  checkPlan(request)
  if (flags.verify) await checkVerifiable(loaded, flags.seed)
  const isEmbedded = flags.embedded === true || flags.embeddedDir !== undefined
  if (isEmbedded) checkFits(request)
  else if (flags.faults?.length) throw new Fault('usage', '--faults makes the built-in server fail, and this run uses another store', { info: {}, hint: 'add --embedded, or start a server with dlio-s3 serve --faults' })
  const embedded = isEmbedded ? await startEmbedded({ directory: flags.embeddedDir, faults: flags.faults }) : undefined
  const cleanup = new Cleanup()
  if (embedded) cleanup.defer(() => embedded.close())
  try {
    return await runOn(request, await resolveTarget(loaded.workload, flags, { embedded, warn: (text) => { request.voice.warn(text) } }), { embedded, cleanup })
  } finally {
    await cleanup.run()
  }
}

async function runOn(request: RunRequest, target: Target, context: { embedded: Embedded | undefined; cleanup: Cleanup }): Promise<RunOutcome> {
  tellCredentials(target, request.voice)
  warnInsecure(target.spec.kind === 's3' && target.spec.insecure, (text) => { request.voice.warn(text) })
  // The server outlives what uses it: its own cleanup comes last.
  const cleanup = new Cleanup()
  const { session, recorder, folder, end } = await openSession(request, target, { embedded: context.embedded, cleanup }).catch(async (error: unknown) => {
    await cleanup.run()
    throw error
  })
  const renewing = target.renewal && renewDuring(target.renewal, request.voice, (message) => { recorder.sink({ type: 'warning', at: session.clock.now(), message }) })
  if (renewing) cleanup.defer(() => renewing.stop())
  let error: unknown
  try {
    await runPhases(session)
  } catch (thrown) {
    error = endOf(session.controller.signal, thrown)
    if (renewing) error = renewing.explain(error)
  }
  await end(error)
  // A result that cannot be written is still shown; the failure to write it is the run's, unless it has a worse one.
  await cleanup.run().catch((failure: unknown) => { error ??= failure })
  const summary = recorder.summary()
  const rendered = await renderResults(request, summary, folder)
  if (folder !== undefined) await writeResults(folder, rendered).catch((failure: unknown) => { error ??= failure })
  return { summary, json: rendered.json, text: rendered.text, ...(folder === undefined ? {} : { folder }), ...(error === undefined ? {} : { error }) }
}

/** Why the run ended: the first cause, with what was found out while stopping. */
function endOf(signal: AbortSignal, thrown: unknown): unknown {
  if (!signal.aborted) return thrown
  const reason: unknown = signal.reason
  if (isFault(reason, 'aborted') && isFault(thrown, 'aborted') && thrown.hint !== undefined) return new Fault('aborted', reason.message, { info: reason.info, hint: thrown.hint })
  return reason
}

async function runPhases(session: Session): Promise<void> {
  const { request: { loaded: { workload }, flags }, target } = session
  // A built-in server that starts empty has no data set yet, whatever the workload says.
  const isNew = target.isEmbedded && flags.embeddedDir === undefined
  const phases = phasesOf(workload)
  const generates = flags.skipGenerate !== true && (flags.generate === true || phases.generate || isNew)
  await checkIndexFile(session)
  const numWritten = generates ? await generatePhase(session) : 0
  if (phases.train) {
    const verification = await verificationFor(session)
    await trainPhase(session, await datasetPhase(session, numWritten > 0), verification)
  }
  else await renewIndex(session, numWritten > 0)
}

/** Before the listing, which may take long. */
async function verificationFor({ request: { loaded: { workload }, flags, voice }, target, store, verifyCounts: counts, controller: { signal } }: Session): Promise<Verification | undefined> {
  return counts && verificationOf({ store, settings: datasetSettings(workload, target.prefix, flags.seed), counts, signal, voice })
}

/** A run that would do nothing, or only what this version cannot, or that its data cannot feed, is told before anything is started. */
function checkPlan({ loaded, flags }: RunRequest): void {
  const { workload, name } = loaded
  const phases = phasesOf(workload)
  if (!phases.train && flags.generate !== true && !(phases.generate && flags.skipGenerate !== true)) {
    throw new Fault('usage', phases.checkpointOnly ? `${name} only writes and reads checkpoints, which this version does not do` : `${name} neither generates data nor trains: there is nothing to do`, {
      info: { key: 'workflow' }, hint: 'ask for a phase: ++workload.workflow.train=True or ++workload.workflow.generate_data=True',
    })
  }
  if (!phases.train && flags.verify) {
    throw new Fault('usage', `--verify compares what is read, and ${name} only generates`, { info: { key: 'workflow.train' }, hint: 'leave it out, or train: ++workload.workflow.train=True' })
  }
  formatOf(loaded)
  if (phases.train) checkSteps(workload, flags.accelerators)
}

/** The built-in server keeps objects in this machine's memory: a data set that does not fit ends in swap or a kill, not in figures. */
function checkFits({ loaded: { workload, name }, flags }: RunRequest): void {
  if (flags.embeddedDir !== undefined) return
  const { bytesTrain, bytesEval } = totals(workload)
  const free = freeMemoryBytes()
  if (bytesTrain + bytesEval <= free / 2) return
  throw new Fault('usage', `the data set of ${name} is ${formatBytes(bytesTrain + bytesEval)}, more than half of the ${formatBytes(free)} of free memory that the built-in server has`, {
    info: { key: 'dataset.num_files_train' },
    hint: 'keep it on disk with --embedded-dir DIR, or make it smaller: ++workload.dataset.num_files_train=N',
  })
}
