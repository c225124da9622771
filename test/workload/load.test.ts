// Finding workloads, telling all problems at once, and what is warned about.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../../src/util/fault.ts'
import { listWorkloads, workloadText } from '../../src/workload/files.ts'
import { loadWorkload, type LoadOptions } from '../../src/workload/load.ts'
import { load, refusal } from './support.ts'

test('all problems of a file in one Fault, a line each', async () => {
  const fault = await refusal('train:\n  epochs: x\n  computation_time: {type: unifrom}\ndataset:\n  format: npx\nreader: [1]\n', { overrides: ['train.seed=y', 'train.nix=1'] })
  assert.deepEqual(fault.message.split('\n'), [
    'override "train.nix=1": the workload has no key train.nix (write ++workload.train.nix=… to add it all the same)',
    'w.yaml:6:9: reader: expected a map of keys, found [1]',
    'w.yaml:5:11: dataset.format: expected one of tfrecord, hdf5, csv, npz, npy, hdf5_opt, jpeg, png, indexed_binary, mmap_indexed_binary, synthetic, parquet, found "npx" (did you mean npz?)',
    'w.yaml:2:11: train.epochs: expected an integer of at least 0, found "x"',
    'w.yaml:3:28: train.computation_time.type: expected one of normal, uniform, gamma, exponential, poisson, found "unifrom" (did you mean uniform?)',
    'override "train.seed=y": train.seed: expected an integer of at least 0, found "y"',
  ])
  assert.equal(fault.hint, undefined)
})

for (const [text, kind, key, line, message] of [
  ['dataset:\n  record_length: 5', 'ignored', 'dataset.record_length', 2, /use dataset\.record_length_bytes/],
  ['model: {model_size: 5}', 'ignored', 'model.model_size', 1, /use model\.model_size_bytes/],
  ['workflow: {evaluate: true}', 'ignored', 'workflow.evaluate', 1, /use workflow\.evaluation/],
  ['logging: {level: 5, x: 6}', 'ignored', 'logging', 1, /remove/],
  ['data_reader: {batch_size: 2}\nreader: {batch_size: 3}', 'ignored', 'reader', 2, /data_reader is there and wins/],
  ['train:\n  epoch: 3', 'unknown', 'train.epoch', 2, /did you mean train\.epochs\?/],
  ['dataset: {batch_size: 3}', 'unknown', 'dataset.batch_size', 1, /did you mean reader\.batch_size\?/],
  ['datset: {format: npz, num_files_train: 3}', 'unknown', 'datset', 1, /did you mean dataset\?/],
  ['qqqq: 1', 'unknown', 'qqqq', 1, /ignored$/],
  ['dataset: {hdf5: {chunk_dim: [1]}}', 'unknown', 'dataset.hdf5.chunk_dim', 1, /did you mean dataset\.hdf5\.chunk_dims\?/],
  ['workflow: {checkpoint: true}', 'unsupported', 'workflow.checkpoint', 1, /checkpoints are not written by this version; training runs without them/],
  ['workflow: {profiling: true}\nprofiling: {profiler: darshan}', 'unsupported', 'workflow.profiling', 1, /no profiler/],
  ['reader: {odirect: true}', 'unsupported', 'reader.odirect', 1, /page cache/],
  ['reader: {transfer_size: 262144}', 'inert', 'reader.transfer_size', 1, /exact ranges/],
  ['reader: {pin_memory: false}', 'inert', 'reader.pin_memory', 1, /accelerator memory/],
  ['reader: {multiprocessing_context: spawn}', 'inert', 'reader.multiprocessing_context', 1, /Python/],
  ['storage: {storage_options: {secret_access_key: x}}', 'secret', 'storage.storage_options.secret_access_key', 1, /environment or a profile/],
  ['storage:\n  storage_options:\n    request_headers:\n      - "x-amz-request-payer: requester"\n      - "x-amz-server-side-encryption-customer-key: c2VjcmV0"', 'secret', 'storage.storage_options.request_headers', 5, /^x-amz-server-side-encryption-customer-key in storage\.storage_options\.request_headers is a secret in a file: .*oc\.env/],
  ['storage:\n  storage_options:\n    request_headers: "Authorization: Basic c2VjcmV0"', 'secret', 'storage.storage_options.request_headers', 3, /^authorization in .* is a secret in a file/],
  ['storage: {storage_options: {request_headers: ["x-amz-server-side-encryption-customer-key-md5: c2Vj",\n "cookie: session=c2VjcmV0"]}}', 'secret', 'storage.storage_options.request_headers', 2, /^cookie in .* is a secret in a file/],
  ['workflow: {evaluation: true}', 'compat', 'dataset.num_files_eval', undefined, /nothing to evaluate/],
] as const) {
  test(`one warning for ${key} (${kind})`, async () => {
    const { warnings } = await load(text)
    assert.equal(warnings.length, 1, JSON.stringify(warnings))
    const [warning] = warnings
    assert.deepEqual([warning?.kind, warning?.key, warning?.line], [kind, key, line])
    assert.match(warning?.message ?? '', message)
    assert.ok(warning?.message.includes(key.split('.')[0]!))
  })
}

for (const text of ['', 'workflow: {checkpoint: false}', 'reader: {pin_memory: true, read_type: on_demand, odirect: false, data_loader_sampler: index}', 'profiling: {profiler: iostat}',
  'model: {type: cnn, model_size_bytes: 5}', 'checkpoint: {checkpoint_folder: x, fsync: true}', 'storage: {s3_force_path_style: true}',
  'storage: {storage_options: {secret_access_key: "${oc.env:SECRET}"}}', 'storage: {storage_options: {request_headers: ["x-amz-server-side-encryption-customer-key: ${oc.env:SECRET}", "x-amz-meta-a: b"]}}', 'train: {computation_time_stdev: 0.1}']) {
  test(`no warning for ${text || 'nothing'}`, async () => {
    assert.deepEqual((await load(text, { env: { SECRET: 's' } })).warnings, [])
  })
}

for (const [name, text, found] of [
  ['a map', 'storage: {storage_options: {request_headers: {x-amz-meta-a: hunter2}}}', 'a map'],
  ['a map of a secret', 'storage:\n  storage_options:\n    request_headers:\n      authorization: hunter2', 'a map'],
  ['a list of maps', 'storage:\n  storage_options:\n    request_headers:\n      - x-amz-meta-a: hunter2', 'a list of something else'],
  ['a number', 'storage: {storage_options: {request_headers: 42}}', 'something else'],
] as const) {
  test(`request_headers as ${name}: nothing of it is quoted`, async () => {
    const { message, hint } = await refusal(text)
    assert.match(message, new RegExp(`storage\\.storage_options\\.request_headers: expected a list of texts, found ${found}$`))
    assert.equal(hint, 'write a list of "name: value", each in quotes')
  })
}

for (const text of ['storage: {storage_options: "secret_access_key: hunter2"}', 'storage: {storage_options: [{session_token: hunter2}]}', '- {secret_access_key: hunter2}', 'workload: "secret_access_key: hunter2"', 'reader: {read_threads: {cookie: hunter2}}']) {
  test(`what is no map is refused without its secrets: ${text}`, async () => {
    const { message } = await refusal(text)
    assert.match(message, /\*\*\*/)
    assert.doesNotMatch(message, /hunter2/)
  })
}

test('strict makes errors of unknown and ignored keys, and of nothing else', async () => {
  const fault = await refusal('train:\n  epoch: 3\nmodel: {model_size: 5}\nreader: {odirect: true}', { strict: true })
  assert.deepEqual(fault.message.split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')), ['w.yaml:2:3: train.epoch', 'w.yaml:3:9: model.model_size'])
  assert.equal((await load('reader: {odirect: true}', { strict: true })).warnings.length, 1)
})

const tree: Readonly<Record<string, string>> = {
  'conf/workload/a.yaml': 'train: {epochs: 1}',
  'conf/a.yaml': 'train: {epochs: 2}',
  'conf/b.yaml': 'train: {epochs: 3}',
  'built/b.yaml': 'train: {epochs: 4}',
  'built/default.yaml': 'train: {epochs: 5}',
  'd.yaml': 'workload: {train: {epochs: 6}}\nhydra: {}',
  'root.yaml': 'defaults: [_self_]\nhydra: {}',
  'root2.yaml': 'defaults: [_self_]\nworkload:\n',
  'conf/chooses.yaml': 'defaults: [_self_, {workload: a}]\nhydra: {}',
  'conf/open.yaml': 'defaults: [{workload: null}]',
  'text.yaml': 'hello',
}
const files = {
  read: (file: string) => Promise.resolve(tree[file]),
  list: (directory: string) => Promise.resolve(Object.keys(tree).filter((file) => file.startsWith(`${directory}/`) && !file.slice(directory.length + 1).includes('/')).map((file) => file.slice(directory.length + 1))),
}
const find = (options: LoadOptions): ReturnType<typeof loadWorkload> => loadWorkload({ files, builtIn: 'built', configDirs: ['conf'], ...options })

for (const [options, epochs, name, file] of [
  [{}, 5, 'default', 'built/default.yaml'],
  [{ source: { name: 'a' } }, 1, 'a', 'conf/workload/a.yaml'],
  [{ overrides: ['workload=a'] }, 1, 'a', 'conf/workload/a.yaml'],
  [{ overrides: ['workload=a', '+workload=b'] }, 3, 'b', 'conf/b.yaml'],
  [{ source: { name: 'b' }, configDirs: [] }, 4, 'b', 'built/b.yaml'],
  [{ source: { name: 'd.yaml' } }, 6, 'd', 'd.yaml'],
  [{ source: { file: 'd.yaml' }, overrides: ['train.epochs=9'] }, 9, 'd', 'd.yaml'],
  [{ source: { text: 'train: {epochs: 8}' } }, 8, 'workload', undefined],
  [{ source: { file: 'conf/chooses.yaml' }, configDirs: [] }, 1, 'a', 'conf/workload/a.yaml'],
  [{ source: { file: 'conf/open.yaml' }, configDirs: [] }, 5, 'default', 'built/default.yaml'],
] as const satisfies readonly (readonly [LoadOptions, number, string, string | undefined])[]) {
  test(`found: ${JSON.stringify(options)}`, async () => {
    const loaded = await find(options)
    assert.deepEqual([loaded.workload.train.epochs, loaded.name, loaded.file], [epochs, name, file])
  })
}

for (const [options, message, hint] of [
  [{ source: { name: 'defautl' } }, /^there is no workload defautl$/, /^did you mean default\? there are a, b, chooses, default, open$/],
  [{ source: { name: 'unet3d' } }, /^there is no workload unet3d$/, /^there are a, b, chooses, default, open$/],
  [{ source: { file: 'conf/c.yaml' } }, /^there is no file conf\/c\.yaml$/, /^did you mean conf\/[ab]\.yaml\?$/],
  [{ source: { file: 'd.yaml' }, overrides: ['workload=a'] }, /^override "workload=a": the workload is chosen twice$/, /./],
  [{ source: { file: 'root.yaml' } }, /^root\.yaml:1:11: this is Hydra's root configuration/, /./],
  [{ source: { file: 'root2.yaml' } }, /^root2\.yaml:2:1: workload: expected a map of sections, found null$/, undefined],
  [{ source: { file: 'text.yaml' } }, /^text\.yaml:1:1: expected a map of sections, found "hello"$/, undefined],
  [{ layers: ['nix.yaml'] }, /^there is no file nix\.yaml$/, /./],
] as const satisfies readonly (readonly [LoadOptions, RegExp, RegExp | undefined])[]) {
  test(`not found: ${JSON.stringify(options)}`, async () => {
    await assert.rejects(find(options), (error) => {
      assert.ok(isFault(error, 'usage'))
      assert.match(error.message, message)
      if (hint) assert.match(error.hint ?? '', hint)
      return true
    })
  })
}

test('the list has the first comment line; a folder that is not there has nothing', async () => {
  const listed = await listWorkloads('dir', {
    read: (file) => Promise.resolve(file === 'dir/a.yaml' ? '\n#  What it is.  \n# More\ntrain: {}' : 'train: {}'),
    list: () => Promise.resolve(['b.yaml', 'README.md', 'a.yaml']),
  })
  assert.deepEqual(listed, [{ name: 'a', description: 'What it is.', file: 'dir/a.yaml' }, { name: 'b', description: '', file: 'dir/b.yaml' }])
  assert.deepEqual(await listWorkloads('there/is/no/such/folder'), [])
})

test('the text of a built-in workload', async () => {
  assert.match(await workloadText('quickstart'), /^# /)
  await assert.rejects(workloadText('quickstrat'), (error) => isFault(error, 'usage') && (error.hint ?? '').startsWith('did you mean quickstart?'))
})
