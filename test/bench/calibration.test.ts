import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workFor, type Work } from './calibration.ts'

const rows: readonly (readonly [filesPerSecond: number, seconds: number, files: number, work: Work])[] = [
  // Half a second's worth of files an epoch, as many epochs as fill the sample.
  [100, 2, 512, { files: 96, epochs: 2 }],
  [10_000, 2, 512, { files: 512, epochs: 39 }],
  [512, 2, 512, { files: 512, epochs: 2 }],
  // One batch is the least, however long it takes.
  [1, 2, 512, { files: 16, epochs: 1 }],
  [0.01, 0.01, 512, { files: 16, epochs: 1 }],
  [16, 4, 512, { files: 32, epochs: 2 }],
]
for (const [filesPerSecond, seconds, files, work] of rows) {
  test(`${filesPerSecond} files a second for ${seconds} s, at most ${files}`, () => {
    const measured = { requests: 32, bytes: 32e6, wallSeconds: 32 / filesPerSecond, cpuSeconds: 1 }
    assert.deepEqual(workFor(measured, { seconds, files, batchSize: 16 }), work)
  })
}
