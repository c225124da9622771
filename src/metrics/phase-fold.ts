// What is gathered of one phase of one epoch while it runs, and what it comes to.

import { sumRetries, type RetryCounts } from '../util/retry-counts.ts'
import { toSeconds, type Nanoseconds } from '../util/units.ts'
import { epochFigure, evalFigures, trainFigures, type DlioFigures, type DlioRules } from './accelerator-utilization.ts'
import type { Batch, BlockBegin, BlockEnd, Phase, Step } from './events.ts'
import { mean, sum } from './sample-statistics.ts'
import { secondsOf, StepColumns } from './step-columns.ts'
import type { BlockSummary, FoldSettings, PhaseSummary } from './summary.ts'
import { windowSums, windowSummary, type WindowSums } from './window.ts'

interface BlockState {
  readonly block: number
  readonly rank: number
  readonly beginAt: Nanoseconds
  endAt: Nanoseconds | undefined
  readonly stepsExpected: number
  readonly steps: StepColumns
}

export interface PhaseRules {
  readonly dialect: DlioRules['dialect']
  readonly settings: FoldSettings
}

export class PhaseFold {
  readonly phase: Phase
  /** `${rank}/${block}` → block, in the order they began. */
  readonly #blocks = new Map<string, BlockState>()
  readonly #sums = { bytes: 0, objects: 0, requests: 0, retries: 0, errors: 0, fetch: 0, decode: 0, reading: 0 }
  #retriesBy: RetryCounts = {}
  /** Steps of the whole epoch; for evaluation its only block says it. */
  #stepsExpected = 0

  constructor(phase: Phase) { this.phase = phase }

  expect(steps: number): void { this.#stepsExpected = steps }

  beginBlock(event: BlockBegin): void {
    if (this.phase === 'eval') this.#stepsExpected = Math.max(this.#stepsExpected, event.stepsExpected)
    this.#open(event, event.at, event.stepsExpected)
  }

  endBlock(event: BlockEnd): void {
    const block = this.#blocks.get(`${event.rank}/${event.block}`)
    if (block) block.endAt = event.at
  }

  addStep(event: Step): void {
    const block = this.#blocks.get(`${event.rank}/${event.block}`) ?? this.#open(event, event.loadBeginAt, this.#stepsExpected)
    block.steps.add(event)
  }

  addBatch(event: Batch): void {
    const sums = this.#sums
    sums.bytes += event.bytes
    sums.objects += event.objects
    sums.requests += event.total.length + event.errors
    sums.retries += event.retries
    sums.errors += event.errors
    if (event.retriesBy) this.#retriesBy = sumRetries([this.#retriesBy, event.retriesBy])
    sums.fetch += event.fetch
    sums.decode += event.decode
    sums.reading += event.endAt - event.beginAt
  }

  #open(at: { readonly rank: number; readonly block: number }, beginAt: Nanoseconds, stepsExpected: number): BlockState {
    const state: BlockState = { block: at.block, rank: at.rank, beginAt, endAt: undefined, stepsExpected, steps: new StepColumns() }
    this.#blocks.set(`${at.rank}/${at.block}`, state)
    return state
  }

  /** Costs time in proportion to the steps. `window`: what figures over several epochs are made of. */
  summary(rules: PhaseRules): { readonly phase: PhaseSummary; readonly window: WindowSums } {
    const { settings: { excludeStartSteps, excludeEndSteps } } = rules
    const window = windowSums({ blocks: [...this.#blocks.values()], firstStep: excludeStartSteps + 1, lastStep: this.#stepsExpected - excludeEndSteps })
    return { phase: this.#phaseSummary(rules, window), window }
  }

  #phaseSummary(rules: PhaseRules, window: WindowSums): PhaseSummary {
    const blocks = [...this.#blocks.values()].map((state) => this.#blockSummary(state, rules))
    const numRanks = Math.max(0, ...blocks.map((block) => block.rank + 1))
    const ranks = Array.from({ length: numRanks }, (_, rank) => blocks.filter((block) => block.rank === rank).toSorted((a, b) => a.block - b.block))
    const dlioRanks = ranks.map(rankFigures)
    const sums = this.#sums
    return {
      phase: this.phase, ranks, seconds: phaseSeconds(blocks),
      steps: Math.max(0, ...ranks.map((own) => sum(own.map((block) => block.steps.length)))),
      stepsExpected: this.#stepsExpected,
      samples: sum(blocks.map((block) => sum(block.steps.column('samples')))),
      bytes: sums.bytes, objects: sums.objects, requests: sums.requests, retries: sums.retries, retriesBy: this.#retriesBy, errors: sums.errors,
      fetchSeconds: toSeconds(sums.fetch), decodeSeconds: toSeconds(sums.decode), readSeconds: toSeconds(sums.reading),
      window: windowSummary([window]),
      dlioRanks,
      dlio: { auPercent: mean(dlioRanks.map((rank) => rank.auPercent ?? 0)), samplesPerSecond: sum(dlioRanks.map((rank) => rank.samplesPerSecond ?? 0)) },
    }
  }

  #blockSummary(state: BlockState, { dialect, settings }: PhaseRules): BlockSummary {
    const { steps, beginAt } = state
    const endAt = state.endAt ?? (steps.length > 0 ? steps.at(steps.length - 1).barrierEndAt : beginAt)
    const figures = this.phase === 'train' ? trainFigures : evalFigures
    const dlio = figures(
      { computeSeconds: secondsOf(steps, 'compute'), procSeconds: secondsOf(steps, 'proc'), wallSeconds: toSeconds(endAt - beginAt) },
      {
        dialect, excludeStartSteps: settings.excludeStartSteps, excludeEndSteps: settings.excludeEndSteps, stepsExpected: this.#stepsExpected,
        batchSize: this.phase === 'train' ? settings.batchSize : settings.batchSizeEval,
      },
    )
    return { block: state.block, rank: state.rank, beginAt, endAt, ended: state.endAt !== undefined, stepsExpected: state.stepsExpected, steps, dlio }
  }
}

function rankFigures(blocks: readonly BlockSummary[]): DlioFigures {
  const weighted = (key: keyof DlioFigures): number => epochFigure(blocks.map((block) => ({ value: block.dlio[key], steps: block.steps.length })))
  return { auPercent: weighted('auPercent'), samplesPerSecond: weighted('samplesPerSecond') }
}

/** Time in which at least one rank was in a block, blocks of one number taken as one. */
function phaseSeconds(blocks: readonly BlockSummary[]): number {
  const spans = new Map<number, { begin: Nanoseconds; end: Nanoseconds }>()
  for (const { block, beginAt, endAt } of blocks) {
    const span = spans.get(block) ?? { begin: beginAt, end: endAt }
    spans.set(block, { begin: Math.min(span.begin, beginAt), end: Math.max(span.end, endAt) })
  }
  return sum([...spans.values()].map(({ begin, end }) => toSeconds(end - begin)))
}
