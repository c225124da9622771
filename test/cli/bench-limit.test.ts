import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tally } from '../../src/bench/tally.ts'
import { benchText } from '../../src/cli/bench-report.ts'
import type { BenchOutcome } from '../../src/cli/bench-run.ts'
import { benchFigures, benchSummary } from '../../src/cli/bench-summary.ts'
import { defaultPartSize, defaultTimeouts } from '../../src/storage/index.ts'

/** One thread, one request. */
function outcome(seconds: number, cpuSeconds: number): BenchOutcome {
  const tally = new Tally()
  tally.add({ begin: 0, firstByte: 1, end: seconds * 1e9, bytes: 1 })
  return {
    plan: {
      operation: 'get', uri: 's3://b', credentialsFrom: 'nowhere', prefix: '', folder: 'f/', existing: true, objects: 1, size: 1, concurrency: 4, threads: 1, seed: 0, command: 'dlio-s3 bench get', started: '2020-01-01T00:00:00Z',
      spec: { kind: 's3', transport: 'direct', bucket: 'b', region: 'r', credentials: { accessKeyId: 'k', secretAccessKey: 's' }, addressing: 'path', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts },
    },
    result: { tally, lanes: [], warmUpRequests: 0 }, cpuSeconds, peakRssBytes: 1, left: 0, leftUploads: 0, removed: 0, removedInDoubt: 0, removedVersions: 0,
  }
}

const rows: readonly (readonly [seconds: number, cpuSeconds: number, limitedBy: 'client' | undefined, text: RegExp])[] = [
  [0.009, 0.0126, undefined, /Limit unknown: it takes 2\.00 s of measuring to tell → measure longer/],
  [1.999, 1.999, undefined, /Limit unknown: it takes/],
  [2, 2, 'client', /Limit this client: CPU 100\.0% of what its threads could have →/],
  [2, 1.68, undefined, /Limit not this client \(CPU 84\.0% of what its threads could have\): .* → try --concurrency 8/],
  [10, 8.5, 'client', /Limit this client: CPU 85\.0%/],
]
for (const [seconds, cpuSeconds, limitedBy, text] of rows) {
  test(`${cpuSeconds} s of CPU in ${seconds} s of measuring: ${limitedBy ?? 'no verdict about the client'}`, () => {
    const found = outcome(seconds, cpuSeconds)
    assert.deepEqual([benchFigures(found).limitedBy, benchSummary(found).limited_by], [limitedBy, limitedBy])
    assert.match(benchText(found, { concurrency: 4, duration: 10 } as never).replaceAll(/\s+/g, ' '), text)
  })
}
