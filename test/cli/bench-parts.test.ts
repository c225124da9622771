import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partFigures, partWords, type PartsOutcome } from '../../src/cli/bench-parts.ts'
import { defaultPartSize, defaultTimeouts, type S3Spec } from '../../src/storage/index.ts'
import type { Parts } from '../../src/storage/part-plan.ts'
import { stringTable } from '../../src/util/string-table.ts'

const MiB = 1024 * 1024
const spec: S3Spec = { kind: 's3', transport: 'direct', bucket: 'b', region: 'r', credentials: { accessKeyId: 'k', secretAccessKey: 's' }, addressing: 'path', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts }
const keys = stringTable([]).parts

function outcome(operation: 'get' | 'put', sizes: readonly number[] | undefined, more: { readonly parts?: Parts; readonly size?: number } = {}): PartsOutcome {
  const { parts, size = 0 } = more
  const found = new Float64Array(new SharedArrayBuffer(8 * (sizes?.length ?? 0)))
  found.set(sizes ?? [])
  return { plan: { operation, spec, size, ...(parts && { parts }) }, ...(sizes && { objects: { keys, sizes: found } }) }
}

const parts: Parts = { partSize: MiB, partsInFlight: 8 }
const asked = { part_bytes: MiB, parts_in_flight: 8 }

const rows: readonly (readonly [name: string, outcome: PartsOutcome, range: number | undefined, words: readonly string[], figures: object])[] = [
  ['objects that nobody listed', outcome('get', undefined, { parts }), undefined, [], {}],
  ['whole objects, no parts asked for', outcome('get', [9 * MiB]), undefined, [], {}],
  ['objects that are all larger', outcome('get', [9 * MiB, 2 * MiB], { parts }), undefined, ['each object in ranges of 1.00 MiB, 8 at a time'], asked],
  ['objects of which some are larger', outcome('get', [9 * MiB, MiB, 5], { parts }), undefined, ['1 of 3 objects in ranges of 1.00 MiB, 8 at a time, the others by one request'], asked],
  ['objects that are no larger', outcome('get', [MiB, 7], { parts }), undefined, ['each object by one request: none is larger than 1.00 MiB'], {}],
  ['one part in flight', outcome('get', [9 * MiB], { parts: { ...parts, partsInFlight: 1 } }), undefined, ['each object by one request'], {}],
  ['ranges that are smaller', outcome('get', [9 * MiB], { parts }), MiB / 16, ['each range by one request: none is larger than 1.00 MiB'], {}],
  ['ranges that are larger', outcome('get', [9 * MiB], { parts }), 4 * MiB, ['each range in ranges of 1.00 MiB, 8 at a time'], asked],
  ['a small object to write', outcome('put', [MiB], { size: MiB }), undefined, ['each object in one PUT'], { single_put: true }],
  ['a large object to write', outcome('put', [20 * MiB], { size: 20 * MiB }), undefined, ['multipart uploads in parts of 8.00 MiB, 4 at a time'], { part_bytes: 8 * MiB, parts_in_flight: 4, single_put: false }],
]
for (const [name, found, range, words, figures] of rows) {
  test(`the decision about ${name}`, () => {
    const flags = range === undefined ? {} : { range }
    assert.deepEqual([partWords(found, flags), partFigures(found, flags)], [words, figures])
  })
}
