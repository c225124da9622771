// run --embedded --faults: the run's own server fails as `serve --faults` does.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dlio, resultOf, temporaryFolder } from '../support/cli.ts'

const workload = ['quickstart', '++workload.dataset.num_files_train=8', '++workload.train.epochs=1', '~workload.metric.au', '--threads', '1', '--json', '--out', '-']

test('without faults nothing is retried', async () => {
  const result = await dlio(['run', ...workload, '--embedded'])
  assert.deepEqual([result.code, resultOf(result).summary['retries']], [0, 0], result.stderr)
})

test('faults of several flags are met, in generation and in training', async () => {
  const result = await dlio(['run', ...workload, '--embedded', '--faults', 'internal-error:put@1-2', '--faults', 'slow-down:get@3'])
  assert.equal(result.code, 0, result.stderr)
  const { summary } = resultOf(result)
  assert.deepEqual([summary['retries'], summary['retries_server'], summary['retries_throttled'], summary['objects_read']], [3, 2, 1, 8])
})

test('faults go with a server that keeps its objects', async (t) => {
  const folder = await temporaryFolder(t)
  const result = await dlio(['run', ...workload, '--generate', '--embedded-dir', folder, '--faults', 'wrong-length@3'])
  assert.equal(result.code, 5, result.stderr)
  assert.match(result.stderr, /gave \d+ of \d+ bytes/)
})

for (const [what, args, message] of [
  ['faults that cannot be read', ['--embedded', '--faults', 'no-such-fault'], /no-such-fault/],
  ['faults of a store that is not the built-in server', ['--target', 's3://data/set', '--faults', 'latency=1ms'], /--faults makes the built-in server fail/],
] as const) {
  test(`${what} are a usage error`, async () => {
    const result = await dlio(['run', ...workload, ...args])
    assert.equal(result.code, 2)
    assert.match(result.stderr, message)
  })
}
