// Single values: conversions that users rely on, and what is refused.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { valueAt, type Tree } from '../../src/workload/tree.ts'
import { load, refusal } from './support.ts'

const inFile = (key: string, value: string): string => {
  const [section, ...rest] = key.split('.')
  return rest.length === 0 ? `${key}: ${value}\n` : `${section!}:\n${rest.map((word, i) => `${'  '.repeat(i + 1)}${word}:`).join('\n')} ${value}\n`
}

for (const [key, written, property, value] of [
  ['train.epochs', '0', 'train.epochs', 0],
  ['train.epochs', '', 'train.epochs', 1],
  ['train.epochs', 'null', 'train.epochs', 1],
  ['train.epochs', '5.0', 'train.epochs', 5],
  ['train.epochs', '1e3', 'train.epochs', 1000],
  ['train.epochs', '"7"', 'train.epochs', 7],
  ['train.total_training_steps', '-1', 'train.totalTrainingSteps', -1],
  ['dataset.record_length_bytes', '114660.07', 'dataset.recordLengthBytes', 114_660.07],
  ['dataset.record_length_bytes', '1_000', 'dataset.recordLengthBytes', 1000],
  ['dataset.record_length_bytes', '64KiB', 'dataset.recordLengthBytes', 65_536],
  ['storage.storage_options.part_size', '16MiB', 'storage.storageOptions.partSize', 16_777_216],
  ['dataset.listing_validation_interval', '"100"', 'dataset.listingValidationInterval', 100],
  ...['true', 'True', '"true"', '"True"', '"1"', '1', 'yes', 'on', '"on"'].map((word) => ['dataset.skip_listing', word, 'dataset.skipListing', true] as const),
  ...['false', '"False"', '"0"', '0', 'off', 'no'].map((word) => ['dataset.skip_listing', word, 'dataset.skipListing', false] as const),
  ['storage.s3_force_path_style', 'true', 'storage.storageOptions.s3ForcePathStyle', true],
  ['storage.s3_force_path_style', '"false"', 'storage.storageOptions.s3ForcePathStyle', false],
  ['storage.storage_options.s3_force_path_style', '"True"', 'storage.storageOptions.s3ForcePathStyle', true],
  ['storage.storage_options.s3_max_attempts', '"3"', 'storage.storageOptions.s3MaxAttempts', 3],
  ['storage.storage_options.access_key_id', '0123', 'storage.storageOptions.accessKeyId', '0123'], // octal in YAML 1.1
  ['storage.storage_options.secret_access_key', '1e10', 'storage.storageOptions.secretAccessKey', '1e10'],
  ['storage.storage_options.endpoint_url', 'host:9000', 'storage.storageOptions.endpointUrl', ['https://host:9000']],
  ['storage.storage_options.endpoint_url', 'http://host:9000', 'storage.storageOptions.endpointUrl', ['http://host:9000']],
  ['storage.storage_library', 'minio', 'storage.storageOptions.storageLibrary', 'minio'],
  ['reader.sample_shuffle', 'off', 'reader.sampleShuffle', 'off'],
  ['reader.sample_shuffle', '"off"', 'reader.sampleShuffle', 'off'],
  ['reader.file_shuffle', 'seed', 'reader.fileShuffle', 'seed'],
  ['reader.read_type', 'on_demand', 'reader.readType', 'on_demand'],
  ['data_reader.batch_size', '9', 'reader.batchSize', 9],
  ['dataset.compression', 'none', 'dataset.compression', 'none'],
  ['dataset.compression', 'null', 'dataset.compression', 'none'],
  ['dataset.record_dims', '[2, 3]', 'dataset.recordDims', [2, 3]],
  ['dataset.record_dims', '4', 'dataset.recordDims', [4]],
  ['profiling.iostat_devices', 'sda', 'profiling.iostatDevices', ['sda']],
  ['profiling.iostat_devices', '[sda, sdb]', 'profiling.iostatDevices', ['sda', 'sdb']],
  ['dataset.parquet.columns', '[{name: a, size: 3}, {dtype: int8}]', 'dataset.parquet.columns', [{ name: 'a', dtype: 'float32', size: 3 }, { name: 'data', dtype: 'int8', size: 1 }]],
  ['model', 'unet3d', 'model.name', 'unet3d'],
  ['model.name', '12', 'model.name', '12'],
  ['framework', 'pytorch', 'reader.dataLoader', 'pytorch'],
  ['checkpoint.ksm', 'null', 'checkpoint.ksm', undefined],
  ['checkpoint', '{ksm: {high_ram_trigger: 25.5}, randomize_tensor: false}', 'checkpoint.ksm', { madvMergeableId: 12, highRamTrigger: 25.5, lowRamExit: 15, awaitTime: 200 }],
  ['checkpoint', '{ksm: {}, randomize_tensor: false}', 'checkpoint.ksm', { madvMergeableId: 12, highRamTrigger: 30, lowRamExit: 15, awaitTime: 200 }],
] as const satisfies readonly (readonly [string, string, string, Tree | undefined])[]) {
  test(`${key}: ${written}`, async () => {
    const { workload } = await load(inFile(key, written))
    assert.deepEqual(valueAt(workload as unknown as Tree, property.split('.')), value)
  })
}

for (const [key, written, message, hint] of [
  ['train.epochs', '-1', 'expected an integer of at least 0, found -1', undefined],
  ['train.epochs', '1.5', 'expected an integer of at least 0, found 1.5', undefined],
  ['train.epochs', 'true', 'expected an integer of at least 0, found true', undefined],
  ['train.epochs', '[1]', 'expected an integer of at least 0, found [1]', undefined],
  ['train.epochs', '.nan', 'expected an integer of at least 0, found NaN', undefined],
  ['train.epochs', '.inf', 'expected an integer of at least 0, found Infinity', undefined],
  ['reader.batch_size', '0', 'expected an integer of at least 1, found 0', undefined],
  ['metric.au', '90', 'expected a number from 0 to 1, found 90', undefined],
  ['train.seed_change_epoch', 'maybe', 'expected true or false, found "maybe"', undefined],
  ['train.seed_change_epoch', '2', 'expected true or false, found 2', undefined],
  ['dataset.format', 'NPZ', 'expected one of tfrecord, hdf5, csv, npz, npy, hdf5_opt, jpeg, png, indexed_binary, mmap_indexed_binary, synthetic, parquet, found "NPZ"', 'did you mean npz?'],
  ['reader.sample_shuffle', 'on', 'expected one of off, seed, random, found true', undefined],
  ['reader.sample_shuffle', 'sede', 'expected one of off, seed, random, found "sede"', 'did you mean seed?'],
  ['dataset.record_dims', '[1, x]', 'expected a list of integers of at least 1, found [1,"x"]', undefined],
  ['dataset.record_length_bytes', '64 kilos', 'expected a number of bytes, or a size like 64KiB, of at least 0, found "64 kilos"', undefined],
  ['dataset.file_prefix', '[a]', 'expected text, found ["a"]', undefined],
  ['dataset.parquet.columns', '[a]', 'expected a list of maps of name, dtype and size, found ["a"]', undefined],
  ['storage.storage_options.secret_access_key', '[hunter2]', 'expected text, found something else', undefined],
  ['dataset', '5', 'expected a map of keys, found 5', undefined],
  ['dataset.hdf5', '[1]', 'expected a map of keys, found [1]', undefined],
] as const) {
  test(`${key}: ${written} is refused`, async () => {
    const text = inFile(key, written)
    const fault = await refusal(text)
    const line = text.trimEnd().split('\n').length
    const column = text.trimEnd().split('\n').at(-1)!.length - written.length + 1
    assert.equal(fault.message, `w.yaml:${line}:${column}: ${key}: ${message}`)
    assert.equal(fault.hint, hint)
    assert.deepEqual(fault.info, { file: 'w.yaml', line, column, key })
  })
}

for (const [key, name] of [['reader.reader_classname', 'my.module.Reader'], ['reader.data_loader_classname', 'Loader'], ['checkpoint.checkpoint_mechanism_classname', 'a.b.C']] as const) {
  test(`the Python class of ${key} is refused by name`, async () => {
    const fault = await refusal(inFile(key, name))
    assert.match(fault.message, new RegExp(`^w\\.yaml:2:\\d+: ${key}: names the Python class ${name}, which cannot run here$`))
    assert.match(fault.hint ?? '', /^remove the key/)
  })
}

test('an empty file is all defaults, and required keys are there', async () => {
  const { workload, origins } = await load('')
  assert.equal(workload.dataset.numFilesTrain, 8)
  assert.equal(workload.train.seed, 123)
  assert.equal(workload.reader.prefetchSize, 2)
  assert.equal(workload.model.transformer.ffnHiddenSize, 8192)
  assert.deepEqual(workload.train.computationTime, { type: 'none' })
  assert.ok(!('ksm' in workload.checkpoint))
  assert.ok(!('region' in workload.storage.storageOptions))
  assert.ok([...origins.values()].every(({ kind }) => kind === 'default'))
})
