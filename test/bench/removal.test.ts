// What a run removes of a bucket that makes versions: exactly its own, and a word about what it cannot.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mark } from '../../src/bench/marks.ts'
import { numberOf, ownObjects } from '../../src/bench/own-objects.ts'
import { removeWritten, type Written } from '../../src/bench/removal.ts'
import { createVersionLog, noteDoubt, noteVersion } from '../../src/bench/version-log.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore, ObjectVersion } from '../../src/storage/store.ts'
import { Fault, isFault } from '../../src/util/fault.ts'

const folder = 'p/dlio-s3-bench/id/'
const key = (index: number): string => `${folder}object-${String(index).padStart(8, '0')}`

interface Behaviour {
  /** Of keys that are deleted without a version. Absent: as the bucket of the rest. */
  readonly marker?: string
  readonly mayNot?: 'list' | 'delete'
  readonly neverDeletes?: boolean
}

/** A bucket of versions in memory; `calls` are those made. */
function bucketOf(versions: ObjectVersion[], { marker, mayNot, neverDeletes = false }: Behaviour = {}): { store: ObjectStore; calls: string[] } {
  const calls: string[] = []
  const refuse = (operation: 'list' | 'delete'): void => {
    if (operation === mayNot) throw new Fault('storage', 'no', { info: { reason: 'denied', operation } })
  }
  const inner = openMemoryStore('removal')
  const store: ObjectStore = {
    name: 'versioned', list: inner.list.bind(inner), head: inner.head.bind(inner), read: inner.read.bind(inner), write: inner.write.bind(inner), createContainer: inner.createContainer.bind(inner), close: inner.close.bind(inner),
    async delete(keys) {
      calls.push(`keys ${keys.length}`)
      if (marker === undefined) return []
      const markers = keys.map((each) => ({ key: each, version: marker }))
      if (marker === 'null') for (const each of keys) versions.splice(0, versions.length, ...versions.filter((one) => one.key !== each || one.version !== 'null'))
      versions.push(...markers)
      return markers
    },
    versions: {
      async list(prefix) {
        calls.push('list')
        refuse('list')
        return versions.filter((each) => each.key.startsWith(prefix)).slice(0, 1000)
      },
      async delete(some) {
        calls.push(`versions ${some.length}`)
        refuse('delete')
        if (!neverDeletes) versions.splice(0, versions.length, ...versions.filter((one) => !some.some((each) => each.key === one.key && each.version === one.version)))
      },
    },
  }
  return { store, calls }
}

/** Of `count` objects, all written; those of `noted` were told. */
function written(count: number, noted: readonly number[], capacity?: number): Written {
  const versions = createVersionLog(capacity)
  for (const [i, index] of noted.entries()) noteVersion(versions, { index, version: `v${i}` })
  return { objects: ownObjects(folder, count, 1), marks: new Uint8Array(count).fill(mark.there), versions, folder }
}

test('nothing written, nothing asked', async () => {
  const { store, calls } = bucketOf([])
  assert.deepEqual(await removeWritten(store, { ...written(3, []), marks: new Uint8Array(3) }), { objects: 0, versions: 0 })
  assert.deepEqual(calls, [])
})

test('a bucket without versions is not asked for any', async () => {
  const { store, calls } = bucketOf([])
  assert.deepEqual(await removeWritten(store, written(1500, [])), { objects: 1500, versions: 0 })
  assert.deepEqual(calls, ['keys 1000', 'keys 500'])
})

test('versions that were told are deleted by their ids, and a look finds no more', async () => {
  const noted = Array.from({ length: 2300 }, (_, i) => i % 3)
  const others = [{ key: `${folder}object-1`, version: 'x' }, { key: `${folder}other`, version: 'y' }, { key: key(7), version: 'z' }, { key: 'p/else', version: 'w' }]
  const there = [...others, ...noted.map((index, i) => ({ key: key(index), version: `v${i}` }))]
  const { store, calls } = bucketOf(there)
  assert.deepEqual(await removeWritten(store, written(3, noted)), { objects: 3, versions: 2300 })
  assert.deepEqual(calls, ['versions 1000', 'versions 1000', 'versions 300', 'list'])
  assert.deepEqual(there, others)
})

test('versions too many to be held are found by listing', async () => {
  const there = Array.from({ length: 2500 }, (_, i) => ({ key: key(i % 2), version: `v${i}` }))
  const { store, calls } = bucketOf(there)
  assert.deepEqual(await removeWritten(store, written(2, there.map((_, i) => i % 2), 60)), { objects: 2, versions: 2500 })
  assert.deepEqual(there, [])
  assert.equal(calls.filter((call) => call === 'list').length, 4)
})

test('where versions are suspended the null version goes, and its marker', async () => {
  const there = [{ key: key(0), version: 'older' }, { key: key(0), version: 'null' }]
  const { store } = bucketOf(there.filter(({ version }) => version === 'null'), { marker: 'null' })
  assert.deepEqual(await removeWritten(store, written(1, [])), { objects: 1, versions: 1 })
})

test('a null marker that is not told, of a key deleted by itself, is found by listing', async () => {
  const there: ObjectVersion[] = []
  const { store } = bucketOf(there)
  const silent: ObjectStore = { ...store, delete: async (keys) => { there.push(...keys.map((each) => ({ key: each, version: 'null' }))); return [] } }
  assert.deepEqual(await removeWritten(silent, written(1, [])), { objects: 1, versions: 1 })
  assert.deepEqual(there, [])
})

test('versions of writes that told none are found by listing, with the markers', async () => {
  const there = [{ key: key(0), version: 'a' }, { key: key(1), version: 'b' }]
  const { store } = bucketOf(there, { marker: 'm' })
  assert.deepEqual(await removeWritten(store, written(2, [])), { objects: 2, versions: 4 })
  assert.deepEqual(there, [])
})

test('who may not list versions removes those that were told', async () => {
  const there = [{ key: key(0), version: 'v0' }]
  const { store } = bucketOf(there, { mayNot: 'list' })
  assert.deepEqual(await removeWritten(store, written(1, [0])), { objects: 1, versions: 1 })
  assert.deepEqual(there, [])
})

for (const [what, doubts, capacity, message] of [['too many to be held', 0, 0, /left below p\/.*: 1 whose ids were too many to be kept, and those of 0 writes/], ['of writes in doubt', 2, 100, /: 0 whose ids .* those of 2 writes whose answers were lost/]] as const) {
  test(`who may not list versions is told of those that are left: ${what}`, async () => {
    const { store } = bucketOf([{ key: key(0), version: 'v0' }], { mayNot: 'list' })
    const own = written(1, [0], capacity)
    for (let i = 0; i < doubts; i++) noteDoubt(own.versions)
    await assert.rejects(removeWritten(store, own), (error) => isFault(error, 'storage') && message.test(error.message) && error.hint!.includes('s3:ListBucketVersions'))
  })
}

test('who may not delete versions hides the objects, and is told', async () => {
  const { store, calls } = bucketOf([{ key: key(0), version: 'v0' }], { mayNot: 'delete', marker: 'm' })
  await assert.rejects(removeWritten(store, written(1, [0])), (error) => isFault(error, 'storage') && /versions of this run are left behind delete markers below p\//.test(error.message) && error.hint!.includes('s3:DeleteObjectVersion'))
  assert.deepEqual(calls, ['versions 1', 'keys 1'])
})

test('a store that deletes no versions is told of, and not asked for ever', async () => {
  const { store } = bucketOf([{ key: key(0), version: 'v0' }], { neverDeletes: true })
  await assert.rejects(removeWritten(store, written(1, [0])), (error) => isFault(error, 'storage') && /version v0 of ".*object-00000000" is there after its removal/.test(error.message))
})

for (const [name, index] of [['', undefined], ['object-', undefined], ['object-1', undefined], ['object-00000001', 1], ['object-123456789', 123_456_789], ['object-000000001', undefined], ['x/object-00000001', undefined], ['object-00000001 ', undefined]] as const) {
  test(`"${name}" is ${index === undefined ? 'no object of a run' : `object ${index}`}`, () => { assert.equal(numberOf(folder, `${folder}${name}`), index) })
}
