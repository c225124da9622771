// Runs over objects that are large enough to be read in ranges: how many requests there were, and what the result says of it.

import assert from 'node:assert/strict'
import path from 'node:path'
import { before, test } from 'node:test'
import { dlio, resultOf, temporaryFolder, type CliResult } from '../support/cli.ts'
import { serve } from '../support/served.ts'

interface Environment { readonly part_bytes?: number; readonly parts_in_flight?: number; readonly memory_limit_bytes: number; readonly peak_in_flight_bytes: number }

const MiB = 1024 * 1024
/** An NPZ of a bit less than 20 MiB: DLIO's records are squares. */
const overrides = ['dataset.num_files_train=4', `dataset.record_length_bytes=${20 * MiB}`, 'reader.batch_size=1', 'reader.read_threads=1', 'train.epochs=1', 'train.computation_time=0', 'workflow.generate_data=False'].map((text) => `++workload.${text}`)

const { env, requestsOf } = await serve('data')
const run = (more: readonly string[]): Promise<CliResult> => dlio(['run', 'quickstart', '--target', 's3://data/set', '--out', '-', '--threads', '1', ...overrides, '~workload.metric.au', ...more], { env })
before(async () => {
  const result = await run(['--generate', '++workload.workflow.train=False'])
  assert.equal(result.code, 0, result.stderr)
})

const environmentOf = ({ stdout }: CliResult): Environment => (JSON.parse(stdout) as { environment: Environment }).environment
const gets = (): Promise<number> => requestsOf('GetObject')

const rows: [name: string, more: readonly string[], ranges: number, environment: readonly (number | undefined)[]][] = [
  ['one object at a time: in ranges of part_size', [], 3, [8 * MiB, 3]],
  ['part_size as it is said', ['++workload.storage.storage_options.part_size=5MiB'], 4, [5 * MiB, 4]],
  ['parts_in_flight as it is said: ranges grow', ['++workload.storage.storage_options.parts_in_flight=2'], 2, [10 * MiB, 2]],
  ['both as they are said', ['part_size=8MiB', 'parts_in_flight=2'].map((text) => `++workload.storage.storage_options.${text}`), 3, [8 * MiB, 2]],
  ['--part and --parts-in-flight, whatever the workload says', ['--part', '6MiB', '--parts-in-flight', '3', ...['part_size=8MiB', 'parts_in_flight=2'].map((text) => `++workload.storage.storage_options.${text}`)], 4, [6 * MiB, 3]],
  ['parts_in_flight 1: whole objects', ['++workload.storage.storage_options.parts_in_flight=1'], 1, [undefined, undefined]],
  ['the SDK too', ['--transport', 'sdk'], 3, [8 * MiB, 3]],
  ['exact ranges of the reader: only its large ones are split', ['--read-mode', 'range'], 0, [8 * MiB, 3]],
]
for (const [name, more, ranges, [partBytes, partsInFlight]] of rows) {
  test(name, async () => {
    const earlier = await gets()
    const result = await run([...more, '--json'])
    assert.equal(result.code, 0, result.stderr)
    const { summary } = resultOf(result)
    const environment = environmentOf(result)
    const asked = await gets() - earlier
    assert.deepEqual([environment.part_bytes, environment.parts_in_flight], [partBytes, partsInFlight])
    assert.deepEqual([summary['objects_read'], summary['samples'], summary['errors']], [4, 4, 0])
    if (ranges > 0) assert.equal(asked, 4 * ranges)
    // The range reader asks for the ends of the archive first, then for the member.
    else assert.ok(asked > 4 * 3, `${asked} requests`)
    // Beside the reads: the listing.
    assert.ok(Number(summary['requests']) - asked >= 1 && Number(summary['requests']) - asked <= 20, `${String(summary['requests'])} requests, ${asked} of them GET`)
    const { peak_in_flight_bytes: peak, memory_limit_bytes: limit } = environment
    assert.ok(peak > 19.9 * MiB && peak < 20 * MiB && peak <= limit, `${peak} bytes in flight`)
  })
}

test('as many batches as --memory-limit has room for decide too, and what one alone holds above it is told', async () => {
  const result = await run(['--json', '--accelerators', '4', '--memory-limit', '1MiB'])
  assert.equal(result.code, 0, result.stderr)
  const { parts_in_flight: partsInFlight, peak_in_flight_bytes: peak } = environmentOf(result)
  assert.equal(partsInFlight, 3)
  assert.ok(peak > 19.9 * MiB && peak < 20 * MiB, `${peak} bytes in flight`)
})

test('the report says it', async () => {
  const result = await run([])
  assert.equal(result.code, 0, result.stderr)
  assert.match(result.stdout.replaceAll(/\s+/g, ' '), /object reads by ranges of 8\.00 MiB, 3 of an object at a time · memory limit .*, at most 20\.0 MiB in flight/)
})

test('a local directory is read whole', async (t) => {
  const result = await dlio(['run', 'quickstart', '--target', path.join(await temporaryFolder(t), 'set'), '--generate', '--out', '-', ...overrides, '~workload.metric.au', '--json'])
  assert.equal(result.code, 0, result.stderr)
  const environment = environmentOf(result)
  assert.deepEqual([environment.part_bytes, environment.parts_in_flight], [undefined, undefined])
  assert.ok(environment.peak_in_flight_bytes > 19.9 * MiB)
  assert.equal((JSON.parse(result.stdout) as { latency: { total: { count: number } } }).latency.total.count, 4)
})
