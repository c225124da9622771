// The first command of the README, and what its JSON promises.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { dlio, resultOf, temporaryFolder, type ResultDocument } from '../support/cli.ts'

const quickstart = ['run', 'quickstart', '--embedded']

test('quickstart prints a report, meets its goal, and leaves the files of a result', async (t) => {
  const cwd = await temporaryFolder(t)
  const result = await dlio(quickstart, { cwd })
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stdout, /^PASS {2}quickstart on s3:\/\/dlio-s3\/data\/quickstart/)
  assert.match(result.stdout, /AU +\d/)
  const [folder] = (await readdir(path.join(cwd, 'dlio-s3-results'))).filter((name) => name !== 'latest')
  const files = await readdir(path.join(cwd, 'dlio-s3-results', folder!))
  for (const file of ['.hydra', '0_output.json', '0_per_epoch_stats.json', 'dlio.log', 'events.jsonl', 'report.txt', 'result.json', 'summary.json']) assert.ok(files.includes(file), `${file} is missing`)
  assert.equal(await readFile(path.join(cwd, 'dlio-s3-results', 'latest', 'report.txt'), 'utf8'), result.stdout)
})

/** Every key of the contract that applies to a run that generates and trains. */
const keys = [
  'elapsed_seconds', 'bytes_read', 'bytes_written', 'objects_read', 'objects_written', 'samples', 'samples_per_second', 'read_bytes_per_second',
  'write_bytes_per_second', 'au_percent', 'accelerators', 'epochs', 'steps', 'requests', 'retries', 'errors', 'ttfb_p50_seconds', 'request_p50_seconds',
  'data_wait_p50_seconds', 'fetch_seconds', 'decode_seconds', 'client_cpu_seconds', 'peak_rss_bytes', 'limited_by',
]

async function quickstartJson(t: Parameters<typeof temporaryFolder>[0], ...more: string[]): Promise<ResultDocument> {
  const result = await dlio([...quickstart, '--json', '--out', await temporaryFolder(t), ...more])
  assert.equal(result.code, 0, result.stderr)
  return resultOf(result)
}

test('--json prints one document whose summary has every key that applies', async (t) => {
  const document = await quickstartJson(t)
  assert.equal(document.schema, 'dlio-s3/result@1')
  assert.equal(document.status, 'complete')
  const applicable = process.platform === 'linux' ? keys : keys.filter((key) => key !== 'client_cpu_seconds')
  assert.deepEqual(applicable.filter((key) => !(key in document.summary)), [])
  const { summary } = document
  assert.deepEqual([summary['epochs'], summary['steps'], summary['objects_read'], summary['objects_written'], summary['errors']], [2, 32, 128, 64, 0])
  for (const [key, value] of Object.entries(summary)) assert.ok(typeof value === 'string' || Number.isFinite(value), `${key} is ${value}`)
})

for (const transport of ['undici', 'sdk']) {
  test(`${transport} as transport reads the same samples and bytes`, async (t) => {
    const [direct, other] = [await quickstartJson(t), await quickstartJson(t, '--transport', transport)]
    for (const key of ['samples', 'bytes_read', 'bytes_written', 'objects_read', 'objects_written', 'steps']) assert.equal(other.summary[key], direct.summary[key], key)
  })
}
