// Runs against a built-in server that fails: they survive with the right counts, or end with the right code and message.
// docs/semantics.md has a row for each, and nothing else.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { faultKinds } from '../../src/server/fault-rules.ts'
import { startServer } from '../../src/server/server.ts'
import { retryCauses } from '../../src/util/retry-counts.ts'
import { dlio, resultOf, temporaryFolder, type CliResult } from '../support/cli.ts'
import { runRows, storeKinds, type FaultRow } from '../support/fault-rows.ts'
import { repoRoot } from '../support/root.ts'

const numFiles = 24
const workload = ['quickstart', `++workload.dataset.num_files_train=${numFiles}`, '++workload.train.epochs=1', '~workload.metric.au', '--threads', '1', '--json', '--out', '-']
const credentials = [{ accessKeyId: 'AKIAFAULTS', secretAccessKey: 'secret-of-the-fault-tests' }]

let directory: string
let bytesOfSet: number

/** A run against a server that fails as `faults` says, and has the data set. */
async function runAgainst(faults: string, args: readonly string[], cwd: string): Promise<CliResult> {
  const server = await startServer({ directory, credentials, buckets: ['data'], ...(faults === '' ? {} : { faults }) })
  const env = { AWS_ACCESS_KEY_ID: credentials[0]!.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials[0]!.secretAccessKey, AWS_ENDPOINT_URL_S3: server.endpoint }
  try {
    return await dlio(['run', ...workload, ...args], { cwd, env })
  } finally {
    await server.close()
  }
}

before(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-test-'))
  const result = await runAgainst('', ['--generate', '--target', 's3://data/set'], directory)
  assert.equal(result.code, 0, result.stderr)
  bytesOfSet = Number(resultOf(result).summary['bytes_read'])
  assert.ok(bytesOfSet > numFiles * 65_536)
})
after(() => rm(directory, { recursive: true, force: true }))

/** None where a row names none. */
function assertRetries(summary: Readonly<Record<string, unknown>>, expected: FaultRow['retries'] = {}): void {
  let sum = 0
  for (const cause of retryCauses) {
    const count = Number(summary[`retries_${cause}`] ?? 0)
    const wanted = expected[cause] ?? 0
    const [least, most] = typeof wanted === 'number' ? [wanted, wanted] : wanted
    assert.ok(count >= least && count <= most, `${count} retries for ${cause}, not ${least} to ${most}`)
    sum += count
  }
  assert.equal(summary['retries'], sum)
}

for (const row of runRows) {
  test(row.kind, async (t) => {
    const { spec, exit, generate = false, args = [] } = row
    const begin = performance.now()
    const result = await runAgainst(spec, [generate ? '--generate' : '--skip-generate', '--target', `s3://data/${generate ? row.kind : 'set'}`, ...args], await temporaryFolder(t))
    assert.ok(performance.now() - begin < 25_000, 'it took as long as a timeout')
    assert.equal(result.code, exit, result.stderr)
    const { status, summary, failure } = resultOf(result)
    if (exit === 0) {
      assert.equal(status, 'complete')
      // What was got and thrown away, or was never whole, counts nowhere.
      assert.deepEqual([summary['bytes_read'], summary['objects_read'], summary['samples'], summary['errors']], [bytesOfSet, numFiles, numFiles, 0])
      if (!generate) assert.equal(summary['requests'], numFiles + 1)
      assertRetries(summary, row.retries)
      if (row.ttfbSeconds !== undefined) assert.ok(Number(summary['ttfb_p50_seconds']) >= row.ttfbSeconds, `${summary['ttfb_p50_seconds']} s`)
      if (row.requestSeconds !== undefined) assert.ok(Number(summary['request_p50_seconds']) >= row.requestSeconds, `${summary['request_p50_seconds']} s`)
      return
    }
    assert.deepEqual([status, failure?.code], ['failed', row.code])
    assert.match(failure!.message, row.message!)
    assert.equal(Number(summary['bytes_read'] ?? 0) % (bytesOfSet / numFiles), 0, 'bytes of objects that were not whole')
    assert.equal(summary['retries'], 0)
  })
}

test('a request that takes longer than --request-timeout is made again, and counted as such', async (t) => {
  const result = await runAgainst('bandwidth=16KiB:get@3', ['--skip-generate', '--target', 's3://data/set', '--request-timeout', '1500ms'], await temporaryFolder(t))
  assert.equal(result.code, 0, result.stderr)
  const { summary } = resultOf(result)
  assert.deepEqual([summary['bytes_read'], summary['objects_read'], summary['errors']], [bytesOfSet, numFiles, 0])
  assertRetries(summary, { overdue: 1 })
})

describe('docs/semantics.md', () => {
  const rows = new Map(readFileSync(path.join(repoRoot, 'docs', 'semantics.md'), 'utf8').split('\n')
    .flatMap((line) => { const [, kind, ...cells] = /^\| `([a-z-]+)`(?:[^|]*)\|(.*)\|$/.exec(line) ?? []; return kind === undefined ? [] : [[kind, cells.join('').split('|').map((cell) => cell.trim())] as const] }))
  test('has a row per fault, and each is tested by its name', () => {
    assert.deepEqual([...rows.keys()].toSorted(), faultKinds.toSorted())
    assert.deepEqual([...runRows.map(({ kind }) => kind), ...storeKinds].toSorted(), faultKinds.toSorted())
    const storeTests = readFileSync(path.join(repoRoot, 'test', 'storage', 'faults.test.ts'), 'utf8')
    for (const kind of storeKinds) assert.ok(storeTests.includes(`name: '${kind}', faults: '${kind}`), kind)
  })
  for (const { kind, exit, retries = {}, code } of runRows) {
    test(`says of ${kind} what its test says`, () => {
      const outcome = rows.get(kind)!.at(-1)!
      assert.ok(outcome.startsWith(exit === 0 ? 'survives' : `fails with ${exit}, \`${code}\``), outcome)
      for (const cause of retryCauses) assert.equal(outcome.includes(`\`retries_${cause}\``), cause in retries, `${cause}: ${outcome}`)
    })
  }
})

test('--faults that nobody understands are a usage error', async (t) => {
  const result = await dlio(['serve', '--faults', 'slow-down', '--faults', 'slow'], { cwd: await temporaryFolder(t) })
  assert.equal(result.code, 2, result.stderr)
  assert.match(result.stderr, /--faults "slow": is none of: .*slow-down/)
})

test('serve --faults fails as it is told to, and a bench counts it by cause', async (t) => {
  const cwd = await temporaryFolder(t)
  let bench: Promise<CliResult> | undefined
  const served = await dlio(['serve', '--bucket', 'data', '--json', '--faults', 'slow-down:get@20-22,seed=1'], {
    cwd, onStart: async (child) => {
      const settings = await new Promise<Record<string, string>>((resolve) => { child.stdout!.once('data', (text: string) => { resolve(JSON.parse(text) as Record<string, string>) }) })
      bench = dlio(['bench', 'get', 's3://data/x', '--size', '1KiB', '--objects', '4', '--count', '40', '--concurrency', '2', '--json'], { cwd, env: settings })
      await bench
      child.kill('SIGTERM')
    },
  })
  const result = await bench!
  assert.equal(result.code, 0, result.stderr)
  const { summary } = resultOf(result)
  assert.deepEqual([summary['objects_read'], summary['errors'], summary['bytes_read'], summary['retries'], summary['retries_throttled']], [40, 0, 40 * 1024, 3, 3])
  assert.equal(served.code, 0, served.stderr)
})
