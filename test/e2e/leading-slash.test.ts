// Keys that begin with a slash are keys like all others: what --target says is where the data set is.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { specFor } from '../storage/s3-under-test.ts'
import { dlio, resultOf } from '../support/cli.ts'

let server: RunningServer
let env: Record<string, string> = {}
before(async () => {
  server = await startServer({ buckets: ['data'] })
  const { accessKeyId, secretAccessKey } = server.credentials
  env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_ENDPOINT_URL_S3: server.endpoint }
})
after(() => server.close())

async function keys(): Promise<string[]> {
  const store = await openStore(specFor(server, { bucket: 'data' }))
  const found: string[] = []
  for await (const page of store.list('')) found.push(...page.map(({ key }) => key))
  await store.close()
  return found
}

const small = ['++workload.train.epochs=1', '++workload.train.computation_time=0.1', '++workload.metric.au=0', '++workload.dataset.record_length_bytes=4096', '++workload.dataset.record_length_bytes_stdev=0']

for (const [prefix, subfolders] of [['/x', 0], ['//x//y', 2]] as const) {
  test(`s3://data/${prefix} with ${subfolders} subfolders: generated, read, verified, inspected and loaded where it says`, async () => {
    const target = `s3://data/${prefix}`
    const workload = ['quickstart', ...small, `++workload.dataset.num_subfolders_train=${subfolders}`, '++workload.dataset.data_folder=unused']
    const about = ['--target', target, '--json']
    const written = await dlio(['run', ...workload, ...about, '--out', '-', '--generate'], { env })
    assert.equal(written.code, 0, written.stderr)
    const there = await keys()
    assert.ok(there.length >= 5 && there.every((key) => key.startsWith('/x/') || key.startsWith('//x//y/')), there.join(' '))
    const folder = `${prefix}/train/${subfolders ? '0/' : ''}`
    const file = there.find((key) => key.startsWith(folder) && key.endsWith('.npz'))
    assert.ok(file !== undefined, `${folder} in ${there.join(' ')}`)
    const read = await dlio(['run', ...workload, ...about, '--out', '-'], { env })
    assert.equal(read.code, 0, read.stderr)
    assert.equal(resultOf(read).summary['errors'], 0)
    const verified = await dlio(['verify', ...workload, ...about], { env })
    assert.equal(verified.code, 0, verified.stderr)
    const inspected = await dlio(['inspect', `s3://data/${file}`, '--json'], { env })
    assert.equal(inspected.code, 0, inspected.stderr)
    const got = await dlio(['bench', 'get', `${target}/train`, '--existing', '--count', '8', '--concurrency', '2', '--threads', '1', '--json'], { env })
    assert.equal(got.code, 0, got.stderr)
    assert.equal(resultOf(got).summary['requests'], 8)
    const put = await dlio(['bench', 'put', target, '--count', '4', '--objects', '4', '--size', '1KiB', '--concurrency', '2', '--threads', '1', '--keep', '--json'], { env })
    assert.equal(put.code, 0, put.stderr)
    assert.equal((await keys()).filter((key) => key.startsWith(`${prefix}/dlio-s3-bench/`)).length, 4)
  })
}
