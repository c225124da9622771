import { test } from 'node:test'
import assert from 'node:assert/strict'
import { foldEvents } from '../../src/metrics/fold.ts'
import type { FoldSettings } from '../../src/metrics/summary.ts'
import type { RunEvent } from '../../src/metrics/events.ts'
import { GiB, MiB } from '../../src/util/units.ts'
import { beginAt, settings, syntheticRun, type RunPlan } from './synthetic-run.ts'

const long: RunPlan = { epochs: 1, steps: 500, load: () => 1 }
const warning: RunEvent = { type: 'warning', at: beginAt, message: 'subfolders are flat', hint: 'see the workload' }

/** One file for evaluation, too few for one step of it. */
const tooFewForEvaluation = syntheticRun(long).flatMap((event) => event.type === 'dataset' ? [{ ...event, filesEval: 1 }] : [])[0]!

const rows: readonly (readonly [string, RunPlan, Partial<FoldSettings>, readonly string[], RunEvent?])[] = [
  ['no epochs', { epochs: 0, steps: 0 }, {}, []],
  ['no steps', { epochs: 1, steps: 0 }, {}, ['no-window']],
  ['all steps left out', { epochs: 1, steps: 1 }, {}, ['no-window']],
  ['499 steps', { epochs: 1, steps: 499, load: () => 1 }, { excludeStartSteps: 0 }, ['few-steps', 'retries', 'one-run']],
  ['500 steps', long, { excludeStartSteps: 0 }, ['retries', 'one-run']],
  ['first step left out', long, {}, ['window', 'retries', 'one-run']],
  ['goal met', long, { excludeStartSteps: 0, auGoal: 0.96 }, ['retries', 'one-run']],
  ['goal missed by both formulas', long, { excludeStartSteps: 0, auGoal: 0.97 }, ['goal-missed', 'retries', 'one-run']],
  ['goal met by ours only', { ...long, load: (_, step) => step === 1 ? 5000 : 1 }, { excludeEndSteps: 490, auGoal: 0.9 }, ['goal-formulas-differ', 'window', 'retries', 'one-run']],
  ['goal of a failed run is not judged', { ...long, end: { status: 'failed' } }, { excludeStartSteps: 0, auGoal: 0.99 }, ['retries', 'one-run']],
  ['first epoch slower', { epochs: 3, steps: 500, load: (epoch) => epoch === 1 ? 20 : 1 }, { excludeStartSteps: 0 }, ['retries', 'first-epoch-slower', 'one-run']],
  ['first epoch a little slower', { epochs: 3, steps: 500, load: (epoch) => epoch === 1 ? 6 : 1 }, { excludeStartSteps: 0 }, ['retries', 'one-run']],
  ['data below five times memory', long, { excludeStartSteps: 0, hostMemoryBytes: 1_048_822 * 401 }, ['retries', 'small-dataset', 'one-run']],
  ['data of five times memory', long, { excludeStartSteps: 0, hostMemoryBytes: 1_048_822 * 400 }, ['retries', 'one-run']],
  ['data of 1 % of memory', long, { excludeStartSteps: 0, hostMemoryBytes: 1_048_822 * 200_000 }, ['retries', 'small-dataset', 'one-run']],
  ['an evaluation of no steps', { ...long, evalSteps: 0 }, { excludeStartSteps: 0 }, ['no-evaluation', 'retries', 'one-run'], tooFewForEvaluation],
  ['no evaluation', { ...long, evalSteps: 0 }, { excludeStartSteps: 0 }, ['retries', 'one-run']],
  ['an evaluation of some steps', { ...long, evalSteps: 2 }, { excludeStartSteps: 0 }, ['retries', 'one-run']],
  ['decode off', { ...long, begin: { decode: 'none' } }, { excludeStartSteps: 0 }, ['retries', 'decode-off', 'one-run']],
  ['the built-in server', long, { excludeStartSteps: 0, embeddedServer: true }, ['retries', 'embedded-server', 'one-run']],
  ['a warning of the run', long, { excludeStartSteps: 0 }, ['warning', 'retries', 'one-run'], warning],
]
for (const [name, plan, changes, names, event] of rows) {
  test(`${name}: [${names.join(', ')}]`, () => {
    const events = [...syntheticRun(plan)]
    if (event?.type === 'dataset') events.splice(events.findIndex(({ type }) => type === 'dataset'), 1, event)
    else if (event) events.splice(1, 0, event)
    const { notes } = foldEvents(events, settings(changes))
    assert.deepEqual(notes.map((note) => note.name), names)
    for (const note of notes) assert.doesNotMatch(`${note.message}${note.action ?? ''}`, /undefined|NaN|Infinity|\d\.\d{5}/)
  })
}

for (const [bytes, memory, text] of [
  [4.03 * MiB, 23.5 * GiB, 'data set 4.03 MiB is far below client memory (23.5 GiB); MLPerf asks for 5×'], [0.99 * MiB, 100 * MiB, 'data set 1014 KiB is far below client memory (100 MiB); MLPerf asks for 5×'],
  [MiB, 100 * MiB, 'data set 1.00 MiB is 0.01× client memory; MLPerf asks for 5×'], [12 * GiB, 32 * GiB, 'data set 12.0 GiB is 0.38× client memory; MLPerf asks for 5×'],
  [40 * GiB, 32 * GiB, 'data set 40.0 GiB is 1.3× client memory; MLPerf asks for 5×'], [5 * GiB - MiB, GiB, 'data set 5.00 GiB is a little less than 5× client memory; MLPerf asks for 5×'],
] as const) {
  test(text, () => {
    const events = syntheticRun(long).map((event): RunEvent => event.type === 'dataset' ? { ...event, bytesTrain: bytes } : event)
    assert.equal(foldEvents(events, settings({ hostMemoryBytes: memory })).notes.find(({ name }) => name === 'small-dataset')?.message, text)
  })
}

test('a warning keeps its hint as the action', () => {
  const { notes } = foldEvents([...syntheticRun(long).slice(0, 1), warning], settings())
  assert.deepEqual(notes, [{ name: 'warning', level: 'warning', message: 'subfolders are flat', action: 'see the workload' }])
})

test('failed requests are the first thing said', () => {
  const events = syntheticRun(long).map((event) => event.type === 'batch' && event.step === 3 ? { ...event, errors: 2 } : event)
  const { notes, totals } = foldEvents(events, settings())
  assert.deepEqual([notes[0]?.name, totals.errors, totals.requests], ['errors', 2, 2002])
})

for (const [late, said] of [[0.0199, false], [0.0201, true]] as const) {
  test(`compute steps ${late * 100} % too long are ${said ? '' : 'not '}said`, () => {
    const events = syntheticRun(long).map((event): RunEvent => event.type === 'step' ? { ...event, computeWanted: (event.computeEndAt - event.computeBeginAt) / (1 + late) } : event)
    const note = foldEvents(events, settings()).notes.find(({ name }) => name === 'late-compute')
    assert.equal(note?.level, said ? 'warning' : undefined)
  })
}
