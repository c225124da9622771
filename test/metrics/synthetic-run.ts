// Event logs by arithmetic: every figure of such a run can be worked out by hand.

import { eventSchema, type Phase, type RunBegin, type RunEnd, type RunEvent } from '../../src/metrics/events.ts'
import type { FoldSettings } from '../../src/metrics/summary.ts'

export const millisecond = 1e6
export const second = 1e9

/** Any point will do for a begin: not 0, so that a forgotten subtraction shows. */
export const beginAt: number = 5_000 * second

export function runBegin(changes: Partial<RunBegin> = {}): RunBegin {
  return {
    type: 'run-begin', schema: eventSchema, at: beginAt, wallStart: '2026-11-22T21:30:00.000250Z', version: '0.1.0', workload: 'unet3d', target: 's3://lab-bucket/unet3d',
    endpoint: 'http://10.0.0.5:9000', transport: 'direct', format: 'npz', decode: 'full', readMode: 'object', dialect: 'argonne',
    accelerators: 1, threads: 2, readsInFlight: 4, memoryLimitBytes: 512 * 1024 * 1024, seed: 42, ...changes,
  }
}

export function settings(changes: Partial<FoldSettings> = {}): FoldSettings {
  return { excludeStartSteps: 1, excludeEndSteps: 0, batchSize: 4, batchSizeEval: 2, ...changes }
}

/** mulberry32: the same numbers from 0 to 1 for the same seed, everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface PhasePlan {
  readonly phase: Phase
  readonly epoch: number
  readonly ranks: number
  readonly at: number
  readonly block?: number
  readonly firstStep?: number
  /** Milliseconds, shape [numSteps][numRanks]; every rank of a step leaves the barrier together, 1 ms after the slowest. */
  readonly loads: readonly (readonly number[])[]
  readonly compute: number
  readonly samples: number
  readonly recordBytes: number
  readonly requestsPerSample?: number
  readonly unfinished?: boolean
}

/** Events of one block of all ranks, and when it ended. A batch of n samples took its load time to fetch, a fifth of it to decode. */
export function blockEvents(plan: PhasePlan): { readonly events: RunEvent[]; readonly endAt: number } {
  const { phase, epoch, block = 1, firstStep = 1, samples } = plan
  const events: RunEvent[] = []
  const ranks = Array.from({ length: plan.ranks }, (_, rank) => rank)
  for (const rank of ranks) events.push({ type: 'block-begin', phase, epoch, block, rank, at: plan.at, stepsExpected: plan.loads.length })
  let now = plan.at
  plan.loads.forEach((loads, i) => {
    const step = firstStep + i
    const barrierEndAt = now + (Math.max(...ranks.map((rank) => loads[rank]!)) + plan.compute + 1) * millisecond
    for (const rank of ranks) {
      const load = loads[rank]! * millisecond
      const fetch = load * 4 / 5
      const requests = samples * (plan.requestsPerSample ?? 1)
      const first = (step - 1) * samples * plan.ranks + rank * samples
      events.push({
        type: 'batch', phase, epoch, rank, step, sampleRuns: [first, samples], bytes: samples * plan.recordBytes, objects: samples, thread: rank % 2, beginAt: now, endAt: now + load,
        fetch: fetch * samples, decode: load - fetch, retries: step % 5 === 0 ? 1 : 0, errors: 0,
        firstByte: Array.from({ length: requests }, (_, k) => fetch / 4 + k * 1e5), total: Array.from({ length: requests }, (_, k) => fetch + k * 1e5),
      })
      const computeBeginAt = now + load
      events.push({
        type: 'step', phase, epoch, block, rank, step, loadBeginAt: now, loadEndAt: now + load, computeBeginAt, computeEndAt: computeBeginAt + plan.compute * millisecond,
        barrierEndAt, samples, computeWanted: plan.compute * millisecond,
      })
    }
    now = barrierEndAt
  })
  if (!plan.unfinished) for (const rank of ranks) events.push({ type: 'block-end', phase, epoch, block, rank, at: now, steps: plan.loads.length })
  return { events, endAt: now }
}

export interface RunPlan {
  readonly begin?: Partial<RunBegin>
  readonly epochs: number
  readonly steps: number
  readonly evalSteps?: number
  /** Milliseconds. */
  readonly compute?: number
  readonly load?: (epoch: number, step: number, rank: number) => number
  readonly generated?: boolean
  /** Stops in the last epoch after this many steps, without train-end; killed (no run-end), without block-end and epoch-end too. */
  readonly stopAfter?: number
  readonly end?: Partial<RunEnd> | 'none'
}

const recordBytes = 1_048_576

/** A whole run: optionally generation, then a data set, epochs with health events, and the end. */
export function syntheticRun(plan: RunPlan): readonly RunEvent[] {
  const begin = runBegin(plan.begin)
  const ranks = begin.accelerators
  const { steps, compute = 50, load = () => 5 } = plan
  const events: RunEvent[] = [begin]
  let now = begin.at + 100 * millisecond
  if (plan.generated) {
    events.push({ type: 'generate-end', beginAt: now, endAt: now + 2 * second, objectsWritten: 100, objectsKept: 28, bytesWritten: 100 * (recordBytes + 246), requests: 101, retries: 2 })
    now += 2 * second
  }
  if (plan.epochs > 0) {
    events.push({
      type: 'dataset', beginAt: now, endAt: now + 20 * millisecond, filesTrain: steps * ranks * 4, filesEval: (plan.evalSteps ?? 0) * ranks * 2,
      bytesTrain: steps * ranks * 4 * (recordBytes + 246), bytesEval: (plan.evalSteps ?? 0) * ranks * 2 * (recordBytes + 246),
      samplesPerFile: 1, recordBytes, stepsPerEpoch: steps, stepsPerEval: plan.evalSteps ?? 0, requests: 1, retries: 0,
    })
    now += 20 * millisecond
    events.push({ type: 'health', at: now, clientCpuSeconds: 0.5, rssBytes: 80 * 1024 * 1024, loopDelayP99Seconds: 0.001 })
  }
  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    const stopAfter = epoch === plan.epochs ? plan.stopAfter : undefined
    events.push({ type: 'epoch-begin', epoch, at: now, stepsExpected: steps })
    const loads = (count: number, scale: number): number[][] => Array.from({ length: count }).map((_step, i) => Array.from({ length: ranks }, (_rank, rank) => load(epoch, i + 1, rank) * scale))
    const train = blockEvents({ phase: 'train', epoch, ranks, at: now + millisecond, loads: loads(stopAfter ?? steps, 1), compute, samples: 4, recordBytes: recordBytes + 246, unfinished: stopAfter !== undefined && plan.end === 'none' })
    events.push(...train.events)
    now = train.endAt
    events.push({ type: 'health', at: now, clientCpuSeconds: 0.5 + epoch * 0.1, rssBytes: 100 * 1024 * 1024, loopDelayP99Seconds: 0.002 })
    if (stopAfter !== undefined && plan.end === 'none') break
    if (stopAfter === undefined) events.push({ type: 'train-end', epoch, at: now += millisecond, steps })
    if (stopAfter === undefined && plan.evalSteps !== undefined) {
      const evaluation = blockEvents({ phase: 'eval', epoch, ranks, at: now + millisecond, loads: loads(plan.evalSteps, 2), compute: 30, samples: 2, recordBytes: recordBytes + 246 })
      events.push(...evaluation.events)
      now = evaluation.endAt
    }
    events.push({ type: 'epoch-end', epoch, at: now += millisecond, rssBytes: 120 * 1024 * 1024, heapUsedBytes: 30 * 1024 * 1024 })
  }
  if (plan.end !== 'none') events.push({ type: 'run-end', at: now + 10 * millisecond, status: 'complete', clientCpuSeconds: 1.25, peakRssBytes: 130 * 1024 * 1024, cores: 8, errors: 0, ...plan.end })
  return events
}
