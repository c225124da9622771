// Epochs × accelerators in simulated time: what is told, in which order, and what happens when one of them fails.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { solo } from '../../src/collective/solo.ts'
import { inlineRunner } from '../../src/loader/inline.ts'
import type { BatchReply, BatchTask } from '../../src/loader/protocol.ts'
import type { Phase, RunEvent, Step } from '../../src/metrics/events.ts'
import { evaluatesAfter, type EvaluationPlan, type TrainPlan } from '../../src/train/plan.ts'
import { runsOf, train } from '../../src/train/run.ts'
import { abortedFault, Fault, isFault } from '../../src/util/fault.ts'
import { Semaphore } from '../../src/util/semaphore.ts'
import { ManualClock } from '../support/manual-clock.ts'

const second = 1e9

interface Case {
  readonly plan: Partial<TrainPlan>
  /** Seconds that reading a batch takes. */
  readonly loadSeconds?: (task: BatchTask) => number
  readonly failAt?: (task: BatchTask) => boolean
  readonly onEvent?: (event: RunEvent, controller: AbortController) => void
}

async function runCase({ plan: change, loadSeconds = () => 0, failAt = () => false, onEvent }: Case): Promise<{ events: RunEvent[]; error: unknown }> {
  const clock = new ManualClock()
  const controller = new AbortController()
  const plan: TrainPlan = { accelerators: 1, epochs: 1, stepsPerEpoch: 3, batchSize: 2, computationTime: { type: 'constant', mean: 1 }, readThreads: 1, prefetchSize: 1, seed: 1, ...change }
  const runner = inlineRunner(async (task): Promise<BatchReply> => {
    const beginAt = clock.now()
    await clock.sleep(loadSeconds(task) * second)
    return {
      thread: 0, beginAt, endAt: clock.now(), bytes: 100, objects: 1, fetch: 0, decode: 0, retries: 0, errors: 0, firstByte: [], total: [],
      ...(failAt(task) ? { failure: { code: 'storage' as const, message: 'broken', info: { reason: 'server' as const, operation: 'read' } } } : {}),
    }
  })
  const tasksOf = (phase: Phase, epoch: number, rank: number): BatchTask[] => {
    const steps = phase === 'train' ? plan.stepsPerEpoch : plan.evaluation!.steps
    return Array.from({ length: steps }, (_, i) => ({ phase, epoch, rank, step: i + 1, samples: Uint32Array.of(2 * i, 2 * i + 1) }))
  }
  const events: RunEvent[] = []
  const error: unknown = await train({
    plan, tasksOf, runner, clock, communicator: solo, signal: controller.signal, abort: (reason) => { controller.abort(reason) },
    memory: new Semaphore(100), costOf: () => 1, memoryUsage: () => ({ rss: 1, heapUsed: 1 }),
    sink: (event) => { events.push(event); onEvent?.(event, controller) },
  }).then(() => undefined, (thrown: unknown) => thrown)
  return { events, error }
}

const stepsOf = (events: readonly RunEvent[]): Step[] => events.filter((event) => event.type === 'step')

test('reading ahead hides a load that is shorter than the compute', async () => {
  const { events, error } = await runCase({ plan: {}, loadSeconds: () => 0.5 })
  assert.equal(error, undefined)
  assert.deepEqual(stepsOf(events).map((step) => (step.loadEndAt - step.loadBeginAt) / second), [0.5, 0, 0])
})

test('without read_threads nothing is hidden', async () => {
  const { events } = await runCase({ plan: { readThreads: 0 }, loadSeconds: () => 0.5 })
  assert.deepEqual(stepsOf(events).map((step) => (step.loadEndAt - step.loadBeginAt) / second), [0.5, 0.5, 0.5])
})

test('a load longer than the compute is the step', async () => {
  const { events } = await runCase({ plan: { stepsPerEpoch: 4 }, loadSeconds: () => 3 })
  const steps = stepsOf(events)
  assert.deepEqual(steps.map((step) => (step.loadEndAt - step.loadBeginAt) / second), [3, 2, 2, 2])
  assert.deepEqual(steps.map((step) => step.barrierEndAt / second), [4, 7, 10, 13])
})

test('the slowest accelerator holds up the others at the barrier, not in their compute', async () => {
  const { events } = await runCase({ plan: { accelerators: 3, stepsPerEpoch: 2 }, loadSeconds: (task) => task.rank })
  const first = stepsOf(events).filter((step) => step.step === 1).toSorted((a, b) => a.rank - b.rank)
  assert.deepEqual(first.map((step) => (step.computeEndAt - step.computeBeginAt) / second), [1, 1, 1])
  assert.deepEqual(first.map((step) => (step.barrierEndAt - step.computeEndAt) / second), [2, 1, 0])
})

/** What is told of epoch `n`, in order. */
const epochEvents = (n: number, more: readonly string[] = []): string[] => [`epoch-begin ${n}`, `block-begin train ${n}`, `block-end train ${n}`, `train-end ${n}`, ...more, `epoch-end ${n}`]

test('epochs, blocks and evaluations are told in order', async () => {
  const evaluation: EvaluationPlan = { steps: 2, batchSize: 1, evalTime: { type: 'constant', mean: 0.25 }, afterEpoch: 2, epochsBetween: 2 }
  const { events } = await runCase({ plan: { epochs: 4, stepsPerEpoch: 1, evaluation } })
  const told = events.filter((event) => event.type !== 'batch' && event.type !== 'step').map((event) => ('phase' in event ? `${event.type} ${event.phase} ${event.epoch}` : `${event.type} ${'epoch' in event ? event.epoch : ''}`))
  const evaluated = (n: number): string[] => epochEvents(n, [`block-begin eval ${n}`, `block-end eval ${n}`])
  assert.deepEqual(told, [...epochEvents(1), ...evaluated(2), ...epochEvents(3), ...evaluated(4)])
  assert.deepEqual(stepsOf(events).filter((step) => step.phase === 'eval').map((step) => (step.computeEndAt - step.computeBeginAt) / second), [0.25, 0.25, 0.25, 0.25])
})

const evaluations: [number, number, number[]][] = [[1, 1, [1, 2, 3, 4, 5]], [2, 1, [2, 3, 4, 5]], [1, 2, [1, 3, 5]], [3, 2, [3, 5]], [6, 1, []], [1, 0, [1, 2, 3, 4, 5]]]
for (const [afterEpoch, epochsBetween, expected] of evaluations) {
  test(`eval_after_epoch ${afterEpoch} and epochs_between_evals ${epochsBetween} evaluate after epochs [${expected.join()}]`, () => {
    const plan = { steps: 1, batchSize: 1, evalTime: { type: 'none' } as const, afterEpoch, epochsBetween }
    assert.deepEqual([1, 2, 3, 4, 5].filter((epoch) => evaluatesAfter(plan, epoch)), expected)
  })
}

test('a failed batch stops all accelerators with its Fault, and what was measured has been told', async () => {
  const { events, error } = await runCase({ plan: { accelerators: 4, stepsPerEpoch: 5 }, failAt: (task) => task.rank === 2 && task.step === 3 })
  assert.ok(isFault(error, 'storage') && error.message === 'broken')
  assert.equal(events.filter((event) => event.type === 'block-end').length, 4)
  assert.equal(events.at(-1)!.type, 'epoch-end')
  assert.equal(Math.max(...stepsOf(events).map((step) => step.step)), 2)
})

test('an abort ends the steps in progress and rejects with its reason', async () => {
  const { events, error } = await runCase({ plan: { accelerators: 2, stepsPerEpoch: 10, epochs: 3 }, onEvent: (event, controller) => { if (event.type === 'step' && event.step === 4) controller.abort(abortedFault('SIGINT')) } })
  assert.ok(isFault(error, 'aborted') && error.info.signal === 'SIGINT')
  assert.equal(events.filter((event) => event.type === 'epoch-begin').length, 1)
  assert.equal(events.filter((event) => event.type === 'block-end').length, 2)
})

test('a bug in a worker is thrown as it is, not as an abort', async () => {
  const { error } = await runCase({ plan: {}, loadSeconds: () => { throw new TypeError('a bug') } })
  assert.ok(error instanceof TypeError && !(error instanceof Fault))
})

for (const [samples, runs] of [[[], []], [[5], [5, 1]], [[0, 1, 2], [0, 3]], [[3, 1, 2, 9], [3, 1, 1, 2, 9, 1]]] as const) {
  test(`samples [${samples.join()}] are logged as [${runs.join()}]`, () => { assert.deepEqual(runsOf(Uint32Array.from(samples)), [...runs]) })
}
