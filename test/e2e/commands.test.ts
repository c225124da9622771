// The small commands, and DLIO command lines pasted behind `run`.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { dlioCommandLine } from '../../src/cli/main.ts'
import { dlio, temporaryFolder } from '../support/cli.ts'
import { fixture, repoRoot } from '../support/root.ts'

const pasted: [string, string][] = [
  ['run quickstart --embedded', 'run quickstart --embedded'],
  ['run workload=unet3d_h100 -cd conf', 'run workload=unet3d_h100 --config-dir conf'],
  ['run dlio_benchmark workload=unet3d_h100 ++workload.train.epochs=1', 'run workload=unet3d_h100 ++workload.train.epochs=1'],
  ['run mpirun -np 8 -host a:4,b:4 dlio_benchmark workload=x --config-dir=c', 'run --accelerators 8 workload=x --config-dir=c'],
  ['run srun --ntasks=4 /usr/bin/dlio_benchmark workload=x', 'run --accelerators 4 workload=x'],
  ['validate dlio_benchmark', 'validate dlio_benchmark'],
  ['', ''],
]
for (const [before, after] of pasted) {
  test(`«${before}» is read as «${after}»`, () => { assert.deepEqual(dlioCommandLine(before.split(' ')), after.split(' ')) })
}

test('a DLIO command line runs: workload by name from a config folder, overrides, run folder', async (t) => {
  const folder = await temporaryFolder(t)
  await dlio(['workloads', 'show', 'quickstart']).then((shown) => writeFile(path.join(folder, 'mine.yaml'), shown.stdout))
  const out = path.join(folder, 'results')
  const result = await dlio(['run', 'mpirun', '-np', '2', 'dlio_benchmark', 'workload=mine', `--config-dir=${folder}`, '++workload.train.epochs=1', `++hydra.run.dir=${out}`, '++hydra.output_subdir=dlio_config', '--embedded', '-q'])
  assert.equal(result.code, 0, result.stderr)
  const summary = JSON.parse(await readFile(path.join(out, 'summary.json'), 'utf8')) as { num_accelerators: number }
  assert.equal(summary.num_accelerators, 2)
  assert.match(await readFile(path.join(out, 'dlio_config', 'overrides.yaml'), 'utf8'), /train\.epochs=1/)
  assert.match(await readFile(path.join(out, 'dlio_config', 'config.yaml'), 'utf8'), /^workload:/m)
  const log = await readFile(path.join(out, 'dlio.log'), 'utf8')
  for (const line of [/Running DLIO \[Generating data & Training\] with 2 process\(es\)/, /Max steps per epoch: 8 = 1 \* 64 \/ 4 \/ 2 /, /Starting epoch 1: 8 steps expected/, /Epoch 1 - Block 1 \[Training\] Accelerator Utilization \[AU\] \(%\): /, /\[METRIC\] Training I\/O Throughput \(MB\/second\): /]) assert.match(log, line)
})

test('--print-config shows every value with its origin, and no secret', async () => {
  const result = await dlio(['run', 'quickstart', '--print-config', '++workload.reader.read_threads=7', '++workload.storage.storage_options.secret_access_key=hush-hush'])
  assert.equal(result.code, 0)
  assert.match(result.stdout, /read_threads: 7 +# \+\+workload\.reader\.read_threads=7/)
  assert.match(result.stdout, /epochs: 2 +# .*quickstart\.yaml:\d+/)
  assert.match(result.stdout, /batch_size_eval: 1 +# default/)
  assert.ok(!`${result.stdout}${result.stderr}`.includes('hush-hush'))
})

test('validate says what an epoch is and what rate it needs', async () => {
  const result = await dlio(['validate', 'unet3d_h100'])
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stdout, /168 npz files/)
  assert.match(result.stdout, /2\.9\d GiB\/s/)
})

test('workloads list names what show prints', async () => {
  const { workloads } = JSON.parse((await dlio(['workloads', 'list', '--json'])).stdout) as { workloads: { name: string }[] }
  const names = workloads.map(({ name }) => name)
  for (const name of ['quickstart', 'unet3d_a100', 'unet3d_h100', 'unet3d_b200', 'resnet50_a100', 'resnet50_h100', 'cosmoflow_a100', 'cosmoflow_h100', 'retinanet_b200']) assert.ok(names.includes(name), name)
  for (const name of names) assert.equal((await dlio(['workloads', 'show', name])).stdout, await readFile(path.join(repoRoot, 'workloads', `${name}.yaml`), 'utf8'))
})

test('schema workload is a JSON Schema that knows the keys', async () => {
  const schema = JSON.parse((await dlio(['schema', 'workload'])).stdout) as { properties: Record<string, { properties?: Record<string, unknown> }> }
  assert.ok('num_files_train' in schema.properties['dataset']!.properties!)
})

const npz = fixture('npz', 'stored.npz')

test('inspect shows the arrays of a file as NumPy does', async () => {
  const document = JSON.parse((await dlio(['inspect', npz, '--json'])).stdout) as Record<string, unknown> & { arrays: { name: string }[] }
  const { reference } = JSON.parse(await readFile(`${npz}.json`, 'utf8')) as { reference: { arrays: Record<string, { shape: number[]; dtype: string; bytes: number; crc32: string; first16: number[] }> } }
  assert.deepEqual([document['format'], document['size'], document['num_samples']], ['npz', 1090, 3])
  assert.deepEqual(document.arrays, Object.entries(reference.arrays).map(([name, { dtype, shape, bytes, crc32, first16 }]) => ({ name, dtype, shape, fortran_order: false, bytes, crc32, head: first16 })))
})

test('inspect --sample shows that sample, and refuses one that is not there', async () => {
  const document = JSON.parse((await dlio(['inspect', npz, '--sample', '2', '--json'])).stdout) as { sample: number; arrays: { shape: number[] }[] }
  assert.deepEqual([document.sample, document.arrays[0]!.shape], [2, [16, 12]])
  const refused = await dlio(['inspect', npz, '--sample', '3'])
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /3 samples/)
})

test('inspect tells damage by code 5, and a missing file by its path', async () => {
  const damaged = await dlio(['inspect', fixture('npz', 'truncated.npz')])
  assert.equal(damaged.code, 5)
  assert.match(damaged.stderr, /truncated\.npz/)
  assert.notEqual((await dlio(['inspect', '/nonexistent/x.npz'])).code, 0)
})

test('--version and --help end with 0', async () => {
  const { version } = JSON.parse(await readFile(path.join(repoRoot, 'package.json'), 'utf8')) as { version: string }
  const shown = await dlio(['--version'])
  assert.deepEqual([shown.code, shown.stdout.trim()], [0, version])
  assert.equal((await dlio(['--help'])).code, 0)
})

test('serve speaks TLS, and prints what its clients need to trust it', async () => {
  const certFile = fixture('tls', 'localhost.cert.pem')
  let said = ''
  const serving = dlio(['serve', '--bucket', 'bench', '--versioned', '--tls-cert', certFile, '--tls-key', fixture('tls', 'localhost.key.pem'), '--json'], {
    onStart: async (child) => {
      const settings = await new Promise<string>((resolve, reject) => {
        child.stdout!.once('data', (text: string) => { resolve(text) })
        child.once('close', () => { reject(new Error('serve ended before it said anything')) })
      })
      const env = JSON.parse(settings) as Record<string, string>
      const load = ['bench', 'put', 's3://bench/load', '--count', '4', '--objects', '2', '--size', '1KiB', '--concurrency', '1', '--json']
      const put = await dlio(load, { env })
      const { AWS_CA_BUNDLE: bundle = '', ...without } = env
      const unknown = await dlio(load, { env: without })
      child.kill('SIGINT')
      assert.match(env['AWS_ENDPOINT_URL_S3']!, /^https:\/\/localhost:\d+$/)
      assert.equal(bundle, certFile)
      assert.equal(put.code, 0, put.stderr)
      assert.equal((JSON.parse(put.stdout) as { bench: { versions_removed: number } }).bench.versions_removed, 5)
      assert.equal(unknown.code, 4, unknown.stderr)
      assert.match(unknown.stderr + unknown.stdout, /--ca-file/)
    },
    onStderr: (_, stderr) => { said = stderr },
  })
  assert.equal((await serving).code, 0)
  assert.ok(said.includes(`clients trust it with --ca-file ${certFile}, or AWS_CA_BUNDLE`), said)
})

const loopback = { cert: fixture('tls', 'loopback.cert.pem'), key: fixture('tls', 'loopback.key.pem') }
test('serve with a certificate of an authority names that', async () => {
  const serving = await dlio(['serve', '--tls-cert', loopback.cert, '--tls-key', loopback.key], { onStderr: (child) => { child.kill('SIGTERM') } })
  assert.match(serving.stderr, /--ca-file FILE, or AWS_CA_BUNDLE=FILE, where FILE has the authority CN=Test authority of servers/)
  assert.doesNotMatch(serving.stdout, /AWS_CA_BUNDLE/)
})

for (const [flags, message] of [
  [['--tls-cert', loopback.cert], /--tls-cert needs --tls-key beside it/], [['--tls-key', loopback.key], /--tls-key needs --tls-cert beside it/],
  [['--tls-cert', loopback.cert, '--tls-key', fixture('tls', 'localhost.key.pem')], /is not that of the certificate in/],
] as const) {
  test(`serve ${flags.filter((word) => word.startsWith('--')).join(' ')} that cannot be is a usage error: ${message.source}`, async () => {
    const result = await dlio(['serve', ...flags])
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, message)
  })
}

test('serve prints what a client needs, and serves it', async (t) => {
  const folder = await temporaryFolder(t)
  let settings = ''
  const serving = dlio(['serve', '--bucket', 'bench', '--json'], {
    env: { AWS_ACCESS_KEY_ID: 'server-key', AWS_SECRET_ACCESS_KEY: 'server-secret' },
    onStart: async (child) => {
      settings = await new Promise((resolve, reject) => {
        child.stdout!.once('data', (text: string) => { resolve(text) })
        child.once('close', () => { reject(new Error('serve ended before it said anything')) })
      })
      const endpoint = (JSON.parse(settings) as Record<string, string>)['AWS_ENDPOINT_URL_S3']!
      const run = await dlio(['run', 'quickstart', '--target', 's3://bench/quickstart', '-q', '--out', folder], { env: { AWS_ACCESS_KEY_ID: 'server-key', AWS_SECRET_ACCESS_KEY: 'server-secret', AWS_ENDPOINT_URL_S3: endpoint } })
      const virtual = await dlio(['run', 'quickstart', '--target', 's3://bench/quickstart', '--virtual-host', '-q', '--out', folder], { env: { AWS_ACCESS_KEY_ID: 'server-key', AWS_SECRET_ACCESS_KEY: 'server-secret', AWS_ENDPOINT_URL_S3: endpoint.replace('127.0.0.1', 'localhost') } })
      child.kill('SIGINT')
      assert.equal(run.code, 0, run.stderr)
      assert.equal(virtual.code, 0, `virtual-host style: ${virtual.stderr}`)
    },
  })
  assert.equal((await serving).code, 0)
  assert.ok(!settings.includes('server-secret'), 'a secret that came from the environment is not printed')
})
