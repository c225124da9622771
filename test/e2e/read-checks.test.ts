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
