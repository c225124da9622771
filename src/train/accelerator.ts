// One simulated accelerator: waits for its batch, computes, meets the others, and tells what that took.
// An accelerator is an async loop, not a process; the thread it runs in never fetches or decodes.

import type { LoadedBatch } from '../loader/loader.ts'
import type { EventSink, Phase } from '../metrics/events.ts'
import type { Clock } from '../util/clock.ts'
import type { Nanoseconds } from '../util/units.ts'

export interface AcceleratorOptions {
  readonly phase: Phase
  readonly epoch: number
  readonly rank: number
  readonly stepsExpected: number
  readonly batchSize: number
  /** How long the next step computes. */
  readonly nextComputeTime: () => Nanoseconds
  /** All accelerators of the run meet here after every step, and hear when the last of them came. Absent in evaluation, where DLIO has no barrier. */
  readonly barrier?: ((signal: AbortSignal) => Promise<Nanoseconds>) | undefined
  readonly clock: Clock
  readonly sink: EventSink
  readonly signal: AbortSignal
}

/**
 * Runs through `batches` as one block. Source: DLIO's _train and _eval: the clock of a step starts when the one before
 * has ended, compute follows load at once, and the barrier's wait belongs to the block but to neither of the two.
 * Accelerators are simulated at the same time in one thread, so what happens to all of them at once is not timed where each
 * has its turn: they leave the barrier when its last party came, a batch is there when its reply came, and computing ends at
 * a moment that is counted from there. What a turn comes late by is compute that lasts too long, and is told as that.
 */
export async function runBlock(batches: AsyncIterable<LoadedBatch>, options: AcceleratorOptions): Promise<number> {
  const { phase, epoch, rank, clock, sink, signal, stepsExpected } = options
  const block = 1
  let step = 0
  sink({ type: 'block-begin', phase, epoch, block, rank, at: clock.now(), stepsExpected })
  try {
    let loadBeginAt = clock.now()
    for await (const { readyAt } of batches) {
      const loadEndAt = Math.max(loadBeginAt, readyAt)
      const computeBeginAt = loadEndAt
      const computeWanted = options.nextComputeTime()
      if (computeWanted > 0) await clock.sleepUntil(computeBeginAt + computeWanted, signal)
      const computeEndAt = computeWanted > 0 ? clock.now() : computeBeginAt
      const barrierEndAt = options.barrier ? await options.barrier(signal) : computeEndAt
      step++
      sink({ type: 'step', phase, epoch, block, rank, step, loadBeginAt, loadEndAt, computeBeginAt, computeEndAt, barrierEndAt, samples: options.batchSize, computeWanted })
      loadBeginAt = barrierEndAt
    }
  } finally {
    sink({ type: 'block-end', phase, epoch, block, rank, at: clock.now(), steps: step })
  }
  return step
}
