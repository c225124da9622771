// What is gathered of one epoch: its two phases and when they were.

import type { Nanoseconds } from '../util/units.ts'
import type { Batch, BlockBegin, BlockEnd, EpochBegin, EpochEnd, Step, TrainEnd } from './events.ts'
import { PhaseFold, type PhaseRules } from './phase-fold.ts'
import type { EpochSummary, PhaseSummary } from './summary.ts'
import type { WindowSums } from './window.ts'

export type EpochEvent = EpochBegin | EpochEnd | TrainEnd | BlockBegin | BlockEnd | Step | Batch

export class EpochFold {
  readonly epoch: number
  #beginAt: Nanoseconds
  #stepsExpected = 0
  #trainEndAt: Nanoseconds | undefined
  #end: EpochEnd | undefined
  readonly #phases = { train: new PhaseFold('train'), eval: new PhaseFold('eval') }
  #evaluated = false

  /** `beginAt` holds until the epoch-begin event comes: batches may be read ahead of it. */
  constructor(epoch: number, beginAt: Nanoseconds) {
    this.epoch = epoch
    this.#beginAt = beginAt
  }

  add(event: EpochEvent): void {
    if ('phase' in event && event.phase === 'eval') this.#evaluated = true
    switch (event.type) {
      case 'epoch-begin':
        this.#beginAt = event.at
        this.#stepsExpected = event.stepsExpected
        this.#phases.train.expect(event.stepsExpected)
        break
      case 'epoch-end': this.#end = event; break
      case 'train-end': this.#trainEndAt = event.at; break
      case 'block-begin': this.#phases[event.phase].beginBlock(event); break
      case 'block-end': this.#phases[event.phase].endBlock(event); break
      case 'step': this.#phases[event.phase].addStep(event); break
      case 'batch': this.#phases[event.phase].addBatch(event); break
    }
  }

  /** `trainWindow`: what figures of the training over several epochs are made of. */
  summary(rules: PhaseRules): { readonly epoch: EpochSummary; readonly trainWindow: WindowSums } {
    const train = this.#phases.train.summary(rules)
    const evaluation = this.#evaluated ? this.#phases.eval.summary(rules).phase : undefined
    return { epoch: this.#epochSummary(train.phase, evaluation), trainWindow: train.window }
  }

  #epochSummary(train: PhaseSummary, evaluation: PhaseSummary | undefined): EpochSummary {
    return {
      epoch: this.epoch, beginAt: this.#beginAt, trainEndAt: this.#trainEndAt, endAt: this.#end?.at,
      complete: this.#trainEndAt !== undefined && this.#end !== undefined && (!evaluation || evaluation.ranks.every((blocks) => blocks.every((block) => block.steps.length === block.stepsExpected))),
      stepsExpected: this.#stepsExpected,
      train, eval: evaluation,
      rssBytes: this.#end?.rssBytes, heapUsedBytes: this.#end?.heapUsedBytes,
    }
  }
}
