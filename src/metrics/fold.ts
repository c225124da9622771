// The event log becomes a summary: a pure fold, in one go or while the run goes on.
// Memory: 56 bytes a step and rank (DLIO's files list steps), 8 a second, and two histograms of at most 128 kB; batches and requests are summed up.

import { Fault } from '../util/fault.ts'
import { toSeconds, type Nanoseconds } from '../util/units.ts'
import { evalRunFigures, trainRunFigures, type DlioRunFigures } from './accelerator-utilization.ts'
import { eventSchema, type DatasetReady, type GenerateEnd, type Health, type RunBegin, type RunEnd, type RunEvent, type Warning } from './events.ts'
import { EpochFold } from './epoch-fold.ts'
import { Histogram } from './histogram.ts'
import { limitOf } from './limit.ts'
import { notesOf } from './notes.ts'
import { limitFacts, runTotals } from './run-totals.ts'
import type { FoldSettings, GenerationSummary, Goal, HealthSummary, RunSummary } from './summary.ts'

/** @throws {Fault} 'usage' when the log does not begin with a run-begin event of this schema. */
export function foldEvents(events: Iterable<RunEvent>, settings: FoldSettings): RunSummary {
  const fold = new SummaryFold(settings)
  for (const event of events) fold.add(event)
  return fold.summary()
}

export class SummaryFold {
  readonly #settings: FoldSettings
  #run: RunBegin | undefined
  #end: RunEnd | undefined
  #generation: GenerateEnd | undefined
  #dataset: DatasetReady | undefined
  #lastAt: Nanoseconds = 0
  readonly #epochs = new Map<number, EpochFold>()
  readonly #latency = { firstByte: new Histogram(), total: new Histogram() }
  readonly #health = { cpuSeconds: undefined as number | undefined, peakRssBytes: 0, loopDelays: [] as number[] }
  /** Nanoseconds that compute steps were asked to last, and lasted. */
  readonly #compute = { wanted: 0, lasted: 0 }
  /** CPU time used up, and when that was read, before the first epoch: what generation used is not training's. */
  #beforeTraining: { at: Nanoseconds; cpuSeconds: number } | undefined
  readonly #warnings: Warning[] = []

  constructor(settings: FoldSettings) { this.#settings = settings }

  /** Constant time, whatever came before. */
  add(event: RunEvent): void {
    if (this.#run === undefined) {
      this.#run = begun(event)
      this.#beforeTraining = { at: this.#run.at, cpuSeconds: 0 }
    }
    this.#lastAt = Math.max(this.#lastAt, 'at' in event ? event.at : 'endAt' in event ? event.endAt : event.barrierEndAt)
    switch (event.type) {
      case 'run-begin': break
      case 'run-end': this.#end = event; break
      case 'generate-end': this.#generation = event; break
      case 'dataset': this.#dataset = event; break
      case 'warning': this.#warnings.push(event); break
      case 'health': this.#addHealth(event); break
      case 'batch':
        for (const time of event.firstByte) this.#latency.firstByte.record(time)
        for (const time of event.total) this.#latency.total.record(time)
        this.#epoch(event.epoch).add(event)
        break
      case 'epoch-end':
        this.#health.peakRssBytes = Math.max(this.#health.peakRssBytes, event.rssBytes)
        this.#epoch(event.epoch).add(event)
        break
      case 'epoch-begin': case 'train-end': case 'block-begin': case 'block-end':
        this.#epoch(event.epoch).add(event)
        break
      case 'step':
        this.#compute.wanted += event.computeWanted
        if (event.computeWanted > 0) this.#compute.lasted += event.computeEndAt - event.computeBeginAt
        this.#epoch(event.epoch).add(event)
        break
    }
  }

  /** The summary of what was added so far. Costs time in proportion to all steps. */
  summary(): RunSummary {
    const run = this.#run ?? begun(undefined)
    const [settings, end, dataset, warnings] = [this.#settings, this.#end, this.#dataset, [...this.#warnings]]
    const rules = { dialect: run.dialect, settings }
    const folded = [...this.#epochs.values()].toSorted((a, b) => a.epoch - b.epoch).map((fold) => fold.summary(rules))
    const epochs = folded.map(({ epoch }) => epoch)
    const trained = epochs.map((epoch) => epoch.train)
    const evaluated = epochs.flatMap((epoch) => epoch.eval ?? [])
    const endAt = end?.at ?? this.#lastAt
    const totals = runTotals([...trained, ...evaluated], folded.map(({ trainWindow }) => trainWindow))
    const generation = this.#generation && generationOf(this.#generation)
    const latency = { firstByte: copyOf(this.#latency.firstByte), total: copyOf(this.#latency.total) }
    const health = this.#healthSummary()
    const dlioTrain = trainRunFigures(trained.map((phase) => phase.dlioRanks))
    const before = this.#beforeTraining!
    const trainingCpu = health.clientCpuSeconds === undefined ? undefined : { seconds: health.clientCpuSeconds - before.cpuSeconds, wallSeconds: toSeconds(endAt - before.at) }
    const known = {
      run, settings, status: end?.status ?? 'interrupted', failure: end?.failure, endAt, elapsedSeconds: toSeconds(endAt - run.at),
      generation, otherErrors: end?.errors ?? 0, dataset, epochs, totals, latency, dlioTrain, dlioEval: evalRunFigures(evaluated.map((phase) => phase.dlioRanks)),
      health, warnings, endpoints: end?.endpoints, readChecks: end?.readChecks, verified: end?.verified, goal: end?.status === 'complete' ? goalOf(settings, totals.window.auPercent, dlioTrain) : undefined,
      limit: limitOf(limitFacts({ run, totals, latency, health, trainingCpu })),
    }
    return { ...known, notes: notesOf(known) }
  }

  #epoch(number: number): EpochFold {
    let epoch = this.#epochs.get(number)
    if (!epoch) this.#epochs.set(number, epoch = new EpochFold(number, this.#lastAt))
    return epoch
  }

  #addHealth(event: Health): void {
    const health = this.#health
    health.cpuSeconds = event.clientCpuSeconds ?? health.cpuSeconds
    health.peakRssBytes = Math.max(health.peakRssBytes, event.rssBytes)
    // Before the first epoch this thread generates and lists: it is late with its own work, and nothing is stamped.
    if (this.#epochs.size > 0) health.loopDelays.push(event.loopDelayP99Seconds)
    if (this.#epochs.size === 0 && event.clientCpuSeconds !== undefined) this.#beforeTraining = { at: event.at, cpuSeconds: event.clientCpuSeconds }
  }

  #healthSummary(): HealthSummary {
    const peak = Math.max(this.#end?.peakRssBytes ?? 0, this.#health.peakRssBytes)
    const delays = Float64Array.from(this.#health.loopDelays).toSorted()
    return {
      clientCpuSeconds: this.#end?.clientCpuSeconds ?? this.#health.cpuSeconds, cores: this.#end?.cores,
      peakRssBytes: peak > 0 ? peak : undefined, peakInFlightBytes: this.#end?.peakInFlightBytes, loopDelayP99Seconds: delays.at(-1), usualLoopDelaySeconds: delays[Math.ceil(delays.length / 2) - 1],
      computeErrorPercent: this.#compute.wanted > 0 ? 100 * (this.#compute.lasted / this.#compute.wanted - 1) : undefined,
    }
  }
}

function begun(event: RunEvent | undefined): RunBegin {
  if (event?.type !== 'run-begin') throw beginFault(event === undefined ? 'nothing' : `a ${event.type} event`)
  if (event.schema !== eventSchema) throw beginFault(`schema ${String(event.schema)}`)
  return event
}

function beginFault(found: string): Fault {
  return new Fault('usage', `the event log begins with ${found}, not with a run-begin event of ${eventSchema}`, {
    info: {}, hint: 'give the whole event log that a run of this version wrote',
  })
}

function generationOf(event: GenerateEnd): GenerationSummary {
  const { beginAt, endAt, objectsWritten, objectsKept, bytesWritten, requests, retries, retriesBy = {} } = event
  return { beginAt, endAt, seconds: toSeconds(endAt - beginAt), objectsWritten, objectsKept, bytesWritten, requests, retries, retriesBy }
}

function goalOf(settings: FoldSettings, auPercent: number | undefined, dlio: DlioRunFigures): Goal | undefined {
  if (settings.auGoal === undefined || auPercent === undefined || dlio.auMean === undefined) return undefined
  const goalPercent = settings.auGoal * 100
  return { goalPercent, auPercent, met: auPercent >= goalPercent, dlioAuPercent: dlio.auMean, dlioMet: dlio.auMean >= goalPercent }
}

/** The fold goes on recording after a summary was given out. */
function copyOf(histogram: Histogram): Histogram {
  const copy = new Histogram()
  copy.merge(histogram)
  return copy
}
