// Vectors: shapes and spreads computed with NumPy from DLIO's formulas.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../../src/util/fault.ts'
import {
  availableSteps, elementSize, phasesOf, recordBytes, recordDimension, recordShape, requiredBytesPerSecond, stepsPerEpoch, stepsPerEval,
  storedElementType, storedSampleBytes, totals,
} from '../../src/workload/derive.ts'
import { load } from './support.ts'

for (const [length, dimension] of [[0, 0], [1, 1], [4096, 64], [65_536, 256], [2500, 50], [2048, 45], [114_660.07, 338], [322_957, 568], [2_097_152, 1448], [150_528, 387], [671_088_640, 25_905], [301_500, 549]] as const) {
  test(`a record of ${length} bytes is a square of ${dimension}`, async () => {
    const { workload } = await load(`dataset: {record_length_bytes: ${length}}`)
    assert.equal(recordDimension(workload), dimension)
    assert.deepEqual(recordShape(workload), [dimension, dimension])
    assert.equal(recordBytes(workload), length)
    assert.equal(storedSampleBytes(workload), dimension ** 2)
    assert.equal(workload.dataset.recordLengthBytes, length)
  })
}

for (const [dataset, shape, type, itemSize, nominal, stored] of [
  ['record_length_bytes: 2048', [45, 45], 'uint8', 1, 2048, 2025],
  ['record_length_bytes: 2048, record_element_type: float32', [45, 45], 'float32', 4, 2048, 8100],
  ['record_dims: [224, 224, 3]', [224, 224, 3], 'uint8', 1, 150_528, 150_528],
  ['record_dims: [3, 5], record_element_type: float64', [3, 5], 'float64', 8, 120, 120],
  ['record_dims: [7], record_length_bytes: 5', [7], 'uint8', 1, 7, 7],
  ['format: jpeg, record_length_bytes: 322957, record_element_type: float32', [568, 568], 'uint8', 1, 322_957, 322_624],
  ['format: png, record_dims: [8, 9], record_element_type: int16', [8, 9], 'uint8', 1, 72, 72],
] as const) {
  test(`sizes of {${dataset}}`, async () => {
    const { workload } = await load(`dataset: {${dataset}}`)
    assert.deepEqual(recordShape(workload), shape)
    assert.equal(storedElementType(workload), type)
    assert.equal(elementSize(workload), itemSize)
    assert.equal(recordBytes(workload), nominal)
    assert.equal(storedSampleBytes(workload), stored)
  })
}

// floor(samples per file · files / batch / accelerators)
for (const [nspf, files, batch, accelerators, steps] of [[1, 0, 1, 1, 0], [1, 13, 4, 1, 3], [1, 24, 4, 1, 6], [1, 25, 4, 2, 3], [1, 145, 16, 1, 9], [1, 168, 7, 8, 3], [1251, 1024, 400, 1, 3202], [1251, 1024, 400, 7, 457], [1, 64, 4, 1, 16], [1, 3, 4, 1, 0]] as const) {
  test(`${files} files of ${nspf}, batch ${batch}, ${accelerators} accelerators: ${steps} steps`, async () => {
    const { workload } = await load(`dataset: {num_files_train: ${files}, num_files_eval: ${files}, num_samples_per_file: ${nspf}}\nreader: {batch_size: ${batch}, batch_size_eval: ${batch}}`)
    assert.equal(availableSteps(workload, accelerators), steps)
    assert.equal(stepsPerEpoch(workload, accelerators), steps)
    assert.equal(stepsPerEval(workload, accelerators), steps)
  })
}

for (const [wanted, steps] of [[-1, 16], [0, 16], [1, 1], [16, 16]] as const) {
  test(`total_training_steps ${wanted} of 16 gives ${steps}`, async () => {
    const { workload } = await load(`dataset: {num_files_train: 64, num_files_eval: 8}\nreader: {batch_size: 4, batch_size_eval: 2}\ntrain: {total_training_steps: ${wanted}}`)
    assert.equal(stepsPerEpoch(workload, 1), steps)
    assert.equal(stepsPerEval(workload, 1), 4)
  })
}

test('more steps than the data gives is DLIO\'s error', async () => {
  const { workload } = await load('train: {total_training_steps: 17}\ndataset: {num_files_train: 64}\nreader: {batch_size: 4}')
  assert.throws(() => stepsPerEpoch(workload, 1), (error) => {
    assert.ok(isFault(error, 'usage'))
    assert.match(error.message, /Only have enough data for 16 steps but 17 wanted/)
    assert.equal(error.info.key, 'train.total_training_steps')
    return true
  })
})

test('totals and the rate that an accelerator needs', async () => {
  const { workload } = await load('dataset: {num_files_train: 3, num_files_eval: 2, num_samples_per_file: 5, record_length_bytes: 100}\nreader: {batch_size: 7}\ntrain: {computation_time: 0.5}')
  assert.deepEqual(totals(workload), { samplesTrain: 15, samplesEval: 10, bytesTrain: 1500, bytesEval: 1000 })
  assert.equal(requiredBytesPerSecond(workload), 1400)
  assert.equal(requiredBytesPerSecond((await load('')).workload), undefined)
})

for (const [workflow, on] of [
  ['', 'train'], ['generate_data: true', 'generate train'], ['generate_data: true, train: false', 'generate generateOnly'],
  ['train: false', ''], ['train: false, evaluation: true', ''], ['evaluation: true', 'train evaluate'],
  ['train: false, checkpoint: true', 'checkpoint checkpointOnly'], ['generate_data: true, train: false, checkpoint: true', 'generate checkpoint checkpointOnly'],
] as const) {
  test(`phases of {${workflow}}: ${on || 'none'}`, async () => {
    const { workload } = await load(`workflow: {${workflow}}`)
    assert.equal(Object.entries(phasesOf(workload)).filter(([, is]) => is).map(([name]) => name).join(' '), on)
  })
}
