import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meanSeconds, parseDistribution } from '../../src/workload/distribution.ts'
import type { TimeDistribution } from '../../src/workload/distribution.ts'
import type { Tree } from '../../src/workload/tree.ts'
import { load, refusal } from './support.ts'

for (const [value, stdev, time, mean] of [
  [undefined, undefined, { type: 'none' }, 0],
  [null, undefined, { type: 'none' }, 0],
  [{}, undefined, { type: 'none' }, 0],
  [0, undefined, { type: 'none' }, 0],
  [{ stdev: 1 }, undefined, { type: 'none' }, 0],
  [0.5, undefined, { type: 'constant', mean: 0.5 }, 0.5],
  [{ mean: 2 }, undefined, { type: 'constant', mean: 2 }, 2],
  [0.5, 0, { type: 'constant', mean: 0.5 }, 0.5],
  [0.5, 0.1, { type: 'normal', mean: 0.5, stdev: 0.1 }, 0.5],
  [{ mean: 1, stdev: 1 }, undefined, { type: 'normal', mean: 1, stdev: 1 }, 1],
  [{ mean: 1 }, 3, { type: 'normal', mean: 1, stdev: 3 }, 1],
  [{ type: 'normal', mean: 1, stdev: 1 }, undefined, { type: 'normal', mean: 1, stdev: 1 }, 1],
  [{ type: 'uniform', min: 1, max: 2 }, undefined, { type: 'uniform', min: 1, max: 2 }, 1.5],
  [{ type: 'gamma', shape: 2, scale: 3 }, undefined, { type: 'gamma', shape: 2, scale: 3 }, 6],
  [{ type: 'exponential', scale: 4 }, undefined, { type: 'exponential', scale: 4 }, 4],
  [{ type: 'poisson', lam: 5 }, undefined, { type: 'poisson', lam: 5 }, 5],
] as const satisfies readonly (readonly [Tree | undefined, Tree | undefined, TimeDistribution, number])[]) {
  test(`${JSON.stringify(value) ?? 'nothing'} with stdev ${String(stdev)} is ${time.type}`, () => {
    const parsed = parseDistribution(value, stdev)
    assert.deepEqual(parsed, { time })
    assert.equal(meanSeconds(time), mean)
  })
}

for (const [written, message] of [
  ['-1', /train\.computation_time: expected a number of at least 0, found -1/],
  ['abc', /found "abc"/],
  ['[1]', /found \[1\]/],
  ['.inf', /found Infinity/],
  ['true', /found true/],
  ['{type: unifrom, min: 1, max: 2}', /computation_time\.type: expected one of normal, uniform, gamma, exponential, poisson, found "unifrom"/],
  ['{type: constant, mean: 1}', /computation_time\.type: expected one of/],
  ['{type: uniform, min: 1}', /computation_time\.max: expected a number of at least 0, found nothing/],
  ['{type: uniform, min: 2, max: 1}', /computation_time\.min: expected at most max \(1\), found 2/],
  ['{type: poisson, lam: 1, scale: 2}', /computation_time\.scale: expected only lam beside type/],
  ['{mean: 1, median: 2}', /computation_time\.median/],
] as const) {
  test(`the time ${written} is refused`, async () => {
    const fault = await refusal(`train: {computation_time: ${written}}`)
    assert.match(fault.message, message)
    assert.equal(fault.info.line, 1)
  })
}

test('a misspelt distribution is suggested', async () => {
  assert.equal((await refusal('train: {computation_time: {type: unifrom, min: 1, max: 2}}')).hint, 'did you mean uniform?')
  assert.equal((await refusal('train: {computation_time: {type: beta, a: 1}}')).hint, undefined)
})

test('the sibling _stdev of each time', async () => {
  const { workload } = await load('train: {computation_time: 1, computation_time_stdev: 0.5}\nevaluation: {eval_time: 2, eval_time_stdev: 1}\nreader: {preprocess_time: 3, preprocess_time_stdev: "2"}\n')
  assert.deepEqual(workload.train.computationTime, { type: 'normal', mean: 1, stdev: 0.5 })
  assert.deepEqual(workload.evaluation.evalTime, { type: 'normal', mean: 2, stdev: 1 })
  assert.deepEqual(workload.reader.preprocessTime, { type: 'normal', mean: 3, stdev: 2 })
  assert.match((await refusal('train: {computation_time: 1, computation_time_stdev: x}')).message, /train\.computation_time_stdev: expected a number/)
})

test('a distribution set key by key, over a number', async () => {
  const overrides = ['++workload.train.computation_time.type=uniform', '++workload.train.computation_time.min=1', '++workload.train.computation_time.max=2']
  const { workload, origins } = await load('train: {computation_time: 1.0}', { overrides })
  assert.deepEqual(workload.train.computationTime, { type: 'uniform', min: 1, max: 2 })
  assert.equal(origins.get('train.computation_time')?.kind, 'override')
})

test('a whole distribution replaces another one', async () => {
  const { workload } = await load('train: {computation_time: {mean: 1, stdev: 2}}', { overrides: ['train.computation_time={type: gamma, shape: 1, scale: 1}'] })
  assert.deepEqual(workload.train.computationTime, { type: 'gamma', shape: 1, scale: 1 })
})
