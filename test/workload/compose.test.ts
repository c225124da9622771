// Overrides and layers, applied.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { valueAt } from '../../src/workload/tree.ts'
import { load, refusal } from './support.ts'

const text = 'model: {name: m}\ntrain:\n  epochs: 2\ndataset: {record_dims: [1, 2]}\nextra: {a: 1}\n'

for (const [overrides, path, value] of [
  [[], 'train.epochs', 2],
  [['train.epochs=3'], 'train.epochs', 3],
  [['train.epochs=3', 'workload.train.epochs=4'], 'train.epochs', 4],
  [['workload.train.seed=5'], 'train.seed', 5], // not in the file: DLIO has it
  [['+workload.train.seed=5'], 'train.seed', 5],
  [['++workload.train.epochs=5'], 'train.epochs', 5],
  [['++workload.new.key=x'], 'new.key', 'x'],
  [['extra.a=2'].map((override) => `++workload.${override}`), 'extra.a', 2],
  [['workload.extra.a=2'], 'extra.a', 2],
  [['~workload.train.epochs'], 'train.epochs', undefined],
  [['~train.epochs=2'], 'train.epochs', undefined],
  [['~train'], 'train', undefined],
  [['++workload.checkpoint.ksm={}', 'checkpoint.randomize_tensor=false'], 'checkpoint.ksm', {}],
  [['dataset.record_dims=[3]'], 'dataset.record_dims', [3]],
  [['++workload.train={seed: 7}'], 'train', { epochs: 2, seed: 7 }], // maps are merged
  [['train.epochs=null'], 'train.epochs', null],
  [['dataset.file_prefix=${workload.model.name}-${train.epochs}'.replace('${train', '${workload.train')], 'dataset.file_prefix', 'm-2'],
  [['train.seed=${workload.train.epochs}'], 'train.seed', 2],
  [['train.seed=${.epochs}'], 'train.seed', 2],
  [['dataset.file_prefix=${..model.name}'], 'dataset.file_prefix', 'm'],
  [['dataset.record_dims=[${workload.train.epochs}, 4]'], 'dataset.record_dims', [2, 4]],
  [['dataset.file_prefix=${oc.env:PREFIX}/${oc.env:NONE,x}'], 'dataset.file_prefix', 'p/x'],
  [['dataset.num_files_train=${workload.dataset.record_dims[1]}'], 'dataset.num_files_train', 2],
] as const) {
  test(`${overrides.join(' ') || 'nothing'} makes ${path} ${JSON.stringify(value) ?? 'absent'}`, async () => {
    const { composed } = await load(text, { overrides, env: { PREFIX: 'p' } })
    assert.deepEqual(valueAt(composed, path.split('.')), value)
  })
}

for (const [override, message, hint] of [
  ['train.epoch=3', /override "train.epoch=3": the workload has no key train\.epoch/, 'did you mean train.epochs?'],
  ['workload.dataset.batch_size=3', /no key dataset\.batch_size/, 'did you mean reader.batch_size?'],
  ['workload.zzzzzz.q=3', /position 1|no key/, undefined],
  ['+train.epochs=3', /train\.epochs is there already, from w\.yaml:3/, 'write ++workload.train.epochs=… to change it'],
  ['~train.seed', /there is no train\.seed to delete/, undefined],
  ['~train.epochs=3', /train\.epochs is 2, not 3/, undefined],
  ['train.seed=${workload.nix}', /train\.seed: \$\{workload\.nix\} names a key that is not there/, undefined],
  ['train.seed=${workload.train.seed}', /names itself/, undefined],
  ['dataset.file_prefix=x${workload.train}', /is no text/, undefined],
  ['dataset.file_prefix=${oc.env:NIX}', /environment has no NIX/, undefined],
  ['dataset.file_prefix=${now:%Y}', /resolver now is not supported/, undefined],
  ['train.epochs=abc', /override "train.epochs=abc": train\.epochs: expected an integer of at least 0, found "abc"/, undefined],
  ['train=3', /train: expected a map of keys, found 3/, undefined],
] as const) {
  test(`${override} is refused`, async () => {
    const fault = await refusal(text, { overrides: [override] })
    assert.match(fault.message, message)
    if (hint !== undefined) assert.equal(fault.hint, hint)
  })
}

test('what Hydra is told is collected, and interpolated', async () => {
  const { hydra, warnings } = await load(text, {
    overrides: ['hydra.run.dir=./log/${workload.model.name}/${now:%Y-%m-%d}', '++hydra.output_subdir=dlio_config', 'hydra.job.chdir=false'],
    wallMilliseconds: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  })
  assert.deepEqual(hydra, { runDir: './log/m/2026-01-02', outputSubdir: 'dlio_config' })
  assert.deepEqual(warnings.filter(({ key }) => key.startsWith('hydra')).map(({ kind, key }) => [kind, key]), [['ignored', 'hydra.job.chdir']])
})

test('a model that is a bare string keeps its name when something is added to it', async () => {
  const { workload } = await load('model: unet3d', { overrides: ['++workload.model.type=cnn', 'model.num_layers=4'] })
  assert.deepEqual([workload.model.name, workload.model.type, workload.model.numLayers], ['unet3d', 'cnn', 4])
})

test('layers lie under the workload, and overrides on top of all', async () => {
  const contents: Record<string, string> = {
    'a.yaml': 'storage: {storage_type: s3, storage_root: low, storage_options: {region: r1, endpoint_url: http://a}}\ntrain: {epochs: 9, seed: 9}',
    'b.yaml': 'workload: {storage: {storage_options: {region: r2}}}',
  }
  const files = { read: (file: string) => Promise.resolve(contents[file]), list: () => Promise.resolve([]) }
  const { workload, origins } = await load('storage: {storage_root: mine}\ntrain: {epochs: 2}\n', { layers: ['a.yaml', 'b.yaml'], files, overrides: ['train.seed=1'] })
  assert.deepEqual(
    [workload.storage.storageType, workload.storage.storageRoot, workload.storage.storageOptions.region, workload.storage.storageOptions.endpointUrl, workload.train.epochs, workload.train.seed],
    ['s3', 'mine', 'r2', ['http://a'], 2, 1])
  assert.deepEqual(origins.get('storage.storage_options.region'), { kind: 'file', file: 'b.yaml', line: 1, column: 40 })
  assert.deepEqual(origins.get('train.epochs'), { kind: 'file', file: 'w.yaml', line: 2, column: 9 })
  assert.deepEqual(origins.get('train.seed'), { kind: 'override', text: 'train.seed=1', index: 0 })
  assert.deepEqual(origins.get('train.total_training_steps'), { kind: 'default' })
})

test('a key that looks like a prototype stays a key', async () => {
  const { composed, warnings } = await load('train: {__proto__: {epochs: 9}}\n__proto__: 1', { overrides: ['++workload.train.constructor=1'] })
  assert.equal(({} as Record<string, unknown>)['epochs'], undefined)
  assert.deepEqual(Object.keys(composed as object), ['train', '__proto__'])
  assert.equal(warnings.filter(({ kind }) => kind === 'unknown').length, 3)
})

for (const override of ['~storage.storage_options.secret_access_key=x', '~storage.storage_options={a: 1}', 'storage.storage_options.secret_access_key=[x]', 'storage.storage_options.secret_acess_key=x']) {
  test(`a refusal of ${override} tells no secret`, async () => {
    const fault = await refusal('storage: {storage_options: {secret_access_key: hunter2}}', { overrides: [override] })
    assert.ok(!`${fault.message} ${fault.hint ?? ''}`.includes('hunter2'), fault.message)
  })
}
