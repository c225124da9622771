// Runs that DLIO itself made, read back into events. Its AU and throughput come from clock readings of its own, some 0.2 ms
// off the dates it writes, so a block's wall time is worked out of the AU (or, where that is 0, the throughput) that DLIO states.

import { readdirSync, readFileSync } from 'node:fs'
import { eventSchema, type Phase, type RunEvent } from '../../src/metrics/events.ts'
import { fixture } from '../support/root.ts'

interface RankOutput {
  readonly load: Record<string, number[]>
  readonly proc: Record<string, number[]>
  readonly compute: Record<string, number[]>
  readonly au: Record<string, number>
  readonly throughput: Record<string, number>
}

interface Span { readonly start: string; readonly end: string }

export interface DlioRun {
  readonly name: string
  readonly log: string
  /** Parsed summary.json. */
  readonly summary: Record<string, unknown> & { readonly start: string; readonly end: string; readonly num_accelerators: number; readonly num_files_train: number; readonly num_files_eval: number; readonly metric: Record<string, unknown> }
  readonly outputs: readonly Record<string, RankOutput>[]
  readonly stats: readonly Record<string, Span & Record<string, Span>>[]
  /** Steps of an epoch: those that were made. */
  readonly steps: number
}

export const dlioBatchSize = 2

export function dlioRunNames(): readonly string[] {
  return readdirSync(fixture('dlio-runs'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

export function readDlioRun(name: string): DlioRun {
  const text = (file: string): string => readFileSync(fixture('dlio-runs', name, file), 'utf8')
  const summary = JSON.parse(text('summary.json')) as DlioRun['summary']
  const ranks = Array.from({ length: summary.num_accelerators }, (_, rank) => rank)
  const outputs = ranks.map((rank) => JSON.parse(text(`${rank}_output.json`)) as DlioRun['outputs'][number])
  const stats = ranks.map((rank) => JSON.parse(text(`${rank}_per_epoch_stats.json`)) as DlioRun['stats'][number])
  const first = outputs[0]!['1']!.compute
  const steps = Object.keys(first).filter((block) => block !== 'eval').reduce((sum, block) => sum + first[block]!.length, 0)
  return { name, log: text('dlio.log'), summary, outputs, stats, steps }
}

export interface DlioRunBlock {
  readonly epoch: number
  readonly rank: number
  /** "block1", "eval". */
  readonly name: string
  readonly phase: Phase
  readonly loadSeconds: readonly number[]
  readonly procSeconds: readonly number[]
  readonly computeSeconds: readonly number[]
  readonly auPercent: number
  readonly samplesPerSecond: number
  readonly stepsExpected: number
  /** By DLIO's dates, and by its figures. */
  readonly datedSeconds: number
  readonly wallSeconds: number
  readonly beginAt: number
}

export function blocksOf(run: DlioRun): readonly DlioRunBlock[] {
  return run.outputs.flatMap((output, rank) => Object.keys(output).filter((key) => /^\d+$/.test(key)).flatMap((epoch) => Object.keys(output[epoch]!.load).map((name) => {
    const { load, proc, compute, au, throughput } = output[epoch]!
    const span = run.stats[rank]![epoch]![name]!
    const phase: Phase = name === 'eval' ? 'eval' : 'train'
    const [p, c] = [proc[name]!, compute[name]!]
    const outside = p[0] ?? 0
    const windowCompute = c.slice(1).reduce((sum, value) => sum + value, 0)
    const byRate = phase === 'eval' ? c.length / throughput[name]! * dlioBatchSize : (c.length - 2) / throughput[name]! * dlioBatchSize + outside
    const wallSeconds = au[name]! > 0 ? windowCompute / au[name]! * 100 + outside : byRate
    return {
      epoch: Number(epoch), rank, name, phase, loadSeconds: load[name]!, procSeconds: p, computeSeconds: c, auPercent: au[name]!, samplesPerSecond: throughput[name]!,
      stepsExpected: phase === 'eval' ? c.length : run.steps, datedSeconds: (nanoseconds(span.end) - nanoseconds(span.start)) / 1e9, wallSeconds, beginAt: nanoseconds(span.start),
    }
  })))
}

/** Nanoseconds since the day began: DLIO's dates have microseconds. */
export function nanoseconds(date: string): number {
  const [, hours, minutes, seconds] = /T(\d+):(\d+):([\d.]+)/.exec(date)!
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e6) * 1000
}

/** The first date in a line of the log that holds `text`. */
export function loggedAt(run: DlioRun, text: string): number {
  const found = run.log.split('\n').find((line) => line.includes(text))
  if (found === undefined) throw new Error(`${run.name}: no line with "${text}"`)
  return nanoseconds(/\S+T[\d:.]+/.exec(found)![0])
}

export function eventsOf(run: DlioRun): readonly RunEvent[] {
  const ranks = run.summary.num_accelerators
  const events: RunEvent[] = [{
    type: 'run-begin', schema: eventSchema, at: nanoseconds(run.summary.start), wallStart: `${run.summary.start}Z`, version: '0.1.0', workload: 'fixture', target: 'file:data', transport: 'direct', format: 'npz',
    decode: 'full', readMode: 'object', dialect: 'argonne', accelerators: ranks, threads: 1, readsInFlight: 1, memoryLimitBytes: 2 ** 30, seed: 123,
  }]
  const planned = loggedAt(run, 'Max steps per epoch')
  events.push({ type: 'dataset', beginAt: planned, endAt: planned, filesTrain: run.summary.num_files_train, filesEval: run.summary.num_files_eval, bytesTrain: 0, bytesEval: 0, samplesPerFile: 1, recordBytes: 4096, stepsPerEpoch: run.steps, stepsPerEval: 0, requests: 1, retries: 0 })
  const blocks = blocksOf(run)
  for (const epoch of Object.keys(run.stats[0]!)) {
    events.push({ type: 'epoch-begin', epoch: Number(epoch), at: nanoseconds(run.stats[0]![epoch]!.start), stepsExpected: run.steps })
    const steps = Array.from({ length: ranks }, () => 0)
    for (const own of blocks.filter((candidate) => String(candidate.epoch) === epoch)) events.push(...blockEventsOf(own, steps))
    events.push({ type: 'train-end', epoch: Number(epoch), at: loggedAt(run, `Ending epoch ${epoch} `), steps: run.steps })
    events.push({ type: 'epoch-end', epoch: Number(epoch), at: nanoseconds(run.stats[0]![epoch]!.end), rssBytes: 1, heapUsedBytes: 1 })
  }
  events.push({ type: 'run-end', at: nanoseconds(run.summary.end), status: 'complete', peakRssBytes: 1, cores: 2, errors: 0 })
  return events
}

/** Steps follow each other within a block as its lists say; `stepsBefore` counts each rank's steps of the epoch. */
function blockEventsOf(own: DlioRunBlock, stepsBefore: number[]): readonly RunEvent[] {
  const { phase, epoch, rank } = own
  const block = phase === 'eval' ? 1 : Number(own.name.slice('block'.length))
  const events: RunEvent[] = [{ type: 'block-begin', phase, epoch, block, rank, at: own.beginAt, stepsExpected: phase === 'eval' ? own.stepsExpected : own.computeSeconds.length }]
  let now = own.beginAt
  own.loadSeconds.forEach((load, i) => {
    const computeEndAt = now + whole(own.procSeconds[i]!)
    const step = phase === 'eval' ? i + 1 : ++stepsBefore[rank]!
    events.push({
      type: 'step', phase, epoch, block, rank, step, loadBeginAt: now, loadEndAt: now + whole(load), computeBeginAt: computeEndAt - whole(own.computeSeconds[i]!), computeEndAt,
      barrierEndAt: computeEndAt, samples: dlioBatchSize, computeWanted: 50e6,
    })
    now = computeEndAt
  })
  events.push({ type: 'block-end', phase, epoch, block, rank, at: own.beginAt + whole(own.wallSeconds), steps: own.loadSeconds.length })
  return events
}

function whole(seconds: number): number {
  return Math.round(seconds * 1e9)
}
