// Epochs × accelerators × (train, evaluation): emits events; knows no file and no terminal.

import type { Communicator } from '../collective/communicator.ts'
import { loadBatches, type LoaderOptions } from '../loader/loader.ts'
import type { BatchReply, BatchTask } from '../loader/protocol.ts'
import type { Batch, EventSink, Phase } from '../metrics/events.ts'
import type { Clock } from '../util/clock.ts'
import { MersenneTwister } from '../util/random.ts'
import { fromSeconds } from '../util/units.ts'
import type { TimeDistribution } from '../workload/distribution.ts'
import { drawTime } from '../workload/draw-time.ts'
import { runBlock } from './accelerator.ts'
import { Barrier } from './barrier.ts'
import { evaluatesAfter, type TrainPlan } from './plan.ts'

export interface TrainContext {
  readonly plan: TrainPlan
  /** The batches of one accelerator and epoch, in order. */
  readonly tasksOf: (phase: Phase, epoch: number, rank: number) => Iterable<BatchTask>
  readonly runner: LoaderOptions['runner']
  /** The processes of this job: they meet at every step's barrier. */
  readonly communicator: Communicator
  readonly memory: LoaderOptions['memory']
  readonly costOf: (phase: Phase, samples: Uint32Array) => number
  readonly clock: Clock
  readonly sink: EventSink
  /** Aborted: steps in progress end, everything measured so far has been told, and `train` rejects with the signal's Fault. */
  readonly signal: AbortSignal
  /** Aborts the run's signal: the first failure of an accelerator stops the others, and the reads in the workers. */
  readonly abort: (reason: unknown) => void
  /** Memory of the process in bytes, for the events. */
  readonly memoryUsage: () => { rss: number; heapUsed: number }
  /** Called between epochs, when nothing is measured. */
  readonly onEpochEnd?: () => Promise<void> | void
}

export async function train(context: TrainContext): Promise<void> {
  const { plan, sink, clock, signal } = context
  await clock.prepare?.()
  const randoms = Array.from({ length: plan.accelerators }, (_, rank) => new MersenneTwister(plan.seed + rank))
  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    sink({ type: 'epoch-begin', epoch, at: clock.now(), stepsExpected: plan.stepsPerEpoch })
    try {
      const steps = await runPhase(context, randoms, { phase: 'train', epoch, steps: plan.stepsPerEpoch, batchSize: plan.batchSize, time: plan.computationTime })
      sink({ type: 'train-end', epoch, at: clock.now(), steps })
      const { evaluation } = plan
      if (evaluation && evaluatesAfter(evaluation, epoch)) {
        await runPhase(context, randoms, { phase: 'eval', epoch, steps: evaluation.steps, batchSize: evaluation.batchSize, time: evaluation.evalTime })
      }
    } finally {
      const { rss, heapUsed } = context.memoryUsage()
      sink({ type: 'epoch-end', epoch, at: clock.now(), rssBytes: rss, heapUsedBytes: heapUsed })
    }
    signal.throwIfAborted()
    await context.onEpochEnd?.()
  }
}

interface PhasePlan { readonly phase: Phase; readonly epoch: number; readonly steps: number; readonly batchSize: number; readonly time: TimeDistribution }

/** All accelerators through one phase of one epoch. All have ended when this settles. */
async function runPhase(context: TrainContext, randoms: readonly MersenneTwister[], phasePlan: PhasePlan): Promise<number> {
  const { phase, epoch, steps, batchSize, time } = phasePlan
  const { plan, clock, sink, signal } = context
  const barrier = new Barrier(plan.accelerators, clock, (barrierSignal) => context.communicator.barrier(barrierSignal))
  const runs = randoms.map(async (random, rank) => {
    try {
      const batches = loadBatches(context.tasksOf(phase, epoch, rank), {
        runner: context.runner, memory: context.memory, readThreads: plan.readThreads, prefetchSize: plan.prefetchSize, signal, clock,
        costOf: (samples) => context.costOf(phase, samples),
        onReply: (task, reply) => { sink(batchEvent(task, reply)) },
      })
      return await runBlock(batches, {
        phase, epoch, rank, batchSize, clock, sink, signal, stepsExpected: steps,
        nextComputeTime: () => fromSeconds(drawTime(time, random)),
        barrier: phase === 'train' ? (barrierSignal) => barrier.arrive(barrierSignal) : undefined,
      })
    } catch (error) {
      context.abort(error)
      throw error
    }
  })
  const results = await Promise.allSettled(runs)
  // The reason is the first failure, or the wish to stop; what the others rejected with only followed from it.
  signal.throwIfAborted()
  return Math.max(0, ...results.map((result) => (result.status === 'fulfilled' ? result.value : 0)))
}

function batchEvent(task: BatchTask, reply: BatchReply): Batch {
  return {
    type: 'batch', phase: task.phase, epoch: task.epoch, rank: task.rank, step: task.step,
    sampleRuns: runsOf(task.samples),
    bytes: reply.bytes, objects: reply.objects, thread: reply.thread, beginAt: reply.beginAt, endAt: reply.endAt,
    fetch: reply.fetch, decode: reply.decode, retries: reply.retries, ...(reply.retriesBy ? { retriesBy: reply.retriesBy } : {}), errors: reply.errors,
    firstByte: reply.firstByte, total: reply.total,
  }
}

/** [first, count, …] of consecutive numbers. */
export function runsOf(samples: Uint32Array): number[] {
  const runs: number[] = []
  for (const sample of samples) {
    const last = runs.length - 2
    const next = last < 0 ? undefined : runs[last]! + runs[last + 1]!
    if (next === sample) runs[last + 1]!++
    else runs.push(sample, 1)
  }
  return runs
}
