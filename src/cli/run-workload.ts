// One run from a loaded workload to its results: opens what it needs, runs the phases, and always closes and reports.

import os from 'node:os'
import type { RunBegin, RunEnd } from '../metrics/events.ts'
import { eventSchema } from '../metrics/events.ts'
import { openStore } from '../storage/index.ts'
import { createController } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { abortedFault, Fault, isFault, toFailure, type Failure } from '../util/fault.ts'
import { formatBytes } from '../util/units.ts'
import { batchesInWork } from '../loader/loader.ts'
import { phasesOf, totals } from '../workload/derive.ts'
import { datasetPhase } from './dataset-phase.ts'
import { startEmbedded, type Embedded } from './embedded.ts'
import { openEventLog } from './event-log.ts'
import { generatePhase } from './generate-phase.ts'
import { monitorHealth } from './health.ts'
import { foldSettings, formatOf, memoryLimitOf, threadsOf } from './plans.ts'
import { createRecorder, recordHealth, wallStart } from './recorder.ts'
import { openResultsFolder } from './results-folder.ts'
import { renderResults, writeResults } from './results.ts'
import type { RunOutcome, RunRequest, Session } from './session.ts'
import { stepProgress } from './step-progress.ts'
import { resolveTarget, type Target } from './target.ts'
import { readModeOf, shuffleSeedOf, trainPhase, windowOf } from './train-phase.ts'
import { version } from './version.ts'

/** @throws {Fault} when the run could not begin; once it has, the outcome says how it ended. */
export async function runWorkload(request: RunRequest): Promise<RunOutcome> {
  const { loaded, flags } = request
  checkPhases(request)
  formatOf(loaded.workload)
  const isEmbedded = flags.embedded === true || flags.embeddedDir !== undefined
  if (isEmbedded) checkFits(request)
  const embedded = isEmbedded ? await startEmbedded(flags.embeddedDir) : undefined
  try {
    return await runOn(request, await resolveTarget(loaded.workload, flags, embedded), embedded)
  } finally {
    await embedded?.close()
  }
}

async function runOn(request: RunRequest, target: Target, embedded: Embedded | undefined): Promise<RunOutcome> {
  const { loaded, flags, voice } = request
  const clock = systemClock
  if (target.credentialsFrom !== undefined) voice.detail(`credentials from ${target.credentialsFrom}`)
  const counts = { requests: 0, retries: 0 }
  const store = await openStore(target.spec, { request: () => { counts.requests++ }, retry: () => { counts.retries++ } })
  const folder = request.files ? await openResultsFolder(flags.out ?? loaded.workload.output.folder ?? loaded.hydra.runDir, loaded.name, clock.wallMilliseconds()) : undefined
  const log = folder === undefined ? undefined : await openEventLog(`${folder}/events.jsonl`)
  const controller = createController()
  const follow = (): void => { controller.abort(isFault(request.signal.reason) ? request.signal.reason : abortedFault()) }
  if (request.signal.aborted) follow()
  else request.signal.addEventListener('abort', follow, { once: true })

  const memoryLimitBytes = memoryLimitOf(flags)
  const threads = threadsOf(loaded.workload, flags)
  const shuffleSeed = shuffleSeedOf(loaded.workload)
  const begin: RunBegin = {
    type: 'run-begin', schema: eventSchema, at: clock.now(), wallStart: wallStart(clock), version, workload: loaded.name, target: target.uri,
    ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint }),
    transport: target.spec.kind === 's3' ? target.spec.transport : target.spec.kind,
    format: loaded.workload.dataset.format, decode: flags.decode, readMode: readModeOf(loaded.workload, flags), dialect: flags.dialect,
    accelerators: flags.accelerators, threads, readsInFlight: batchesInWork(loaded.workload.reader.readThreads) * windowOf(loaded.workload), memoryLimitBytes, seed: shuffleSeed,
  }
  const recorder = createRecorder(begin, foldSettings(loaded, embedded !== undefined), { log, onEvent: stepProgress(voice, clock) })
  const monitor = monitorHealth(clock, async () => (embedded ? embedded.cpuSeconds() : 0))
  const health = recordHealth(() => monitor.sample(), recorder.sink)
  const session: Session = {
    request, target, store, clock, controller, memoryLimitBytes, threads, shuffleSeed, sink: recorder.sink,
    takeCounts: () => { const taken = { ...counts }; counts.requests = 0; counts.retries = 0; return taken },
    sampleHealth: async () => { recorder.sink(await monitor.sample()) },
  }
  let error: unknown
  try {
    await runPhases(session)
  } catch (thrown) {
    error = controller.signal.aborted ? controller.signal.reason : thrown
  } finally {
    request.signal.removeEventListener('abort', follow)
    await health.stop()
    await store.close()
  }
  const last = await monitor.sample()
  monitor.stop()
  recorder.sink(runEnd(last.at, error, { clientCpuSeconds: last.clientCpuSeconds, peakRssBytes: monitor.peakRssBytes }))
  await log?.close()
  const rendered = await renderResults(request, recorder.summary(), folder)
  if (folder !== undefined) await writeResults(folder, rendered)
  return { summary: recorder.summary(), json: rendered.json, text: rendered.text, ...(folder === undefined ? {} : { folder }), ...(error === undefined ? {} : { error }) }
}

async function runPhases(session: Session): Promise<void> {
  const { request: { loaded: { workload }, flags }, target } = session
  const phases = phasesOf(workload)
  // A built-in server that starts empty has no data set yet, whatever the workload says.
  const isNew = target.credentialsFrom === 'the built-in server' && flags.embeddedDir === undefined
  const generates = flags.skipGenerate !== true && (flags.generate === true || phases.generate || isNew)
  if (generates) await generatePhase(session)
  if (phases.train) await trainPhase(session, await datasetPhase(session))
}

function runEnd(at: number, error: unknown, facts: { clientCpuSeconds: number | undefined; peakRssBytes: number }): RunEnd {
  const failure: Failure | undefined = error === undefined ? undefined : toFailure(error)
  return {
    type: 'run-end', at, status: error === undefined ? 'complete' : isFault(error, 'aborted') ? 'interrupted' : 'failed',
    ...(failure === undefined || failure.code === 'aborted' ? {} : { failure }),
    ...(facts.clientCpuSeconds === undefined ? {} : { clientCpuSeconds: facts.clientCpuSeconds }),
    peakRssBytes: facts.peakRssBytes, cores: os.availableParallelism(),
  }
}

/** A run that would do nothing, or only what this version cannot, is told before anything is started. */
function checkPhases({ loaded: { workload, name }, flags }: RunRequest): void {
  const phases = phasesOf(workload)
  if (phases.train || flags.generate === true || (phases.generate && flags.skipGenerate !== true)) return
  throw new Fault('usage', phases.checkpointOnly ? `${name} only writes and reads checkpoints, which this version does not do` : `${name} neither generates data nor trains: there is nothing to do`, {
    info: { key: 'workflow' }, hint: 'ask for a phase: ++workload.workflow.train=True or ++workload.workflow.generate_data=True',
  })
}

/** The built-in server keeps objects in this machine's memory: a data set that does not fit ends in swap or a kill, not in figures. */
function checkFits({ loaded: { workload, name }, flags }: RunRequest): void {
  if (flags.embeddedDir !== undefined) return
  const { bytesTrain, bytesEval } = totals(workload)
  const limit = os.freemem() / 2
  if (bytesTrain + bytesEval <= limit) return
  throw new Fault('usage', `the data set of ${name} is ${formatBytes(bytesTrain + bytesEval)}, more than half of the ${formatBytes(os.freemem())} of free memory that the built-in server has`, {
    info: { key: 'dataset.num_files_train' },
    hint: 'keep it on disk with --embedded-dir DIR, or make it smaller: ++workload.dataset.num_files_train=N',
  })
}
