import assert from 'node:assert/strict'
import { test } from 'node:test'
import { composedYaml, overridesYaml, printConfig } from '../../src/workload/print.ts'
import { parseYaml } from '../../src/workload/yaml.ts'
import { load } from './support.ts'

const text = `model: unet3d
framework: pytorch
storage:
  storage_options:
    access_key_id: AKIAIOSFODNN7EXAMPLE
    secret_access_key: hunter2hunter2
    endpoint_url: https://me:hunter2@host/
train:
  computation_time: 0.5
  computation_time_stdev: 0.1
reader: {sample_shuffle: off, preprocess_time: {type: gamma, shape: 1, scale: 2}}
custom: {x: 1, my_password: hunter2}
`
const overrides = ['train.epochs=3', '++workload.storage.storage_options.session_token=hunter2,'.replace(',', ''), '++workload.evaluation.eval_time=1e-3']

test('every value with its origin, secrets masked', async () => {
  const printed = printConfig(await load(text, { overrides }))
  const lines = printed.split('\n').map((line) => line.replaceAll(/ {2,}#/g, ' #'))
  for (const line of [
    '# w, from w.yaml',
    'framework: pytorch # w.yaml:2',
    '  name: unet3d # w.yaml:1',
    '  generate_data: false # default',
    '    access_key_id: AKIA*** # w.yaml:5',
    "    secret_access_key: '***' # w.yaml:6",
    "    session_token: '***' # ++workload.storage.storage_options.session_token=***",
    '    endpoint_url: [https://***@host/] # w.yaml:7',
    '  epochs: 3 # train.epochs=3',
    '  computation_time: {type: normal, mean: 0.5, stdev: 0.1} # w.yaml:9',
    '  eval_time: 0.001 # ++workload.evaluation.eval_time=1e-3',
    "  sample_shuffle: 'off' # w.yaml:11",
  ]) assert.ok(lines.includes(line), `${line}\nin\n${lines.join('\n')}`)
  assert.ok(!printed.includes('hunter2'))
  assert.ok(!printed.includes('undefined'))
})

test('what is printed loads again, to the same workload', async () => {
  const plain = text.replace(/storage:\n(?: {2}.*\n)+/, 'storage: {storage_type: s3, storage_root: b}\n')
  for (const source of ['', plain]) {
    const first = await load(source)
    const second = await load(printConfig(first))
    assert.deepEqual(second.workload, first.workload)
    assert.deepEqual(second.warnings.filter(({ kind }) => kind === 'unknown' || kind === 'ignored'), [])
  }
})

test('.hydra/config.yaml: the composed tree under its root key, which loads again', async () => {
  const loaded = await load(text, { overrides })
  const yaml = composedYaml(loaded)
  assert.ok(!yaml.includes('hunter2'))
  const { workload } = parseYaml(yaml, 'config.yaml').value as { workload: Record<string, Record<string, unknown>> }
  assert.deepEqual(Object.keys(workload), ['model', 'framework', 'storage', 'train', 'reader', 'custom', 'evaluation'])
  assert.deepEqual(workload['train'], { computation_time: 0.5, computation_time_stdev: 0.1, epochs: 3 })
  assert.deepEqual((await load(yaml)).workload.train, loaded.workload.train)
})

test('.hydra/overrides.yaml: a list of texts', async () => {
  const loaded = await load(text, { overrides })
  assert.deepEqual(parseYaml(overridesYaml(loaded), 'o').value, ['train.epochs=3', '++workload.storage.storage_options.session_token=***', '++workload.evaluation.eval_time=1e-3'])
  assert.deepEqual(parseYaml(overridesYaml(await load('')), 'o').value, [])
})
