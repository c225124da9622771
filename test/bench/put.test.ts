import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bench } from './bench.ts'
import { putCases } from './cases/put.ts'
import type { Served } from './served.ts'

const benchOf = (seconds: number): Bench => ({
  options: { rounds: 5, seconds, only: '', without: [], profile: false, files: [] }, tools: {}, folder: '', readServer: () => assert.fail('PUT reads nothing'), close: async () => {},
  writeServer: async () => ({ spec: {} }) as Served,
})

for (const [seconds, expected] of [[2, 12], [30, 30]] as const) {
  test(`--seconds ${seconds}: bench put stands beside undici in samples of ${expected} s too, and in few rounds`, () => {
    const found = putCases(benchOf(seconds)).find(({ name }) => name === 'PUT 128 KiB, long samples')
    assert.deepEqual([found?.sampleSeconds, found?.mostRounds], [expected, 3])
    assert.deepEqual(found?.rows.map(({ name, ours, against }) => [name, ours, against]), [[`PUT 128 KiB, samples of ${expected} s: bench put, payload unsigned / undici`, 'bench put, payload unsigned', 'undici']])
  })
}

test('each row is about contenders that are there', async () => {
  for (const each of putCases(benchOf(2))) {
    const { contenders } = await each.open()
    for (const { ours, against = ours } of each.rows) assert.ok(ours in contenders && against in contenders, `${each.name}: ${ours} / ${against}`)
  }
})
