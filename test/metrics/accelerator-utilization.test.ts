import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { epochFigure, evalFigures, evalRunFigures, trainFigures, trainRunFigures, windowCompute, windowTotalSeconds, type DlioRules } from '../../src/metrics/accelerator-utilization.ts'
import { blocksOf, dlioBatchSize, dlioRunNames, readDlioRun } from './dlio-runs.ts'

const rules: DlioRules = { dialect: 'argonne', excludeStartSteps: 1, excludeEndSteps: 0, stepsExpected: 5, batchSize: 4 }
const load = [2.0, 0.1, 0.0, 0.0, 0.05]
const compute = [1.0, 1.0, 1.0, 1.0, 1.0]
const block = { computeSeconds: compute, procSeconds: load.map((seconds, i) => seconds + compute[i]!), wallSeconds: 7.199999999999999 }

test('the worked example, to the last digit', () => {
  assert.strictEqual(trainFigures(block, rules).auPercent, 95.23809523809526)
  assert.strictEqual(trainFigures(block, rules).samplesPerSecond, 2.8571428571428577)
  assert.strictEqual(trainFigures(block, { ...rules, dialect: 'mlcommons' }).auPercent, 95.23809523809526)
  assert.strictEqual(trainFigures(block, { ...rules, dialect: 'mlcommons' }).samplesPerSecond, 3.80952380952381)
  assert.strictEqual(evalFigures(block, rules).samplesPerSecond, 2.777777777777778)
})

suite('the window is a Python slice', () => {
  const rows: readonly (readonly [start: number, end: number, expected: number, numCompute: number, excludedProc: number])[] = [
    [0, 0, 0, 0, 5], [0, 0, 5, 5, 0], [1, 0, 5, 4, 1], [1, 1, 5, 3, 2], [2, 2, 5, 1, 4], [5, 0, 5, 0, 5], [9, 0, 5, 0, 5], [1, 0, 9, 4, 1], [0, 6, 5, 4, 1], [3, 3, 5, 0, 6],
  ]
  for (const [excludeStartSteps, excludeEndSteps, stepsExpected, numCompute, excludedProc] of rows) {
    test(`[${excludeStartSteps}:${stepsExpected - excludeEndSteps}] of 5`, () => {
      const own = { ...rules, excludeStartSteps, excludeEndSteps, stepsExpected }
      const ones = { computeSeconds: [1, 1, 1, 1, 1], procSeconds: [1, 1, 1, 1, 1], wallSeconds: 10 }
      assert.equal(windowCompute(ones, own).length, numCompute)
      assert.equal(windowTotalSeconds(ones, own), 10 - excludedProc)
    })
  }
})

test('an empty block: a negative rate in argonne, 0 in mlcommons, nothing where time is 0', () => {
  const empty = { computeSeconds: [], procSeconds: [], wallSeconds: 0.5 }
  assert.deepEqual(trainFigures(empty, rules), { auPercent: 0, samplesPerSecond: -16 })
  assert.deepEqual(trainFigures(empty, { ...rules, dialect: 'mlcommons' }), { auPercent: 0, samplesPerSecond: 0 })
  assert.deepEqual(trainFigures({ ...empty, wallSeconds: 0 }, rules), { auPercent: 0, samplesPerSecond: undefined })
  assert.deepEqual(evalFigures({ ...empty, wallSeconds: 0 }, rules), { auPercent: 0, samplesPerSecond: undefined })
})

test('mlcommons: no time left is 0, not a negative AU', () => {
  assert.deepEqual(trainFigures({ ...block, wallSeconds: 1 }, { ...rules, dialect: 'mlcommons' }), { auPercent: 0, samplesPerSecond: 0 })
})

for (const [blocks, value] of [[[], 0], [[{ value: 7, steps: 0 }], 0], [[{ value: 90, steps: 3 }, { value: 50, steps: 1 }, { value: -8, steps: 0 }], 80], [[{ value: undefined, steps: 4 }], 0]] as const) {
  test(`an epoch of ${blocks.length} blocks weighs them by steps: ${value}`, () => { assert.equal(epochFigure(blocks), value) })
}

test('training: AU is the mean over ranks, throughput their sum; evaluation is listed rank by rank', () => {
  const epochs = [[{ auPercent: 90, samplesPerSecond: 10 }, { auPercent: 80, samplesPerSecond: 20 }], [{ auPercent: 100, samplesPerSecond: 40 }, { auPercent: 60, samplesPerSecond: 50 }]]
  const train = trainRunFigures(epochs)
  assert.deepEqual([train.auPercent, train.samplesPerSecond, train.auMean, train.auStdev, train.throughputMean, train.throughputStdev], [[85, 80], [30, 90], 82.5, 2.5, 60, 30])
  const evaluation = evalRunFigures(epochs)
  assert.deepEqual([evaluation.auPercent, evaluation.samplesPerSecond], [[90, 100, 80, 60], [10, 40, 20, 50]])
  assert.deepEqual([trainRunFigures([]).auMean, evalRunFigures([]).throughputMean], [undefined, undefined])
})

for (const name of dlioRunNames()) {
  suite(`DLIO's own run ${name}`, () => {
    const blocks = blocksOf(readDlioRun(name))
    test('has blocks', () => { assert.ok(blocks.length > 0) })
    for (const own of blocks) {
      test(`epoch ${own.epoch} rank ${own.rank} ${own.name}: AU and throughput are both DLIO's for one wall time, near its dates`, () => {
        const figures = (own.phase === 'eval' ? evalFigures : trainFigures)(own, { ...rules, stepsExpected: own.stepsExpected, batchSize: dlioBatchSize })
        assertNear(figures.auPercent, own.auPercent, 1e-12)
        assertNear(figures.samplesPerSecond, own.samplesPerSecond, 1e-12)
        assert.ok(Math.abs(own.wallSeconds - own.datedSeconds) < 0.005, `${own.wallSeconds} s, dated ${own.datedSeconds} s`)
      })
    }
  })
}

function assertNear(actual: number | undefined, expected: number, tolerance: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual} is not ${expected}`)
}
