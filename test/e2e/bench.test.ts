// `bench get` and `bench put` as a user runs them: exact counts, figures that agree, and nothing left behind that was not asked for.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { dlio, resultOf, type CliOptions, type CliResult } from '../support/cli.ts'
import { serve } from '../support/served.ts'

interface BenchDocument {
  readonly bench: { readonly operation: string; readonly folder?: string; readonly objects: number; readonly objects_left: number; readonly objects_removed: number; readonly warm_up_requests: number; readonly part_bytes?: number; readonly parts_in_flight?: number }
  readonly latency: { readonly total: { readonly count: number } }
}

const KiB = 1024
const { server, env, withStore, requestsOf } = await serve('data')

const bench = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> => dlio(['bench', ...args], { env, ...options })
const benchOf = ({ stdout }: CliResult): BenchDocument => JSON.parse(stdout) as BenchDocument

function keysBelow(prefix: string): Promise<readonly string[]> {
  return withStore(async (store) => {
    const keys: string[] = []
    for await (const page of store.list(prefix)) keys.push(...page.map(({ key }) => key))
    return keys
  })
}

async function assertNothingLeft(prefix: string): Promise<void> {
  assert.deepEqual(await keysBelow(prefix), [])
  assert.equal((await server.stats()).openUploads, 0)
}

for (const transport of ['direct', 'sdk']) {
  test(`put with ${transport} measures exactly --count requests and leaves nothing`, async () => {
    const earlier = await requestsOf('PutObject')
    const result = await bench(['put', `s3://data/put-${transport}`, '--transport', transport, '--count', '50', '--objects', '10', '--size', '64KiB', '--concurrency', '4', '--threads', '2', '--json'])
    assert.equal(result.code, 0, result.stderr)
    const { schema, status, summary } = resultOf(result)
    assert.deepEqual([schema, status], ['dlio-s3/result@1', 'complete'])
    assert.deepEqual([summary['requests'], summary['objects_written'], summary['bytes_written'], summary['errors'], summary['retries']], [50, 50, 50 * 64 * KiB, 0, 0])
    assert.equal(summary['write_bytes_per_second'], 50 * 64 * KiB / Number(summary['elapsed_seconds']))
    assert.equal(summary['bytes_read'], undefined)
    assert.ok(Number(summary['client_cpu_seconds']) > 0 && Number(summary['peak_rss_bytes']) > 0 && Number(summary['request_p50_seconds']) > 0)
    assert.equal(await requestsOf('PutObject') - earlier, 54, 'the measured ones and one per lane')
    const document = benchOf(result)
    assert.deepEqual([document.bench.objects, document.bench.objects_left, document.bench.objects_removed, document.bench.warm_up_requests, document.latency.total.count], [10, 0, 10, 4, 50])
    await assertNothingLeft(`put-${transport}/`)
  })

  test(`get with ${transport} writes its objects, reads exactly --count of them and removes them`, async () => {
    const earlier = await requestsOf('GetObject')
    const result = await bench(['get', `s3://data/get-${transport}/`, '--transport', transport, '--count', '40', '--objects', '7', '--size', '100KiB', '--concurrency', '3', '--json'])
    assert.equal(result.code, 0, result.stderr)
    const { summary } = resultOf(result)
    assert.deepEqual([summary['requests'], summary['objects_read'], summary['bytes_read'], summary['errors']], [40, 40, 40 * 100 * KiB, 0])
    assert.ok(Number(summary['ttfb_p50_seconds']) > 0)
    assert.ok(Number(summary['ttfb_p50_seconds']) <= Number(summary['request_p50_seconds']))
    assert.equal(summary['bytes_written'], undefined)
    assert.equal(await requestsOf('GetObject') - earlier, 43)
    await assertNothingLeft(`get-${transport}/`)
  })
}

test('put in parts leaves neither objects nor uploads', async () => {
  const earlier = await requestsOf('UploadPart')
  const result = await bench(['put', 's3://data/parts', '--count', '4', '--objects', '2', '--size', '12MiB', '--part', '5MiB', '--concurrency', '2', '--json'])
  assert.equal(result.code, 0, result.stderr)
  assert.deepEqual([resultOf(result).summary['requests'], benchOf(result).bench.part_bytes], [4, 5 * KiB * KiB])
  assert.equal(await requestsOf('UploadPart') - earlier, 3 * (4 + 2))
  await assertNothingLeft('parts/')
})

test('--keep leaves exactly the objects of the run, with different content', async () => {
  const result = await bench(['put', 's3://data/kept', '--keep', '--count', '30', '--objects', '5', '--size', '20KiB', '--concurrency', '4', '--json'])
  assert.equal(result.code, 0, result.stderr)
  const { folder, objects_left: left } = benchOf(result).bench
  const keys = await keysBelow('kept/')
  assert.deepEqual([keys.length, left], [5, 5])
  assert.ok(keys.every((key) => key.startsWith(folder!)), `${keys.join()} below ${folder}`)
  assert.match(folder!, /^kept\/dlio-s3-bench\/\d{8}T\d{6}Z-[0-9a-f]{8}\/$/)
  const contents = await withStore((store) => Promise.all(keys.map(async (key) => {
    const into = Buffer.alloc(20 * KiB)
    await store.read(key, { offset: 0, length: into.length }, into)
    return into.toString('latin1')
  })))
  const blocks = contents.flatMap((content) => Array.from({ length: 5 }, (_, i) => content.slice(4096 * i, 4096 * (i + 1))))
  assert.equal(new Set(blocks).size, 25, 'a block is there twice')
})

test('get --existing reads what is there and changes nothing', async () => {
  const sizes = Array.from({ length: 9 }, (_, i) => i * 1000)
  await withStore((store) => Promise.all(sizes.map((size, i) => store.write(`there/train/${i}`, new Uint8Array(size)))))
  await withStore((store) => store.write('there-too/0', new Uint8Array(5)))
  const puts = await requestsOf('PutObject'), deletes = await requestsOf('DeleteObjects')
  const result = await bench(['get', 's3://data/there', '--existing', '--count', '16', '--concurrency', '2', '--json'])
  assert.equal(result.code, 0, result.stderr)
  // The empty one cannot be read; each of the other eight is read twice.
  assert.equal(benchOf(result).bench.objects, 8)
  assert.equal(resultOf(result).summary['bytes_read'], 2 * 36_000)
  assert.deepEqual([await requestsOf('PutObject'), await requestsOf('DeleteObjects')], [puts, deletes])
  assert.equal((await keysBelow('there')).length, 10)
})

test('get --range reads ranges, and smaller objects whole', async () => {
  await withStore((store) => Promise.all([10_000, 100].map((size) => store.write(`ranges/${size}`, new Uint8Array(size)))))
  const result = await bench(['get', 's3://data/ranges', '--existing', '--range', '1000', '--count', '20', '--json'])
  assert.equal(result.code, 0, result.stderr)
  assert.equal(resultOf(result).summary['bytes_read'], 10 * 1000 + 10 * 100)
})

test('get --part reads objects in ranges: objects and requests are told apart', async () => {
  const puts = await requestsOf('PutObject'), gets = await requestsOf('GetObject')
  const result = await bench(['get', 's3://data/get-parts', '--part', '1MiB', '--parts-in-flight', '3', '--count', '6', '--objects', '2', '--size', '5500KiB', '--concurrency', '2', '--json'])
  assert.equal(result.code, 0, result.stderr)
  const { summary } = resultOf(result), { bench: { part_bytes: partBytes, parts_in_flight: partsInFlight }, latency } = benchOf(result)
  assert.deepEqual([summary['objects_read'], summary['requests'], summary['bytes_read'], latency.total.count], [6, 36, 6 * 5500 * KiB, 36])
  assert.deepEqual([partBytes, partsInFlight], [KiB * KiB, 3])
  assert.deepEqual([await requestsOf('PutObject') - puts, await requestsOf('GetObject') - gets], [2, (6 + 2) * 6], 'the objects themselves are written as ever')
  await assertNothingLeft('get-parts/')
})

test('get --existing --part reads what is there in ranges, what is smaller by one request', async () => {
  await withStore((store) => Promise.all([2_500_000, 100].map((size) => store.write(`existing-parts/${size}`, new Uint8Array(size)))))
  const result = await bench(['get', 's3://data/existing-parts', '--existing', '--part', '1000000', '--count', '4', '--concurrency', '1'])
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stdout.replaceAll(/\s+/g, ' '), /· 1 of 2 objects in ranges of 977 KiB, 8 at a time, the others by one request · .* Requests 8 requests · 0 retries · 0 failed/)
})

test('get --range --part says how ranges are read, and a short run no verdict', async () => {
  const args = ['get', 's3://data/ranges-parts', '--range', '64KiB', '--part', '8MiB', '--count', '4', '--objects', '2', '--size', '256KiB', '--concurrency', '1']
  const text = await bench(args), { stdout, code, stderr } = await bench([...args, '--json'])
  assert.deepEqual([text.code, code], [0, 0], text.stderr + stderr)
  const words = text.stdout.replaceAll(/\s+/g, ' ')
  assert.match(words, /· each range by one request: none is larger than 8\.00 MiB ·/)
  assert.match(words, /Limit unknown: it takes 2\.00 s of measuring to tell → measure longer/)
  const document = JSON.parse(stdout) as { bench: object; summary: object }
  assert.ok(!('part_bytes' in document.bench) && !('parts_in_flight' in document.bench) && !('limited_by' in document.summary))
})

test('--duration ends by time, and the report is for people', async () => {
  const result = await bench(['get', 's3://data/timed', '--duration', '300ms', '--objects', '4', '--size', '16KiB', '--concurrency', '2', '--seed', '7'])
  assert.equal(result.code, 0, result.stderr)
  for (const pattern of [/^DONE {2}get 16\.0 KiB objects on s3:\/\/data\/timed · /, /iB\/s .* requests\/s {3}errors 0/, /GET latency/, /closed loop, 2 in flight/, /warm-up of [\d ]+ requests not counted/, /Left +nothing: 4 objects of this run removed/, /seed 7/]) assert.match(result.stdout, pattern)
  assert.ok(result.stdout.split('\n').every((line) => line.length <= 80), result.stdout)
  await assertNothingLeft('timed/')
})

test('the built-in server needs no address', async () => {
  const result = await bench(['put', '--embedded', '--count', '10', '--size', '1KiB', '--json'], { env: {} })
  assert.equal(result.code, 0, result.stderr)
  assert.equal(resultOf(result).summary['objects_written'], 10)
})

for (const [operation, served, signal, code] of [['put', 'PutObject', 'SIGINT', 130], ['get', 'GetObject', 'SIGTERM', 143]] as const) {
  test(`${signal} during ${operation} prints what was measured and removes the objects`, async () => {
    const enough = await requestsOf(served) + 100
    const prefix = `stopped-${operation}`
    const result = await bench([operation, `s3://data/${prefix}`, '--count', '100000000', '--objects', '8', '--size', '64KiB', '--concurrency', '4', '--json'], {
      onStart: async (child) => {
        while (child.exitCode === null && await requestsOf(served) < enough) await new Promise((resolve) => { setImmediate(resolve) })
        child.kill(signal)
      },
    })
    assert.equal(result.code, code, result.stderr)
    const { status, summary } = resultOf(result)
    assert.equal(status, 'interrupted')
    assert.ok(Number(summary['requests']) > 50)
    assert.match(result.stderr, new RegExp(`removing 8 objects below s3://data/${prefix}/dlio-s3-bench/`))
    assert.equal(summary['errors'], 0, 'what was stopped is no error')
    await assertNothingLeft(`${prefix}/`)
  })
}

test('SIGINT during multipart uploads leaves no upload', async () => {
  const enough = await requestsOf('UploadPart') + 5
  const result = await bench(['put', 's3://data/stopped-parts', '--duration', '10m', '--objects', '2', '--size', '16MiB', '--part', '5MiB', '--concurrency', '2', '--json'], {
    onStart: async (child) => {
      while (child.exitCode === null && await requestsOf('UploadPart') < enough) await new Promise((resolve) => { setImmediate(resolve) })
      child.kill('SIGINT')
    },
  })
  assert.equal(result.code, 130, result.stderr)
  await assertNothingLeft('stopped-parts/')
})

const failing: readonly (readonly [name: string, args: readonly string[], code: number, pattern: RegExp])[] = [
  ['no address', ['get'], 2, /which bucket/],
  ['an address that is not S3', ['put', 'gs://x/y'], 2, /not an s3:\/\/ address/],
  ['--existing with nothing there', ['get', 's3://data/nothing-there', '--existing'], 2, /no object/],
  ['--existing and --size', ['get', 's3://data/x', '--existing', '--size', '1MiB'], 2, /--size/],
  ['--count and --duration', ['put', 's3://data/x', '--count', '3', '--duration', '5'], 2, /cannot be used with/],
  ['a range larger than the objects', ['get', 's3://data/x', '--size', '1KiB', '--range', '2KiB'], 2, /do not fit/],
  ['more memory than there is', ['put', 's3://data/x', '--size', '1TiB', '--part', '2GiB'], 2, /free memory/],
  ['parts that are too large', ['put', 's3://data/x', '--size', '1TiB', '--part', '6GiB'], 2, /S3 takes no parts above 5 GiB/],
  ['no such bucket', ['put', 's3://absent-bucket/x', '--count', '5'], 4, /NoSuchBucket/],
  ['a store that denies', ['put', 's3://data/x', '--no-sign-request', '--count', '5'], 4, /denied|AccessDenied/],
  ['an endpoint that nobody listens on', ['put', 's3://data/x', '--endpoint-url', 'http://127.0.0.1:1', '--retries', '0'], 4, /127\.0\.0\.1:1/],
]
for (const [name, args, code, pattern] of failing) {
  test(`${name} exits ${code}`, async () => {
    const result = await bench([...args, '--json', '-q'])
    assert.equal(result.code, code, result.stderr + result.stdout)
    assert.match(result.stderr, pattern)
    assert.doesNotMatch(result.stderr, /may be left/)
    assert.equal(resultOf(result).status, 'failed')
  })
}

test('wrong credentials exit 3', async () => {
  const result = await bench(['put', 's3://data/x', '-q'], { env: { ...env, AWS_SECRET_ACCESS_KEY: 'wrong' } })
  assert.equal(result.code, 3, result.stderr)
  assert.match(result.stdout, /^FAILED/)
  assert.doesNotMatch(result.stderr, /may be left/, 'what was refused is not there')
})

for (const operation of ['get', 'put'] as const) {
  for (const json of [false, true]) {
    test(`${operation} of which every request fails has failed${json ? ', in its document' : ''}, and exits 5`, async () => {
      const broken = await startServer({ buckets: ['data'], faults: `internal-error:${operation}` })
      try {
        const { accessKeyId, secretAccessKey } = broken.credentials
        const result = await bench([operation, 's3://data/x', '--count', '4', '--concurrency', '2', '--objects', '2', '--size', '1KiB', '--retries', '0', '-q', ...(json ? ['--json'] : [])], {
          env: { AWS_ENDPOINT_URL_S3: broken.endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
        })
        assert.equal(result.code, 5, result.stderr)
        const words = /all \d requests failed, the first one so: cannot (?:read|write) .* answered 500 InternalError/s
        assert.match(result.stderr.replaceAll('\n', ' '), words)
        if (json) {
          const { status, summary, failure } = resultOf(result)
          assert.equal(status, 'failed')
          assert.equal(summary['errors'], summary['requests'])
          assert.match(failure?.message ?? '', words)
        } else assert.match(result.stdout, /^FAILED {2}.*\n +all \d requests failed, the first one so:/)
      } finally {
        await broken.close()
      }
    })
  }
}

test('--create-bucket makes the bucket', async () => {
  const result = await bench(['put', 's3://made-for-bench', '--create-bucket', '--count', '2', '--size', '1KiB', '-q'])
  assert.equal(result.code, 0, result.stderr)
})

test('objects that vanish while they are read are counted, and the run exits 5', async () => {
  await withStore((store) => Promise.all(['a', 'b'].map((name) => store.write(`vanishing/${name}`, new Uint8Array(1000)))))
  const served = await requestsOf('GetObject')
  const result = await bench(['get', 's3://data/vanishing', '--existing', '--count', '1000000', '--concurrency', '1', '--json', '-q'], {
    onStart: async (child) => {
      while (child.exitCode === null && await requestsOf('GetObject') < served + 50) await new Promise((resolve) => { setImmediate(resolve) })
      await withStore((store) => store.delete(['vanishing/a', 'vanishing/b']))
    },
  })
  assert.equal(result.code, 5, result.stderr)
  const { status, summary } = resultOf(result)
  // It gives up after 20 in a row; before that one of the two may have been there a moment longer.
  assert.ok(status === 'failed' && Number(summary['errors']) >= 20 && Number(summary['errors']) < 40, result.stdout)
})
