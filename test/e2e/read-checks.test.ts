// --verify-checksums as a user meets it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dlio, resultOf, type CliResult } from '../support/cli.ts'

const checksOf = ({ stdout }: CliResult): unknown => (JSON.parse(stdout) as { read_checks?: unknown }).read_checks

for (const transport of ['direct', 'undici', 'sdk']) test(`run through ${transport}: every object that was stored with a checksum is held against it`, async () => {
  const result = await dlio(['run', 'quickstart', '--embedded', '--transport', transport, '--checksum', 'crc32c', '--verify-checksums', '--out', '-', '--json'])
  assert.equal(result.code, 0, result.stderr)
  // The data set's own manifest, where it is read, is one more.
  const { checked, unchecked } = checksOf(result) as { checked: number; unchecked: number }
  assert.ok(checked >= Number(resultOf(result).summary['objects_read']), `${checked}`)
  assert.ok(unchecked <= 1, `${unchecked}`)
})
test('run: objects that would be read in parallel ranges are read whole, and damage in them is found', async () => {
  const large = ['run', 'quickstart', '--embedded', '--part', '5MiB', '--checksum', 'crc32c', '--verify-checksums', '--decode', 'none', '--out', '-', '--json', '++workload.dataset.record_length_bytes=6000000', '++workload.dataset.num_files_train=4', '++workload.dataset.num_files_eval=0', '++workload.workflow.evaluation=false', '++workload.train.epochs=1', '++workload.reader.batch_size=1']
  const whole = await dlio(large)
  const { checked, unchecked } = checksOf(whole) as { checked: number; unchecked: number }
  assert.ok(checked >= 4 && unchecked <= 1, `${checked} ${unchecked} ${whole.stderr}`)
  const damaged = await dlio([...large, '--faults', 'wrong-bytes:get'])
  assert.equal(damaged.code, 5, damaged.stderr)
  assert.match(damaged.stdout + damaged.stderr, /CRC32C/)
})
test('bench: ranges cannot be checked, which is told', async () => {
  const common = ['bench', 'get', '--embedded', '--verify-checksums', '--checksum', 'crc64nvme', '--size', '64KiB', '--objects', '4', '--count', '8', '--concurrency', '1']
  const ranges = await dlio([...common, '--range', '4KiB', '--json'])
  assert.equal(ranges.code, 0, ranges.stderr)
  const { checked, unchecked } = checksOf(ranges) as { checked: number; unchecked: number }
  assert.equal(checked, 0)
  assert.ok(unchecked >= 8)
  const whole = await dlio(common)
  assert.match(whole.stdout, /Checksums {2}\d+ reads held against the store's\n/)
})
test('without it nothing is said', async () => {
  const result = await dlio(['bench', 'get', '--embedded', '--size', '1KiB', '--objects', '2', '--count', '2', '--concurrency', '1', '--json'])
  assert.equal(checksOf(result), undefined)
})
test('wrong-checksum of a read is an error of the run', async () => {
  const result = await dlio(['run', 'quickstart', '--embedded', '--checksum', 'crc32c', '--verify-checksums', '--faults', 'wrong-checksum:get@3', '--out', '-', '--json'])
  assert.equal(result.code, 5)
  assert.match(result.stderr, /with the CRC32C \S+ where \S+ was stored/)
})
