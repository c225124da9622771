import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { contractKeys } from '../../src/metrics/contract.ts'
import type { RunEvent } from '../../src/metrics/events.ts'
import { foldEvents } from '../../src/metrics/fold.ts'
import { Histogram, type HistogramJson } from '../../src/metrics/histogram.ts'
import { jsonReport, resultDocument } from '../../src/report/json.ts'
import { settings, syntheticRun } from '../metrics/synthetic-run.ts'
import { goldenCases } from './golden-cases.ts'

const options = { command: 'dlio-s3 run' }

test('top-level keys, in order', () => {
  const always = ['schema', 'status', 'command', 'summary', 'version', 'started', 'workload', 'environment']
  assert.deepEqual(keysOf('one-rank'), [...always, 'epochs', 'window', 'goal', 'latency', 'limit', 'notes'])
  assert.deepEqual(keysOf('failed'), [...always, 'epochs', 'window', 'latency', 'limit', 'notes', 'failure'])
  assert.deepEqual(keysOf('generate-only'), [...always, 'generation', 'epochs', 'window', 'latency', 'limit', 'notes'])
})

for (const golden of goldenCases) {
  suite(golden.name, () => {
    const text = jsonReport.render(foldEvents(golden.events(), golden.settings), options)
    const parsed = JSON.parse(text) as { summary: Record<string, unknown>; latency: Record<string, HistogramJson> }
    test('summary is flat, has contract keys only, and no value that is not finite', () => {
      for (const [key, value] of Object.entries(parsed.summary)) {
        assert.ok((contractKeys as readonly string[]).includes(key), key)
        assert.ok(key === 'limited_by' ? typeof value === 'string' : Number.isFinite(value), key)
      }
    })
    test('nothing is null', () => { assert.doesNotMatch(text, /: null|NaN|Infinity/) })
    test('histograms read back', () => {
      for (const histogram of Object.values(parsed.latency)) assert.deepEqual(JSON.parse(JSON.stringify(Histogram.fromJSON(histogram))), histogram)
    })
  })
}

function inFlight(log: readonly RunEvent[]): unknown[] {
  const { environment } = JSON.parse(jsonReport.render(foldEvents(log, settings()), options)) as { environment: Record<string, unknown> }
  return ['part_bytes', 'parts_in_flight', 'peak_in_flight_bytes'].map((key) => environment[key])
}

test('ranges of large objects and the peak in flight stand in the environment, and are absent where they are not known', () => {
  const events = syntheticRun({ epochs: 1, steps: 2 })
  assert.deepEqual(inFlight(events), [undefined, undefined, undefined])
  assert.deepEqual(inFlight(events.map((event) => event.type === 'dataset' ? { ...event, partBytes: 100, partsInFlight: 2 } : event.type === 'run-end' ? { ...event, peakInFlightBytes: 77 } : event)), [100, 2, 77])
})

test('a number that is not finite is a bug and does not pass for null', () => {
  const summary = foldEvents(syntheticRun({ epochs: 1, steps: 2 }), settings())
  assert.throws(() => jsonReport.render({ ...summary, elapsedSeconds: NaN }, options), /"elapsed_seconds" of the result is NaN/)
})

test('the environment of the caller does not hide that of the run', () => {
  const summary = foldEvents(syntheticRun({ epochs: 1, steps: 2 }), settings())
  const { environment, files } = resultDocument(summary, { ...options, environment: { node: 'v20', threads: 99 }, files: ['a'] })
  assert.deepEqual([(environment as Record<string, unknown>)['threads'], (environment as Record<string, unknown>)['node'], files], [2, 'v20', ['a']])
})

test('a failure keeps its code, message, details and hint', () => {
  const golden = goldenCases.find(({ name }) => name === 'failed')!
  assert.deepEqual(resultDocument(foldEvents(golden.events(), golden.settings), options)['failure'], {
    code: 'storage', message: 'GET unet3d/train/img_3_of_24.npz answered 403 AccessDenied', hint: 'allow s3:GetObject on the bucket', info: { reason: 'denied', operation: 'GET' },
  })
})

function keysOf(name: string): readonly string[] {
  const golden = goldenCases.find((own) => own.name === name)!
  return Object.keys(JSON.parse(jsonReport.render(foldEvents(golden.events(), golden.settings), options)) as object)
}
