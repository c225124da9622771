import assert from 'node:assert/strict'
import { test } from 'node:test'

import { costOf, readModeOf } from '../../src/cli/train-phase.ts'
import type { RunFlags } from '../../src/cli/run-flags.ts'
import { fileTable } from '../../src/dataset/file-table.ts'
import type { Workload } from '../../src/workload/schema.ts'

const MB = 1_000_000

/** Four objects of 40 MB with ten samples each, and one of 4 MB. */
const files = fileTable([40, 40, 40, 40, 4].map((size, i) => ({ key: `f${i}`, size: size * MB })), 10)

for (const [name, samples, window, largestRead, expected] of [
  ['no samples cost something', [], 1, 40 * MB, 1],
  ['objects: one at a time', [0, 10, 20], 1, 40 * MB, 40 * MB],
  ['objects: as many as are read at once', [0, 10, 20], 2, 40 * MB, 80 * MB],
  ['objects: no more than there are', [0, 1, 2, 3], 4, 40 * MB, 40 * MB],
  ['objects: a small one has a smaller buffer', [40], 1, 40 * MB, 10 * MB],
  ['ranges: the samples, not their objects', [0, 10, 20], 3, 4 * MB, 12 * MB],
  ['ranges: samples of an object are read together', [0, 1, 2, 3], 1, 4 * MB, 16 * MB],
  ['ranges: the object with the most', [0, 1, 2, 10], 1, 4 * MB, 12 * MB],
] as const) {
  test(`memory of a batch: ${name}`, () => { assert.equal(costOf(files, Uint32Array.from(samples), { window, largestRead }), expected) })
}

for (const [format, numSamplesPerFile, asked, expected] of [
  ['npz', 1, 'auto', 'object'],
  ['npz', 4, 'auto', 'object'],
  ['npz', 4, 'range', 'range'],
  ['tfrecord', 1, 'auto', 'object'],
  ['tfrecord', 2, 'auto', 'range'],
  ['tfrecord', 2, 'object', 'object'],
  ['indexed_binary', 2, 'auto', 'range'],
  ['mmap_indexed_binary', 2, 'auto', 'range'],
  ['parquet', 2, 'auto', 'range'],
  ['csv', 2, 'auto', 'object'],
  ['synthetic', 2, 'auto', 'object'],
  ['of-tomorrow', 2, 'auto', 'object'],
] as const) {
  test(`${format} with ${numSamplesPerFile} samples a file, read_mode ${asked}: ${expected}`, () => {
    const workload = { dataset: { format, numSamplesPerFile }, reader: {}, storage: { storageOptions: { readMode: asked } } } as unknown as Workload
    assert.equal(readModeOf(workload, {} as RunFlags), expected)
  })
}
