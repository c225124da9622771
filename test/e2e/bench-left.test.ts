// What `bench put` tells of itself when the answer to the begin of an upload in parts is lost: the upload may be there, the object never was.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { dlio, type CliResult } from '../support/cli.ts'

/** Uploads are begun and completed in turn: the warm-up's by the first two requests, that of the first measured request by the next two. */
async function loadLosing(t: TestContext, ...args: readonly string[]): Promise<{ result: CliResult; server: RunningServer }> {
  const server = await startServer({ buckets: ['data'], faults: 'lost-answer:upload@5' })
  t.after(() => server.close())
  const { endpoint, credentials } = server
  const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_ENDPOINT_URL_S3: endpoint }
  return { server, result: await dlio(['bench', 'put', 's3://data/lost', '--size', '11MiB', '--objects', '2', '--count', '2', '--concurrency', '1', ...args], { env }) }
}

for (const transport of ['direct', 'sdk']) {
  test(`${transport}: an upload may be left, and only objects that were there count as removed`, async (t) => {
    const { result, server } = await loadLosing(t, '--transport', transport, '--json')
    assert.equal(result.code, 5, result.stderr)
    const { objects_left: left, objects_removed: removed, keys_cleared: cleared, uploads_left: uploads } = (JSON.parse(result.stdout) as { bench: Record<string, number | undefined> }).bench
    assert.deepEqual([left, removed, cleared, uploads], [0, 1, 1, 1])
    assert.equal((await server.stats()).openUploads, 1)
  })
}

test('the report says so', async (t) => {
  const { result } = await loadLosing(t)
  assert.match(result.stdout.replaceAll(/\s+/g, ' '), / Left an upload in parts that may have begun \(list the multipart uploads of the bucket, and abort what is there\) below s3:\/\/data\/lost\/dlio-s3-bench\/\S+ · 1 object of this run removed, 1 key of writes in doubt cleared /)
})
