import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVersionLog, notedVersions, noteDoubt, noteVersion, unknownVersions, type KeyVersion } from '../../src/bench/version-log.ts'

const one: KeyVersion = { index: 0, version: '1' }
const s3: KeyVersion = { index: 4_000_000_000, version: 'L4kqtJlcpXroDTDmpUMLUo' }
const long: KeyVersion = { index: 65_537, version: 'ÿ'.repeat(1024) }

const rows: readonly (readonly [name: string, capacity: number, noted: readonly KeyVersion[], held: readonly KeyVersion[], unheld: number])[] = [
  ['nothing', 100, [], [], 0],
  ['no room at all', 0, [one], [], 1],
  ['some', 2000, [one, s3, long, one], [one, s3, long, one], 0],
  ['null versions, which need no note', 100, [{ index: 1, version: 'null' }, one], [one], 0],
  ['just enough', 14, [one, one], [one, one], 0],
  ['one too many: nothing is held after it', 13, [one, one, one], [one], 2],
  ['one that is too long for what is left', 30, [s3, s3, one], [s3], 2],
]
for (const [name, capacity, noted, held, unheld] of rows) {
  test(`a log of versions with ${name}`, () => {
    const log = createVersionLog(capacity)
    for (const each of noted) noteVersion(log, each)
    assert.deepEqual([...notedVersions(log)], held)
    assert.deepEqual(unknownVersions(log), { unheld, doubtful: 0 })
  })
}

test('writes in doubt are counted', () => {
  const log = createVersionLog(100)
  noteDoubt(log)
  noteDoubt(log)
  assert.deepEqual(unknownVersions(log), { unheld: 0, doubtful: 2 })
})
