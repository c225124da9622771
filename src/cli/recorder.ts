// Takes the events of a run: folds them while they happen, and writes them down.

import type { Health, RunBegin, RunEvent } from '../metrics/events.ts'
import { SummaryFold } from '../metrics/fold.ts'
import type { FoldSettings, RunSummary } from '../metrics/summary.ts'
import type { Clock } from '../util/clock.ts'
import type { EventLog } from './event-log.ts'

/** A step or batch is not worth a look at the clock; this often is enough to see an event loop that stalls. Milliseconds. */
const healthInterval = 1000

export interface Recorder {
  readonly sink: (event: RunEvent) => void
  summary(): RunSummary
}

export function createRecorder(begin: RunBegin, settings: FoldSettings, outputs: { log?: EventLog | undefined; onEvent?: ((event: RunEvent) => void) | undefined }): Recorder {
  const fold = new SummaryFold(settings)
  const sink = (event: RunEvent): void => {
    fold.add(event)
    outputs.log?.write(event)
    outputs.onEvent?.(event)
  }
  sink(begin)
  return { sink, summary: () => fold.summary() }
}

/** Samples the client's health once a second until stopped; `stop` waits for a sample that is under way. */
export function recordHealth(sample: () => Promise<Health>, sink: (event: RunEvent) => void): { stop(): Promise<void> } {
  let last: Promise<void> = Promise.resolve()
  const record = async (): Promise<void> => { sink(await sample()) }
  const timer = setInterval(() => { last = last.then(record) }, healthInterval)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await last
    },
  }
}

/** The wall clock beside a point of the monotonic one. */
export function wallStart(clock: Clock): string {
  return new Date(clock.wallMilliseconds()).toISOString()
}
