import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countRequests, type RequestCounts } from '../../src/storage/request-counts.ts'
import type { RequestRecord } from '../../src/storage/with-record.ts'

const rows: [error: RequestRecord['error'], errors: number][] = [
  [undefined, 0], ['no-key', 0], ['no-bucket', 0], ['aborted', 0], ['server', 1], ['denied', 1], ['timeout', 1], ['credentials', 1], ['bug', 1],
]
for (const [error, errors] of rows) {
  test(`a request that ended with ${error ?? 'an answer'} is ${errors === 0 ? 'no' : 'an'} error of the store`, () => {
    const counts: RequestCounts = { requests: 0, retries: 0, errors: 0 }
    countRequests(counts).request({ operation: 'list', key: '', begin: 0, end: 1, bytes: 0, ...(error === undefined ? {} : { error }) })
    assert.deepEqual(counts, { requests: 1, retries: 0, errors })
  })
}

test('retries are counted, each by its cause', () => {
  const counts: RequestCounts = { requests: 0, retries: 0, errors: 0 }
  const observer = countRequests(counts)
  for (const reason of ['throttled', 'server', 'throttled'] as const) observer.retry({ reason })
  assert.deepEqual(counts, { requests: 0, retries: 3, errors: 0, retriesBy: { throttled: 2, server: 1 } })
})
