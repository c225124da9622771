// In how many requests `run` and `bench put` write an object, by flags and by storage_options.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dlio, resultOf, type CliResult } from '../support/cli.ts'
import { serve } from '../support/served.ts'

const MiB = 1024 * 1024
const { server, env, requestsOf } = await serve('data')

const count = (): Promise<number[]> => Promise.all([requestsOf('PutObject'), requestsOf('UploadPart')])

async function asked(work: () => Promise<CliResult>): Promise<{ readonly result: CliResult; readonly puts: number; readonly parts: number }> {
  const before = await count()
  const result = await work()
  const after = await count()
  assert.equal((await server.stats()).openUploads, 0)
  return { result, puts: after[0]! - before[0]!, parts: after[1]! - before[1]! }
}

/** Records are squares: the files are a bit smaller than so many bytes. */
const generating = (size: number, format = 'npz'): string[] => ['dataset.num_files_train=2', `dataset.record_length_bytes=${size}`, `dataset.format=${format}`, 'workflow.generate_data=True', 'workflow.train=False'].map((text) => `++workload.${text}`)
const option = (text: string): string => `++workload.storage.storage_options.${text}`

const rows: readonly (readonly [name: string, args: readonly string[], size: number, puts: number, parts: number, format?: string])[] = [
  ['nothing said', [], 70 * MiB, 0, 18],
  ['--single-put', ['--single-put'], 70 * MiB, 2, 0],
  ['--single-put of a format whose pieces are gathered', ['--single-put'], 20 * MiB, 2, 0, 'hdf5'],
  ['--single-put with the SDK', ['--single-put', '--transport', 'sdk'], 20 * MiB, 2, 0],
  ['single_put in the workload', [option('single_put=True')], 20 * MiB, 2, 0],
  ['--part', ['--part', '5MiB'], 20 * MiB, 0, 8],
  ['part_size and --part: the flag', [option('part_size=6MiB'), '--part', '5MiB'], 20 * MiB, 0, 8],
  ['--multipart-threshold', ['--multipart-threshold', '20MiB'], 20 * MiB, 2, 0],
  ['multipart_threshold in the workload', [option('multipart_threshold=20MiB')], 20 * MiB, 2, 0],
  ['single_put in the workload and a --multipart-threshold: the flag', [option('single_put=True'), '--multipart-threshold', '10MiB'], 20 * MiB, 0, 6],
  ['--parts-in-flight', ['--parts-in-flight', '1'], 20 * MiB, 0, 6],
]
for (const [index, [name, args, size, puts, parts, format]] of rows.entries()) {
  test(`run writes two objects of ${size / MiB} MiB: ${name}`, async () => {
    const found = await asked(() => dlio(['run', 'quickstart', '--target', `s3://data/run-${index}`, '--generate', '--out', '-', '--json', ...generating(size, format), '~workload.metric.au', ...args], { env }))
    assert.equal(found.result.code, 0, found.result.stderr)
    // And the manifest.
    assert.deepEqual([found.puts, found.parts], [puts + 1, parts])
  })
}

const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['run', 'quickstart', '--target', 's3://data/refused', '--generate', '--out', '-', ...generating(20 * MiB), '--single-put', '--memory-limit', '10MiB'], /an object of 20\.0 MiB, which is whole in memory for one PUT, does not fit the memory limit of 10\.0 MiB/],
  [['run', 'quickstart', '--target', 's3://data/refused', '--generate', '--out', '-', ...generating(6 * 1024 * MiB), '--single-put'], /an object of 6\.00 GiB cannot go in one PUT/],
  [['run', 'quickstart', '--target', 's3://data/refused', '--part', '1MiB'], /S3 takes no parts below 5 MiB/],
  [['run', 'quickstart', '--target', 's3://data/refused', '--single-put', '--multipart-threshold', '1GiB'], /cannot be used with/],
  [['bench', 'put', 's3://data/refused', '--single-put', '--size', '6GiB'], /an object of 6\.00 GiB cannot go in one PUT/],
  ...['direct', 'undici', 'sdk'].map((transport) => [['bench', 'put', 's3://data/refused', '--part', '4MiB', '--size', '11MiB', '--transport', transport], /S3 takes no parts below 5 MiB/] as const),
]
for (const [args, message] of refused) {
  test(`refused before anything is written: ${args.join(' ')}`, async () => {
    const { result, puts, parts } = await asked(() => dlio(args, { env }))
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr.replaceAll(/\s+/g, ' '), message)
    assert.deepEqual([puts, parts], [0, 0])
  })
}

for (const transport of ['direct', 'undici', 'sdk']) {
  const ways: readonly (readonly [args: readonly string[], puts: number, parts: number, told: object, text: RegExp])[] = [
    [['--single-put'], 1, 0, { single_put: true }, /each object in one PUT/],
    [['--part', '5MiB', '--parts-in-flight', '2'], 0, 3, { part_bytes: 5 * MiB, parts_in_flight: 2, single_put: false }, /multipart uploads in parts of 5\.00 MiB, 2 at a time/],
    [['--multipart-threshold', '11MiB'], 1, 0, { single_put: true }, /each object in one PUT/],
  ]
  for (const [args, puts, parts, told, text] of ways) {
    test(`bench put ${args.join(' ')} with ${transport}: what it says is what it does`, async () => {
      const command = ['bench', 'put', 's3://data/bench', '--count', '3', '--objects', '2', '--size', '11MiB', '--concurrency', '1', '--transport', transport, ...args]
      const found = await asked(() => dlio([...command, '--json'], { env }))
      assert.equal(found.result.code, 0, found.result.stderr)
      // And a warm-up.
      assert.deepEqual([found.puts, found.parts], [4 * puts, 4 * parts])
      assert.equal(resultOf(found.result).summary['errors'], 0)
      const { part_bytes, parts_in_flight, single_put } = (JSON.parse(found.result.stdout) as { bench: Record<string, unknown> }).bench
      assert.deepEqual(Object.fromEntries(Object.entries({ part_bytes, parts_in_flight, single_put }).filter(([, value]) => value !== undefined)), told)
      assert.match((await dlio(command, { env })).stdout.replaceAll(/\s+/g, ' '), text)
    })
  }
}
