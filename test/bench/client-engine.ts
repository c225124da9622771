// Epochs of many accelerators on a store that costs nothing: what is then lost is the engine's own doing.

import { solo } from '../../src/collective/solo.ts'
import { inlineRunner } from '../../src/loader/inline.ts'
import type { BatchTask } from '../../src/loader/protocol.ts'
import type { RunEvent, Step } from '../../src/metrics/events.ts'
import { train } from '../../src/train/run.ts'
import { systemClock } from '../../src/util/clock.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import type { Sample } from './case.ts'

export interface EngineTask {
  readonly accelerators: number
  /** Compute time of a step. */
  readonly milliseconds: number
  readonly steps: number
}

export async function runEngine({ accelerators, milliseconds, steps }: EngineTask): Promise<Sample> {
  const controller = new AbortController()
  const runner = inlineRunner(async () => {
    const at = systemClock.now()
    return { thread: 0, beginAt: at, endAt: at, bytes: 1, objects: 1, fetch: 0, decode: 0, retries: 0, errors: 0, firstByte: [0], total: [0] }
  })
  function* tasksOf(phase: BatchTask['phase'], epoch: number, rank: number): Generator<BatchTask> {
    for (let step = 1; step <= steps; step++) yield { phase, epoch, rank, step, samples: Uint32Array.of(rank * steps + step - 1) }
  }
  const done: Step[] = []
  const cpu = process.cpuUsage()
  await train({
    plan: { accelerators, epochs: 1, stepsPerEpoch: steps, batchSize: 1, computationTime: { type: 'constant', mean: milliseconds / 1000 }, readThreads: 4, prefetchSize: 2, seed: 1 },
    tasksOf, runner, communicator: solo, memory: new Semaphore(2 ** 30), costOf: () => 1, clock: systemClock, signal: controller.signal,
    abort: (reason) => { controller.abort(reason) }, memoryUsage: () => process.memoryUsage(),
    sink: (event: RunEvent) => { if (event.type === 'step') done.push(event) },
  })
  const { user, system } = process.cpuUsage(cpu)
  return { steps, cpuSeconds: (user + system) / 1e6, auPercent: utilization(done, accelerators) }
}

/** As docs/metrics.md has it: compute over accelerators × window, the first step of each left out. In percent. */
function utilization(steps: readonly Step[], accelerators: number): number {
  const counted = steps.filter(({ step }) => step > 1)
  const begin = counted.reduce((least, { loadBeginAt }) => Math.min(least, loadBeginAt), Infinity)
  const end = counted.reduce((most, { barrierEndAt }) => Math.max(most, barrierEndAt), 0)
  return counted.reduce((sum, { computeBeginAt, computeEndAt }) => sum + computeEndAt - computeBeginAt, 0) / (accelerators * (end - begin)) * 100
}
