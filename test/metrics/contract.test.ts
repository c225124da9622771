import { test } from 'node:test'
import assert from 'node:assert/strict'
import { contractKeys, contractSummary } from '../../src/metrics/contract.ts'
import { foldEvents } from '../../src/metrics/fold.ts'
import { retryCauses } from '../../src/util/retry-counts.ts'
import { runBegin, settings, syntheticRun } from './synthetic-run.ts'

test('the keys are the contract', () => {
  assert.equal(contractKeys.join(' '), 'elapsed_seconds bytes_read bytes_written objects_read objects_written samples samples_per_second '
    + 'read_bytes_per_second read_bytes_per_sample write_bytes_per_second au_percent accelerators epochs steps requests retries errors retries_throttled retries_server retries_timeout retries_overdue retries_truncated retries_unreachable retries_clock ttfb_p50_seconds ttfb_p99_seconds '
    + 'request_p50_seconds request_p99_seconds data_wait_p50_seconds data_wait_p99_seconds fetch_seconds decode_seconds bytes_verified client_cpu_seconds '
    + 'peak_rss_bytes limited_by')
})

test('a run of nothing: what was not done is absent', () => {
  assert.deepEqual(contractSummary(foldEvents([runBegin()], settings())), { elapsed_seconds: 0, requests: 0, retries: 0, errors: 0 })
})

test('generation alone: written bytes over its time, nothing about training', () => {
  assert.deepEqual(contractSummary(foldEvents(syntheticRun({ epochs: 0, steps: 0, generated: true }), settings())), {
    elapsed_seconds: 2.11, bytes_written: 104_882_200, objects_written: 100, write_bytes_per_second: 52_441_100, requests: 101, retries: 2, errors: 0,
    client_cpu_seconds: 1.25, peak_rss_bytes: 136_314_880,
  })
})

test('a whole run has every key, in order, and finite numbers', () => {
  let numRetried = 0
  const events = syntheticRun({ begin: { accelerators: 2 }, epochs: 2, steps: 600, compute: 300, generated: true, end: { verified: { bytes: 1000, seconds: 0.5 } }, load: (_, step) => 1 + step % 7 })
    .map((event) => (event.type === 'batch' && event.retries > 0 ? { ...event, retriesBy: { [retryCauses[numRetried++ % retryCauses.length]!]: event.retries } } : event))
  const summary = contractSummary(foldEvents(events, settings()))
  assert.deepEqual(Object.keys(summary), [...contractKeys])
  for (const [key, value] of Object.entries(summary)) if (key !== 'limited_by') assert.ok(Number.isFinite(value), key)
  assert.deepEqual([summary.samples, summary.steps, summary.epochs, summary.accelerators, summary.objects_read, summary.bytes_read], [9600, 1200, 2, 2, 9600, 9600 * 1_048_822])
  assert.equal(retryCauses.reduce((sum, cause) => sum + Number(summary[`retries_${cause}`]), 0), 480)
  assert.deepEqual([summary.requests, summary.retries, summary.data_wait_p50_seconds, summary.data_wait_p99_seconds], [9600 + 101 + 1, 482, 0.004, 0.007])
})

for (const [steps, keys] of [[5, 0], [6, 1], [250, 1], [251, 2]] as const) {
  test(`${steps} requests of 4 samples: ${keys} percentiles of the first byte are known`, () => {
    const summary = contractSummary(foldEvents(syntheticRun({ epochs: 1, steps: steps - 1 }), settings()))
    assert.equal(Object.keys(summary).filter((key) => key.startsWith('ttfb_')).length, keys)
  })
}

test('steps that are all left out: no AU and no rate, but bytes', () => {
  const summary = contractSummary(foldEvents(syntheticRun({ epochs: 1, steps: 1 }), settings()))
  assert.deepEqual([summary.au_percent, summary.samples_per_second, summary.limited_by, summary.samples], [undefined, undefined, undefined, 4])
  assert.ok(Number(summary.read_bytes_per_second) > 0)
})
