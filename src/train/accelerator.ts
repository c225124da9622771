// One simulated accelerator: waits for its batch, computes, meets the others, and tells what that took.
// An accelerator is an async loop, not a process; the thread it runs in never fetches or decodes.

import type { BatchReply } from '../loader/protocol.ts'
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
  /** All accelerators of the run meet here after every step. Absent in evaluation, where DLIO has no barrier. */
  readonly barrier?: ((signal: AbortSignal) => Promise<void>) | undefined
  readonly clock: Clock
  readonly sink: EventSink
  readonly signal: AbortSignal
}

/**
 * Runs through `batches` as one block. Source: DLIO's _train and _eval: the clock of a step starts when the one before
 * has ended, compute follows load at once, and the barrier's wait belongs to the block but to neither of the two.
 */
export async function runBlock(batches: AsyncIterable<BatchReply>, options: AcceleratorOptions): Promise<number> {
  const { phase, epoch, rank, clock, sink, signal, stepsExpected } = options
  const block = 1
  let step = 0
  sink({ type: 'block-begin', phase, epoch, block, rank, at: clock.now(), stepsExpected })
  try {
    let loadBeginAt = clock.now()
    for await (const _ of batches) {
      const loadEndAt = clock.now()
      const computeWanted = options.nextComputeTime()
      const computeBeginAt = clock.now()
      if (computeWanted > 0) await clock.sleep(computeWanted, signal)
      const computeEndAt = clock.now()
      await options.barrier?.(signal)
      const barrierEndAt = clock.now()
      step++
      sink({ type: 'step', phase, epoch, block, rank, step, loadBeginAt, loadEndAt, computeBeginAt, computeEndAt, barrierEndAt, samples: options.batchSize, computeWanted })
      loadBeginAt = barrierEndAt
    }
  } finally {
    sink({ type: 'block-end', phase, epoch, block, rank, at: clock.now(), steps: step })
  }
  return step
}
