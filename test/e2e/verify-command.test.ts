// dlio-s3 verify as a user meets it: the whole data set, what is wrong with it, and the code that says so.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { dlio, type CliResult } from '../support/cli.ts'
import { serve } from '../support/served.ts'

const small = ['++workload.dataset.num_files_train=6', '++workload.dataset.num_files_eval=2', '++workload.dataset.record_length_bytes=20000', '++workload.dataset.format=indexed_binary']
const keyOf = (index: number): string => `img_${index}_of_6.indexed_binary`

const { env, withStore, requestsOf } = await serve('data')
const generate = async (prefix: string): Promise<void> => {
  const generated = await dlio(['run', 'quickstart', ...small, '++workload.workflow.train=False', '--generate', '--target', `s3://data/${prefix}`, '--out', '-', '-q'], { env })
  assert.equal(generated.code, 0, generated.stderr)
}
before(() => generate('set'))

const verify = (prefix: string, ...more: readonly string[]): Promise<CliResult> => dlio(['verify', 'quickstart', ...small, '--target', `s3://data/${prefix}`, '-q', ...more], { env })

interface Document {
  readonly schema: string
  readonly status: string
  readonly summary: Readonly<Record<string, number>>
  readonly verify: Readonly<Record<string, unknown>> & { readonly first_findings: readonly { readonly kind: string; readonly key: string; readonly offset?: number }[] }
  readonly failure?: { readonly code: string; readonly message: string; readonly hint: string }
}
const documentOf = ({ stdout }: CliResult): Document => JSON.parse(stdout) as Document

for (const transport of ['direct', 'undici', 'sdk']) {
  test(`every object is read once, and what lies beside it; ${transport}`, async () => {
    const reads = await requestsOf('GetObject')
    const result = await verify('set', '--json', '--transport', transport)
    assert.equal(result.code, 0, result.stderr)
    const { schema, status, summary, verify: found } = documentOf(result)
    assert.deepEqual([schema, status], ['dlio-s3/result@1', 'complete'])
    assert.deepEqual([found['objects'], found['objects_verified'], found['objects_damaged'], found['objects_missing'], found['objects_foreign'], found['findings'], found['manifest']], [8, 8, 0, 0, 0, 0, 'generated'])
    const record = 141 ** 2
    assert.equal(summary['bytes_verified'], 8 * (record + 2 * 8))
    assert.deepEqual([summary['errors'], summary['retries']], [0, 0])
    // With the manifest.
    assert.equal(await requestsOf('GetObject') - reads, 1 + 8 * 3)
  })
}

test('the report says it in words', async () => {
  const { code, stdout, stderr } = await verify('set')
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^VERIFIED {3}quickstart on s3:\/\/data\/set/)
  assert.match(stdout, /8 of 8 objects as generated, 15[\d.]+ KiB · 0 damaged · 0 missing\n/)
})

test('all that is wrong is found and told, with 5', async () => {
  await generate('broken')
  const size = await withStore(async (store) => {
    const bytes = new Uint8Array((await store.head(`broken/train/${keyOf(0)}`)).size)
    await store.read(`broken/train/${keyOf(1)}`, { offset: 0, length: bytes.length }, bytes)
    bytes[777]! ^= 1
    await store.write(`broken/train/${keyOf(1)}`, bytes)
    await store.write(`broken/train/${keyOf(2)}`, bytes.subarray(0, 100))
    await store.delete([`broken/train/${keyOf(3)}`, `broken/train/${keyOf(4)}.off.idx`])
    await store.write('broken/train/else.indexed_binary', bytes)
    return bytes.length
  })
  const result = await verify('broken', '--json')
  assert.equal(result.code, 5)
  const { status, summary, verify: found, failure } = documentOf(result)
  assert.equal(status, 'failed')
  assert.deepEqual([found['objects'], found['objects_verified'], found['objects_damaged'], found['objects_missing'], found['objects_foreign']], [8, 4, 2, 2, 1])
  assert.deepEqual(found.first_findings.map(({ kind, key, offset }) => `${kind} ${key} ${offset}`).toSorted(), [
    `differs broken/train/${keyOf(1)} 777`, `differs broken/train/${keyOf(2)} 100`, `missing broken/train/${keyOf(3)} undefined`, `missing broken/train/${keyOf(4)}.off.idx undefined`,
  ])
  assert.equal(summary['bytes_verified'], 5 * size + (8 * 2 - 1) * 8)
  assert.equal(failure?.code, 'format')
  assert.match(failure.message, /of the 8 objects of s3:\/\/data\/broken, 2 damaged, 2 missing: "broken\/train\/img_[12]_of_6/)
  assert.match(failure.hint, /by its manifest dlio-s3 wrote this data set/)
  const text = await verify('broken')
  assert.equal(text.code, 5)
  assert.match(text.stdout, /^DAMAGED/)
  assert.match(text.stdout, /Others {5}1 object in its folders that it has no file for, such as/)
  for (const words of ['byte 777 is 0x', 'has 100 bytes, where', 'is missing']) assert.ok(text.stdout.replaceAll(/\s+/g, ' ').includes(words), text.stdout)
})

test('objects that are only missing are 5 as well, and how to have them again is said', async () => {
  await generate('gone')
  await withStore((store) => store.delete([`gone/train/${keyOf(5)}`]))
  const result = await verify('gone')
  assert.equal(result.code, 5)
  assert.match(result.stderr, /of the 8 objects of s3:\/\/data\/gone, 1 missing: "gone\/train\/img_5_of_6/)
  assert.match(result.stderr, /--generate/)
  await generate('gone')
  assert.equal((await verify('gone')).code, 0)
})

for (const [what, args, message] of [
  ['a data set that is not there', ['--target', 's3://data/nowhere'], /s3:\/\/data\/nowhere holds none of the 8 objects of this data set/],
  ['another seed', ['--target', 's3://data/set', '--seed', '3'], /seed of the content is 0 there and 3 here/],
  ['a format of one\'s own', ['--target', 's3://data/set', '++workload.reader.reader_classname=test/fixtures/plugins/raw-format.mjs'], /nothing tells whether \S+ writes the same bytes/],
] as const) {
  test(`${what} is a usage error`, async () => {
    const result = await dlio(['verify', 'quickstart', ...small, '-q', ...args], { env })
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, message)
  })
}

test('no workload is a usage error', async () => {
  const result = await dlio(['verify'])
  assert.equal(result.code, 2)
  assert.match(result.stderr, /verify the data set of which workload\?/)
})

test('Ctrl-C tells what was verified until then', async (t) => {
  const first = await startServer({ buckets: ['data'] })
  const { credentials } = first
  await first.close()
  const slow = await startServer({ buckets: ['data'], credentials: [credentials], faults: 'no-answer:get@5-' })
  t.after(() => slow.close())
  const found = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_ENDPOINT_URL_S3: slow.endpoint }
  const generated = await dlio(['run', 'quickstart', ...small, '++workload.workflow.train=False', '--generate', '--target', 's3://data/set', '--out', '-', '-q'], { env: found })
  assert.equal(generated.code, 0, generated.stderr)
  const result = await dlio(['verify', 'quickstart', ...small, '--target', 's3://data/set', '--json', '-q'], {
    env: found,
    onStart: async (child) => {
      while (child.exitCode === null && ((await slow.stats()).requests['GetObject'] ?? 0) < 6) await new Promise((resolve) => { setImmediate(resolve) })
      child.kill('SIGINT')
    },
  })
  assert.equal(result.code, 130, result.stderr)
  assert.equal(documentOf(result).status, 'interrupted')
  assert.ok(Number(documentOf(result).verify['objects_verified']) < 8)
})
