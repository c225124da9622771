// Opens what a run needs: store, results folder, event log, recorder, health monitor. One Cleanup closes it all.

import os from 'node:os'
import path from 'node:path'
import { createVerifyCounts } from '../dataset/verifier.ts'
import { batchesInWork } from '../loader/loader.ts'
import { eventSchema, type RunBegin } from '../metrics/events.ts'
import { openStore } from '../storage/index.ts'
import { checkCounts } from '../storage/s3/read-checksum.ts'
import { figuresOf } from '../storage/s3/endpoint-list.ts'
import { countRequests, type RequestCounts } from '../storage/request-counts.ts'
import { createController } from '../util/cancel.ts'
import { systemClock } from '../util/clock.ts'
import { abortedFault, isFault, toFailure } from '../util/fault.ts'
import { sumRetries } from '../util/retry-counts.ts'
import { Semaphore } from '../util/semaphore.ts'
import type { Cleanup } from './cleanup.ts'
import type { Embedded } from './embedded.ts'
import { openEventLog } from './event-log.ts'
import { monitorHealth } from './health.ts'
import { foldSettings, memoryLimitOf, threadsOf, windowOf } from './plans.ts'
import { createRecorder, recordHealth, wallStart, type Recorder } from './recorder.ts'
import { openResultsFolder } from './results-folder.ts'
import type { RunRequest, Session } from './session.ts'
import { stepProgress } from './step-progress.ts'
import type { Target } from './target.ts'
import { readModeOf, shuffleSeedsOf } from './train-phase.ts'
import { verifiedFigures } from './verification.ts'
import { version } from './version.ts'

export interface OpenSession {
  readonly session: Session
  readonly recorder: Recorder
  /** Absent when no files were asked for. */
  readonly folder: string | undefined
  /** Tells the end of the run to the log. */
  readonly end: (error: unknown) => Promise<void>
}

export async function openSession(request: RunRequest, target: Target, { embedded, cleanup }: { embedded: Embedded | undefined; cleanup: Cleanup }): Promise<OpenSession> {
  const { loaded, flags, voice } = request
  const clock = systemClock
  const counts: RequestCounts = { requests: 0, retries: 0, errors: 0 }
  const store = await openStore(target.spec, countRequests(counts))
  cleanup.defer(() => store.close())
  const folder = request.files && flags.out !== '-' ? await openResultsFolder(flags.out ?? loaded.workload.output.folder ?? loaded.hydra.runDir, loaded.name, clock.wallMilliseconds()) : undefined
  const log = folder === undefined ? undefined : await openEventLog(path.join(folder, 'events.jsonl'))
  if (log) cleanup.defer(() => log.close())
  const controller = followSignal(request.signal, cleanup)
  const begin = beginOf(request, target)
  const recorder = createRecorder(begin, foldSettings(loaded, embedded !== undefined), { log, onEvent: stepProgress(voice, clock) })
  const monitor = monitorHealth(clock, async () => (embedded ? embedded.cpuSeconds() : 0))
  cleanup.defer(() => { monitor.stop() })
  const health = recordHealth(() => monitor.sample(), recorder.sink)
  cleanup.defer(() => health.stop())
  const session: Session = {
    request, target, store, clock, controller, sink: recorder.sink,
    memoryLimitBytes: begin.memoryLimitBytes, memory: new Semaphore(begin.memoryLimitBytes), threads: begin.threads, shuffleSeeds: shuffleSeedsOf(loaded.workload),
    verifyCounts: flags.verify ? createVerifyCounts() : undefined,
    takeCounts: () => {
      const { requests, retries, retriesBy } = counts
      counts.requests = counts.retries = 0
      delete counts.retriesBy
      return { requests, retries, ...(retriesBy ? { retriesBy } : {}) }
    },
    addCounts: ({ requests, retries, errors, retriesBy }) => {
      counts.requests += requests
      counts.retries += retries
      counts.errors += errors
      if (retriesBy) counts.retriesBy = sumRetries([counts.retriesBy, retriesBy])
    },
    sampleHealth: async () => { recorder.sink(await monitor.sample()) },
  }
  tellDrawnSeeds(session)
  const end = async (error: unknown): Promise<void> => {
    await health.stop()
    const last = await monitor.sample()
    const failure = error === undefined || isFault(error, 'aborted') ? undefined : toFailure(error)
    recorder.sink({
      type: 'run-end', at: last.at, status: error === undefined ? 'complete' : isFault(error, 'aborted') ? 'interrupted' : 'failed',
      ...(failure === undefined ? {} : { failure }), ...(last.clientCpuSeconds === undefined ? {} : { clientCpuSeconds: last.clientCpuSeconds }),
      peakRssBytes: monitor.peakRssBytes, ...(session.memory.peak > 0 ? { peakInFlightBytes: session.memory.peak } : {}), cores: os.availableParallelism(), errors: counts.errors,
      ...(session.verifyCounts ? { verified: verifiedFigures(session.verifyCounts) } : {}),
      ...(target.spec.kind === 's3' && target.spec.readChecks ? { readChecks: checkCounts(target.spec.readChecks) } : {}),
      ...(target.spec.kind === 's3' && target.spec.endpoints ? { endpoints: figuresOf(target.spec.endpoints) } : {}),
    })
    recorder.flush()
  }
  return { session, recorder, folder, end }
}

/** A random shuffle can be repeated only where its seed is known. */
function tellDrawnSeeds({ request: { loaded: { workload: { reader } } }, sink, clock, shuffleSeeds: { file, sample } }: Session): void {
  const drawn = [...(reader.fileShuffle === 'random' ? [`file_shuffle ${file}`] : []), ...(reader.sampleShuffle === 'random' ? [`sample_shuffle ${sample}`] : [])]
  if (drawn.length > 0) sink({ type: 'warning', at: clock.now(), message: `seeds drawn for this run: ${drawn.join(', ')}` })
}

/** The run's own controller: aborted by the caller's signal, with a Fault whatever its reason is, or by the first failure. */
function followSignal(signal: AbortSignal, cleanup: Cleanup): AbortController {
  const controller = createController()
  const follow = (): void => { controller.abort(isFault(signal.reason) ? signal.reason : abortedFault()) }
  if (signal.aborted) follow()
  else signal.addEventListener('abort', follow, { once: true })
  cleanup.defer(() => { signal.removeEventListener('abort', follow) })
  return controller
}

function beginOf({ loaded: { workload, name }, flags }: RunRequest, target: Target): RunBegin {
  return {
    type: 'run-begin', schema: eventSchema, at: systemClock.now(), wallStart: wallStart(systemClock), version, workload: name, target: target.uri,
    ...(target.endpoint === undefined ? {} : { endpoint: target.endpoint }),
    transport: target.spec.kind === 's3' ? target.spec.transport : target.spec.kind,
    format: workload.dataset.format, decode: flags.decode, readMode: readModeOf(workload, flags), dialect: flags.dialect,
    accelerators: flags.accelerators, threads: threadsOf(workload, flags), readsInFlight: batchesInWork(workload.reader.readThreads) * windowOf(workload),
    memoryLimitBytes: memoryLimitOf(flags), seed: workload.train.seed,
  }
}
