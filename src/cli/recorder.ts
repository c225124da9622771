// Takes the events of a run: folds them and writes them down, a little after they happened. An accelerator that has
// computed asks for its next batch at once: 64 of them would otherwise wait for one another's events.

import type { Health, RunBegin, RunEvent } from '../metrics/events.ts'
import { SummaryFold } from '../metrics/fold.ts'
import type { FoldSettings, RunSummary } from '../metrics/summary.ts'
import type { Clock } from '../util/clock.ts'
import { Backlog } from './backlog.ts'
import type { EventLog } from './event-log.ts'

/** A step or batch is not worth a look at the clock; this often is enough to see an event loop that stalls. Milliseconds. */
const healthInterval = 1000

export interface Recorder {
  readonly sink: (event: RunEvent) => void
  /** Takes in what is still waiting. To be called before the log is closed. */
  flush(): void
  /** Of all events so far. */
  summary(): RunSummary
}

export function createRecorder(begin: RunBegin, settings: FoldSettings, outputs: { log?: EventLog | undefined; onEvent?: ((event: RunEvent) => void) | undefined }): Recorder {
  const fold = new SummaryFold(settings)
  const backlog = new Backlog<RunEvent>((event) => {
    fold.add(event)
    outputs.log?.write(event)
    outputs.onEvent?.(event)
  })
  const sink = (event: RunEvent): void => { backlog.add(event) }
  const flush = (): void => { backlog.flush() }
  sink(begin)
  return { sink, flush, summary() { flush(); return fold.summary() } }
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
