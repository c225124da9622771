import assert from 'node:assert/strict'
import { test } from 'node:test'
import { laneShares } from '../../src/bench/load.ts'
import { rangeOffset } from '../../src/bench/ranges.ts'
import { ownObjects, runFolder } from '../../src/bench/own-objects.ts'
import { removeWritten } from '../../src/bench/removal.ts'
import { createVersionLog } from '../../src/bench/version-log.ts'
import { existingObjects } from '../../src/bench/existing-objects.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import { isFault } from '../../src/util/fault.ts'
import { StringTable } from '../../src/util/string-table.ts'

for (const [concurrency, threads] of [[1, 1], [4, 1], [4, 3], [16, 2], [5, 5], [1000, 7]] as const) {
  test(`${concurrency} lanes over ${threads} threads are all there once, in even shares`, () => {
    const shares = laneShares(concurrency, threads)
    assert.deepEqual(shares.flatMap(([first, lanes]) => Array.from({ length: lanes }, (_, i) => first + i)), Array.from({ length: concurrency }, (_, i) => i))
    const sizes = shares.map(([, lanes]) => lanes)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1 && Math.min(...sizes) >= 1)
  })
}

for (const [size, range] of [[1, 1], [10, 3], [4096, 4096], [8191, 4096], [5 * 2 ** 40, 4096]] as const) {
  test(`ranges of ${range} in ${size} bytes lie inside, side by side`, () => {
    for (let ticket = 0; ticket < 1000; ticket++) {
      const offset = rangeOffset(1, ticket, { size, range })
      assert.ok(offset >= 0 && offset + range <= size && offset % range === 0, `${offset}`)
    }
  })
}

const offsetsOf = (seed: number): number[] => Array.from({ length: 20 }, (_, ticket) => rangeOffset(seed, ticket, { size: 1 << 20, range: 1 }))

test('ranges are spread evenly, and by the seed', () => {
  const hits = Array.from({ length: 16 }, () => 0)
  for (let ticket = 0; ticket < 16_000; ticket++) hits[rangeOffset(42, ticket, { size: 16, range: 1 })]!++
  // 1000 expected each, standard deviation 31.
  assert.ok(hits.every((count) => count > 840 && count < 1160), hits.join())
  assert.notDeepEqual(offsetsOf(1), offsetsOf(2))
})

test('the offsets that docs/metrics.md shows', () => {
  assert.deepEqual(Array.from({ length: 8 }, (_, ticket) => rangeOffset(7, ticket, { size: 8 * 2 ** 20, range: 2 ** 20 }) / 2 ** 20), [1, 1, 0, 2, 3, 6, 0, 7])
})

for (const [prefix, folder] of [['', 'dlio-s3-bench/id/'], ['a', 'a/dlio-s3-bench/id/'], ['a/b/', 'a/b/dlio-s3-bench/id/'], ['/', '/dlio-s3-bench/id/'], ['/a//', '/a//dlio-s3-bench/id/']] as const) {
  test(`the folder of a run below "${prefix}"`, () => { assert.equal(runFolder(prefix, 'id'), folder) })
}

test('only objects that may be there are removed, more than one request takes', async () => {
  const store = openMemoryStore('bench-removal')
  const objects = ownObjects('f/', 2500, 1)
  const table = new StringTable(objects.keys)
  await Promise.all([...table, 'f/other'].map((key) => store.write(key, new Uint8Array(1))))
  const marks = new Uint8Array(2500).map((_, i) => i % 2 === 0 ? 2 : 0)
  marks[0] = 1
  assert.deepEqual(await removeWritten(store, { objects, marks, versions: createVersionLog(0), folder: 'f/' }), { objects: 1250, versions: 0 })
  const left: string[] = []
  for await (const page of store.list('f/')) left.push(...page.map(({ key }) => key))
  assert.deepEqual(left.toSorted(), [...[...table].filter((_, i) => i % 2 === 1), 'f/other'].toSorted())
})

test('existing objects come in a seeded order with their sizes, empty ones and neighbours of the folder left out', async () => {
  const store = openMemoryStore('bench-existing')
  for (let i = 0; i < 50; i++) await store.write(`d/${String(i).padStart(2, '0')}`, new Uint8Array(i))
  await store.write('d2', new Uint8Array(1))
  const { signal } = new AbortController()
  const of = async (seed: number, limit?: number): Promise<string[]> => {
    const { keys, sizes } = await existingObjects(store, { prefix: 'd', seed, limit, signal })
    return [...new StringTable(keys)].map((key, i) => `${key} ${sizes[i]}`)
  }
  const order = await of(1)
  const sorted = Array.from({ length: 49 }, (_, i) => `d/${String(i + 1).padStart(2, '0')} ${i + 1}`)
  assert.deepEqual(order.toSorted(), sorted)
  assert.notDeepEqual(order, sorted)
  assert.deepEqual(await of(1), order)
  assert.notDeepEqual(await of(2), order)
  assert.deepEqual((await of(1, 3)).toSorted(), sorted.slice(0, 3))
  const { keys, etags } = await existingObjects(store, { prefix: 'd', seed: 1, signal, etags: true })
  const known = new StringTable(etags!)
  assert.deepEqual(await Promise.all([...new StringTable(keys)].map(async (key) => (await store.head(key)).etag)), [...known])
  await assert.rejects(existingObjects(store, { prefix: 'nowhere', seed: 1, signal }), (error) => isFault(error, 'usage'))
})
