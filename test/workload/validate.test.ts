import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, refusal } from './support.ts'

for (const [text, key, message] of [
  ['framework: pytorch\nreader: {data_loader: tensorflow}', 'reader.data_loader', /Imcompatible between framework and data_loader setup\./],
  ['framework: tensorflow\nreader: {data_loader: pytorch}', 'reader.data_loader', /Imcompatible between framework and data_loader setup\./],
  ['reader: {data_loader: none}', 'reader.data_loader', /no data loader none/],
  ['dataset: {format: hdf5_opt}', 'dataset.format', /hdf5_opt/],
  ['dataset: {record_dims: [2, 2], record_length_bytes_stdev: 1}', 'dataset.record_length_bytes_stdev', /record_dims/],
  ['dataset: {format: jpeg, record_dims: [2, 2, 3]}', 'dataset.record_dims', /^w\.yaml:1:25: dataset\.record_dims: jpeg format does not support more than 2 dimensions, but got 3 dimensions\.$/],
  ['dataset: {format: png, record_dims: [2, 2, 3, 4]}', 'dataset.record_dims', /png format does not support more than 2 dimensions, but got 4 dimensions\./],
  ['dataset: {record_dims: [4, 2], hdf5: {num_dset_per_record: 3}}', 'dataset.hdf5.num_dset_per_record', /3 does not divide the first of dataset\.record_dims, 4/],
  ['checkpoint: {num_checkpoints_write: 2, num_checkpoints_read: 3}', 'checkpoint.num_checkpoints_read', /3 checkpoints cannot be read when 2 are written/],
  ['checkpoint: {ksm: {}}', 'checkpoint.ksm', /equal tensors/],
  ['workflow: {checkpoint: true}\nmodel: {num_layers: 2, parallelism: {pipeline: 4}}', 'model.parallelism.pipeline', /2 layers cannot be dealt to 4 ranks/],
  ['workflow: {checkpoint: true}\nmodel: {parallelism: {pipeline: 2, zero_stage: 3}}', 'model.parallelism.zero_stage', /stage 3/],
  ['workflow: {checkpoint: true}\nmodel: {parallelism: {data: 2}}', 'model.parallelism.data', /subset/],
  ['workflow: {checkpoint: true}\ncheckpoint: {mode: subset}', 'checkpoint.mode', /model\.parallelism\.data/],
] as const) {
  test(`refused: ${text.replaceAll('\n', ' ')}`, async () => {
    const fault = await refusal(text)
    assert.match(fault.message, message)
    assert.equal(fault.info.key, key)
  })
}

for (const text of [
  'framework: pytorch\nreader: {data_loader: dali}', 'framework: tensorflow\nreader: {data_loader: dali}', 'framework: pytorch',
  'workflow: {train: false}\nreader: {data_loader: none}', 'dataset: {record_dims: [2, 2], record_length_bytes_stdev: 0}', 'dataset: {format: png, record_dims: [2, 2]}',
  'dataset: {format: npz, record_dims: [2, 2, 2, 2]}', 'checkpoint: {num_checkpoints_write: 3, num_checkpoints_read: 3}', 'checkpoint: {num_checkpoints_read: 3}',
  'checkpoint: {ksm: {}, randomize_tensor: false}', 'model: {num_layers: 2, parallelism: {pipeline: 4}}', 'workflow: {checkpoint: true}\ncheckpoint: {mode: subset}\nmodel: {parallelism: {data: 2}}',
]) {
  test(`accepted: ${text.replaceAll('\n', ' ')}`, async () => {
    assert.ok((await load(text)).workload)
  })
}

for (const [text, key] of [
  ['dataset: {format: jpeg, record_element_type: float32}', 'dataset.record_element_type'],
  ['framework: pytorch\ndataset: {format: tfrecord}', 'reader.data_loader'],
  ['workflow: {train: false, evaluation: true}', 'workflow.evaluation'],
  ['workflow: {evaluation: true}', 'dataset.num_files_eval'],
] as const) {
  test(`remarked: ${text.replaceAll('\n', ' ')}`, async () => {
    assert.deepEqual((await load(text)).warnings.map((warning) => [warning.kind, warning.key]), [['compat', key]])
  })
}
