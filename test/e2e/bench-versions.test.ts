// `bench` in a bucket that keeps versions: nothing of it is left, and nothing else is touched.

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { DeleteObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { dlio, resultOf, type CliOptions, type CliResult } from '../support/cli.ts'

const Bucket = 'data'

interface Versioned {
  readonly server: RunningServer
  readonly client: S3Client
  readonly bench: (args: readonly string[], options?: CliOptions) => Promise<CliResult>
  /** Keys with version ids, delete markers among them. */
  readonly all: () => Promise<string[]>
  /** Older than the run, under its prefix; with a delete marker. */
  readonly foreign: readonly string[]
}

async function versioned(t: TestContext, faults?: string): Promise<Versioned> {
  const server = await startServer({ buckets: [Bucket], versioned: true, ...(faults === undefined ? {} : { faults }) })
  const { endpoint, region, credentials } = server
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  t.after(async () => {
    client.destroy()
    await server.close()
  })
  const all = async (): Promise<string[]> => {
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }))
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`)
  }
  for (const Key of ['load/a', 'load/a', 'load/dlio-s3-bench/b']) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'kept' }))
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'load/dlio-s3-bench/b' }))
  const env = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_ENDPOINT_URL_S3: endpoint }
  return { server, client, all, bench: (args, options = {}) => dlio(['bench', ...args], { env, ...options }), foreign: await all() }
}

interface BenchDocument { readonly bench: { readonly objects_left: number; readonly objects_removed: number; readonly versions_removed?: number } }
const benchOf = ({ stdout }: CliResult): BenchDocument['bench'] => (JSON.parse(stdout) as BenchDocument).bench

for (const transport of ['direct', 'undici', 'sdk']) {
  test(`put through ${transport} leaves no version and no delete marker of its own`, async (t) => {
    const { bench, all, foreign, server } = await versioned(t)
    const result = await bench(['put', 's3://data/load', '--transport', transport, '--count', '60', '--objects', '3', '--size', '1KiB', '--concurrency', '4', '--threads', '2', '--json'])
    assert.equal(result.code, 0, result.stderr)
    const { objects_left: left, objects_removed: removed, versions_removed: versions } = benchOf(result)
    assert.deepEqual([left, removed, versions], [0, 3, 64], 'the measured ones, and one for each lane')
    assert.deepEqual(await all(), foreign)
    assert.equal((await server.stats()).requests['ListObjectVersions'], 2 + 1, 'one is the look of the run')
  })
}

test('put in parts leaves no version either', async (t) => {
  const { bench, all, foreign } = await versioned(t)
  const result = await bench(['put', 's3://data/load', '--count', '3', '--objects', '2', '--size', '6MiB', '--part', '5MiB', '--concurrency', '1', '--json'])
  assert.equal(result.code, 0, result.stderr)
  assert.equal(benchOf(result).versions_removed, 4)
  assert.deepEqual(await all(), foreign)
})

test('get removes the versions of what it wrote, and says so', async (t) => {
  const { bench, all, foreign } = await versioned(t)
  const result = await bench(['get', 's3://data/load', '--count', '9', '--objects', '4', '--size', '1KiB'])
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stdout, /Left +nothing: 4 objects of this run removed, in 4 versions/)
  assert.deepEqual(await all(), foreign)
})

for (const transport of ['direct', 'sdk']) {
  test(`where versions are suspended put through ${transport} leaves no null version and no delete marker`, async (t) => {
    const { bench, all, foreign, client } = await versioned(t)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))
    const result = await bench(['put', 's3://data/load', '--transport', transport, '--count', '20', '--objects', '3', '--size', '1KiB', '--json'])
    assert.equal(result.code, 0, result.stderr)
    assert.deepEqual(await all(), foreign)
  })
}

test('versions of writes whose answers were lost are found and removed', async (t) => {
  const { bench, all, foreign, server } = await versioned(t, 'lost-answer:put@/7')
  const result = await bench(['put', 's3://data/load', '--count', '60', '--objects', '3', '--size', '1KiB', '--concurrency', '2', '--json'])
  assert.equal(result.code, 0, result.stderr)
  const puts = (await server.stats()).requests['PutObject']!
  assert.ok(puts > 3 + 62, `${puts} requests: some were made again`)
  assert.deepEqual(await all(), foreign)
})

test('an interrupted put leaves no version', async (t) => {
  const { bench, all, foreign, server } = await versioned(t)
  const result = await bench(['put', 's3://data/load', '--count', '100000000', '--objects', '8', '--size', '16KiB', '--concurrency', '4', '--json'], {
    onStart: async (child) => {
      while (child.exitCode === null && ((await server.stats()).requests['PutObject'] ?? 0) < 100) await new Promise((resolve) => { setImmediate(resolve) })
      child.kill('SIGINT')
    },
  })
  assert.equal(result.code, 130, result.stderr)
  assert.equal(resultOf(result).status, 'interrupted')
  assert.deepEqual(await all(), foreign)
})

test('--keep leaves every version', async (t) => {
  const { bench, all, foreign } = await versioned(t)
  const result = await bench(['put', 's3://data/load', '--keep', '--count', '10', '--objects', '2', '--size', '1KiB', '--concurrency', '1', '--json'])
  assert.equal(result.code, 0, result.stderr)
  assert.equal((await all()).length, foreign.length + 11)
})
