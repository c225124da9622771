// --index: a listing is kept in a file, later runs use it after a look at a sample, and never against what is there.

import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { dlio, temporaryFolder, type CliResult } from '../support/cli.ts'
import { forkKeyServer } from '../support/key-server.ts'

let server: RunningServer
let store: ObjectStore
before(async () => {
  server = await startServer({ buckets: ['data'] })
  const spec: S3Spec = { kind: 's3', transport: 'direct', bucket: 'data', endpoint: server.endpoint, region: server.region, addressing: 'path', credentials: server.credentials, maxAttempts: 1, partSize: 1 << 23, timeouts: { connect: 5000, firstByte: 5000, idle: 5000 } }
  store = await openStore(spec)
})
after(async () => {
  await store.close()
  await server.close()
})

interface Result { readonly summary: Record<string, number>; readonly workload: { readonly index?: string; readonly files_train: number; readonly files_eval: number } }

let numPrefixes = 0

/** A data set of its own, an index file to be, and how to run on them. */
async function place(t: TestContext): Promise<{ prefix: string; index: string; run: (...words: string[]) => Promise<CliResult>; result: (...words: string[]) => Promise<Result> }> {
  const prefix = `set-${numPrefixes++}`, index = path.join(await temporaryFolder(t), 'set.index')
  const env = { AWS_ACCESS_KEY_ID: server.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey, AWS_ENDPOINT_URL_S3: server.endpoint }
  const run = (...words: string[]): Promise<CliResult> => dlio([
    'run', 'quickstart', '--target', `s3://data/${prefix}`, '--out', '-', '--json', '++workload.metric.au=0', '++workload.train.epochs=1', '++workload.train.computation_time=0', '++workload.dataset.record_length_bytes=256',
    '++workload.dataset.num_files_train=40', '++workload.dataset.num_files_eval=20', '++workload.dataset.num_subfolders_eval=3', '++workload.workflow.evaluation=True', '++workload.reader.batch_size_eval=2',
    ...words,
  ], { env })
  return {
    prefix, index, run,
    result: async (...words) => {
      const result = await run(...words)
      assert.equal(result.code, 0, result.stderr)
      return JSON.parse(result.stdout) as Result
    },
  }
}

test('written after the listing, then used: samples are looked at, and the same objects are read', async (t) => {
  const { index, result } = await place(t)
  const first = await result('--index', index)
  assert.equal(first.workload.index, 'written')
  const bytes = await readFile(index)
  const second = await result('--skip-generate', '--index', index)
  assert.deepEqual([second.workload.index, second.workload.files_train, second.workload.files_eval], ['used', 40, 20])
  for (const figure of ['bytes_read', 'samples', 'objects_read']) assert.equal(second.summary[figure], first.summary[figure], figure)
  // 40 + 20 reads, and 16 heads for each set: a listing that shows no page is not counted.
  assert.equal(second.summary['requests'], 60 + 2 * 16)
  assert.deepEqual(await readFile(index), bytes)
  // Generation finds all there, so the index still holds.
  assert.equal((await result('--generate', '--index', index)).workload.index, 'used')
  assert.equal((await result('--skip-generate')).workload.index, undefined)
})

test('named in the workload, and by a run that only generates', async (t) => {
  const { index, result } = await place(t)
  const named = `++workload.storage.storage_options.index_file=${index}`
  await result(named, '++workload.workflow.train=False', '++workload.workflow.evaluation=True')
  assert.ok((await stat(index)).size > 0)
  assert.equal((await result('--skip-generate', named)).workload.index, 'used')
})

test('objects written by this run make the index anew', async (t) => {
  const { index, prefix, result } = await place(t)
  await result('--index', index)
  const old = await readFile(index)
  await store.delete([`${prefix}/train/img_07_of_40.npz`])
  assert.equal((await result('--index', index, '--seed', '0')).workload.index, 'written')
  const renewed = await readFile(index)
  assert.notDeepEqual(renewed, old)
  assert.equal((await result('--skip-generate', '--index', index)).workload.index, 'used')
})

interface Refusal {
  readonly name: string
  /** What happens between the run that writes the index and the one that is refused. */
  readonly change?: (place: { prefix: string; index: string }) => Promise<unknown>
  readonly words?: readonly string[]
  readonly message: RegExp
}

const refusals: readonly Refusal[] = [
  { name: 'a changed object', change: ({ prefix }) => store.write(`${prefix}/train/img_00_of_40.npz`, new Uint8Array(3)), message: /does not describe what is in .*img_00_of_40\.npz" has 3 bytes there and \d+ in the index[^]*delete .*set\.index/ },
  { name: 'a missing object of the second set', change: ({ prefix }) => store.delete([`${prefix}/valid/1/img_19_of_20.npz`]), message: /img_19_of_20\.npz" is not there/ },
  { name: 'another file at the end', change: ({ prefix }) => store.write(`${prefix}/train/new.npz`, new Uint8Array(3)), message: /new\.npz" is there and not in the index/ },
  { name: 'another number of files', words: ['++workload.dataset.num_files_train=39'], message: /of another data set: num_files_train is 40 there and 39 here/ },
  { name: 'another format', words: ['++workload.dataset.format=npy'], message: /dataset\.format is npz there and npy here/ },
  { name: 'another number of samples a file', words: ['++workload.dataset.num_samples_per_file=2'], message: /num_samples_per_file is 1 there and 2 here/ },
  { name: 'another prefix', words: ['--target', 's3://data/elsewhere'], message: /the data set is s3:\/\/data\/set-\d+ there and s3:\/\/data\/elsewhere here/ },
  { name: 'a file that is no index', change: ({ index }) => writeFile(index, 'my notes\n'), message: /set\.index is not an index of dlio-s3/ },
  { name: 'a cut index', change: async ({ index }) => { await writeFile(index, (await readFile(index)).subarray(0, 500)) }, message: /is damaged/ },
]
for (const { name, change, words = [], message } of refusals) {
  test(`refused, and left as it is: ${name}`, async (t) => {
    const { index, prefix, run, result } = await place(t)
    await result('--index', index)
    await change?.({ prefix, index })
    const bytes = await readFile(index)
    const refused = await run('--skip-generate', '--index', index, ...words)
    assert.equal(refused.code, 2, refused.stderr)
    assert.match(refused.stderr, message)
    assert.deepEqual(await readFile(index), bytes)
  })
}

test('refused before anything is generated', async (t) => {
  const { index, prefix, run } = await place(t)
  await writeFile(index, 'my notes\n')
  assert.equal((await run('--generate', '--index', index)).code, 2)
  for await (const page of store.list(prefix)) assert.deepEqual(page, [])
})

test('an index that has no eval set does not do for a run that evaluates', async (t) => {
  const { index, run, result } = await place(t)
  await result('--index', index, '++workload.workflow.evaluation=False')
  const refused = await run('--skip-generate', '--index', index)
  assert.deepEqual([refused.code, /it has no eval set/.test(refused.stderr)], [2, true])
})

test('100 000 made-up keys: an index spares the listing of all of them', async (t) => {
  const keys = await forkKeyServer({ prefix: 'data', numFilesTrain: 100_000, numSubfoldersTrain: 64 })
  t.after(() => keys.close())
  const index = path.join(await temporaryFolder(t), 'keys.index')
  const run = async (): Promise<Result> => {
    const result = await dlio([
      'run', 'quickstart', '--target', 's3://keys/data', '--endpoint-url', keys.endpoint, '--path-style', '--no-sign-request', '--skip-generate', '--decode', 'none', '--out', '-', '--json', '--index', index,
      '++workload.dataset.num_files_train=100000', '++workload.dataset.num_subfolders_train=64', '++workload.metric.au=0', '++workload.train.epochs=1', '++workload.train.total_training_steps=5', '++workload.train.computation_time=0', '++workload.reader.sample_shuffle=seed',
    ])
    assert.equal(result.code, 0, result.stderr)
    return JSON.parse(result.stdout) as Result
  }
  const [first, second] = [await run(), await run()]
  assert.deepEqual([first.workload.index, second.workload.index], ['written', 'used'])
  assert.ok(first.summary['requests']! >= 100 + 20)
  assert.ok(second.summary['requests']! < 17 + 20 + 60)
  assert.equal(second.summary['bytes_read'], first.summary['bytes_read'])
})
