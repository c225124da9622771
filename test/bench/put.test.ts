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
  test(`--seconds ${seconds}: bench put and the store stand beside undici in samples of ${expected} s too, and in few rounds`, () => {
    const found = putCases(benchOf(seconds)).find(({ name }) => name === 'PUT 128 KiB, long samples')
    assert.deepEqual([found?.sampleSeconds, found?.mostRounds], [expected, 3])
    const own = `PUT 128 KiB, samples of ${expected} s`, command = 'bench put, payload unsigned', loop = 'store loop, payload unsigned'
    assert.deepEqual(found?.rows.map(({ name, ours, against, target }) => [name, ours, against, target]), [
      [`${own}: ${command} / undici`, command, 'undici', { least: 1.8 }], [`${own}: ${loop} / undici`, loop, 'undici', { least: 1.8 }], [`${own}: ${command} / ${loop}`, command, loop, undefined],
    ])
  })
}

test('each row is about contenders that are there', async () => {
  for (const each of putCases(benchOf(2))) {
    const { contenders } = await each.open()
    for (const { ours, against = ours } of each.rows) assert.ok(ours in contenders && against in contenders, `${each.name}: ${ours} / ${against}`)
  }
})
