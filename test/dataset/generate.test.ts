import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { generate, type GenerateOptions, type GenerateProgress } from '../../src/dataset/generate.ts'
import { listFiles } from '../../src/dataset/listing.ts'
import { readManifest } from '../../src/dataset/manifest.ts'
import { GenerationPlan } from '../../src/dataset/plan.ts'
import type { DatasetSettings } from '../../src/dataset/settings.ts'
import { loadFormat } from '../../src/format/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { abortedFault, Fault, isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { rawFormat } from './raw-format.ts'
import { settingsOf } from './settings.ts'
import { contentsOf, storeWith, withWrite } from './stores.ts'

const npz = await loadFormat('npz')
const noon = { now: () => 0, wallMilliseconds: () => Date.UTC(2026, 0, 2, 12), sleep: async () => {}, sleepUntil: async () => {} }

function run(store: ObjectStore, settings: DatasetSettings = settingsOf(), more: Partial<GenerateOptions> = {}): ReturnType<typeof generate> {
  return generate({ store, settings, format: npz, version: '0.1.0', memoryLimit: MiB, uploads: 3, clock: noon, ...more })
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  return [...(await contentsOf(store)).keys()]
}

const allKeys = [
  'data/.dlio-s3.json', ...[0, 1, 2, 3, 4].map((i) => `data/train/img_${i}_of_5.npz`), ...[0, 1].map((i) => `data/valid/img_${i}_of_2.npz`),
]

/** A store whose writes of data files fail from the n-th on. */
function failingFrom(inner: ObjectStore, n: number, fail: () => Error): ObjectStore {
  let numWrites = 0
  return withWrite(inner, async (key, body, options) => {
    if (!key.endsWith('.json') && ++numWrites >= n) throw fail()
    return inner.write(key, body, options)
  })
}

const serverFault = (): Fault => new Fault('storage', 'the store answered 503', { info: { reason: 'server', operation: 'write' } })

describe('generate', () => {
  test('no files: a manifest', async () => {
    const store = await storeWith()
    assert.deepEqual(await run(store, settingsOf({ numFilesTrain: 0, numFilesEval: 0 })), { objectsTotal: 0, objectsWritten: 0, objectsKept: 0, bytesWritten: 0, adopted: false })
    assert.deepEqual(await keysOf(store), ['data/.dlio-s3.json'])
  })

  test('writes every file and what it is', async () => {
    const store = await storeWith()
    assert.deepEqual(await run(store), { objectsTotal: 7, objectsWritten: 7, objectsKept: 0, bytesWritten: 7 * 12802, adopted: false })
    assert.deepEqual(await keysOf(store), allKeys)
    assert.deepEqual(await readManifest(store, 'data'), { version: '0.1.0', created: '2026-01-02T12:00:00.000Z', adopted: false, contentVersion: 1, settings: settingsOf() })
    const { table, warnings } = await listFiles(store, { layout: settingsOf(), set: 'train', numSamplesPerFile: 3 })
    assert.deepEqual([table.numFiles, warnings], [5, []])
  })

  test('every sample reads back as its content', async () => {
    const store = await storeWith()
    const settings = settingsOf({ recordLengthStdev: 1024, elementType: 'float32', numSubfoldersTrain: 2 })
    await run(store, settings)
    const contents = await contentsOf(store)
    for (const { key, block, shape } of new GenerationPlan(settings, npz)) {
      const bytes = contents.get(key)!
      const reader = await npz.open({ key, size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }, { numSamples: 3 })
      const { bytes: tensor, offset, strides } = await reader.readSample(2)
      const wanted = new Uint8Array(4 * shape[0]! * shape[1]!)
      block.fill(2, 0, wanted)
      const view = new DataView(tensor.buffer, tensor.byteOffset)
      const expected = new DataView(wanted.buffer)
      for (let i = 0; i < shape[0]!; i++) for (let j = 0; j < shape[1]!; j++) {
        assert.equal(view.getUint32(offset + i * strides[0]! + j * strides[1]!), expected.getUint32(4 * (i * shape[1]! + j)))
      }
    }
  })

  test('the manifest is there before the first file', async () => {
    const inner = await storeWith()
    const order: string[] = []
    await run(withWrite(inner, (key, body, options) => { order.push(key); return inner.write(key, body, options) }))
    assert.equal(order[0], 'data/.dlio-s3.json')
    assert.equal(order.length, 8)
  })

  test('again: nothing is written', async () => {
    const store = await storeWith()
    await run(store)
    const before = await contentsOf(store)
    const { objectsWritten, objectsKept, bytesWritten } = await run(store)
    assert.deepEqual([objectsWritten, objectsKept, bytesWritten], [0, 7, 0])
    assert.deepEqual(await contentsOf(store), before)
  })

  test('what is missing or has another size is written again, byte for byte', async () => {
    const store = await storeWith()
    await run(store)
    const before = await contentsOf(store)
    await store.delete(['data/train/img_3_of_5.npz', 'data/valid/img_0_of_2.npz'])
    await store.write('data/train/img_0_of_5.npz', new Uint8Array(3))
    const { objectsWritten, objectsKept, bytesWritten } = await run(store)
    assert.deepEqual([objectsWritten, objectsKept, bytesWritten], [3, 4, 3 * 12802])
    assert.deepEqual(await contentsOf(store), before)
  })

  test('compressed files, whose size nobody knows before, are kept when they are not empty', async () => {
    const store = await storeWith()
    const settings = settingsOf()
    const format = rawFormat({ pieceSize: 100, announces: false })
    await run(store, settings, { format })
    await store.write('data/train/img_0_of_5.npz', new Uint8Array(0))
    const { objectsWritten, objectsKept } = await run(store, settings, { format })
    assert.deepEqual([objectsWritten, objectsKept], [1, 6])
  })

  test('hosts share the work: together they write each file once', async () => {
    const store = await storeWith()
    const results = await Promise.all([0, 1, 2].map((rank) => run(store, settingsOf(), { shard: { rank, worldSize: 3 } })))
    assert.deepEqual(results.map(({ objectsTotal }) => objectsTotal), [3, 2, 2])
    assert.deepEqual(results.map(({ objectsWritten }) => objectsWritten), [3, 2, 2])
    assert.deepEqual(await keysOf(store), allKeys)
    assert.deepEqual(await contentsOf(store), await (async () => {
      const alone = await storeWith()
      await run(alone)
      return contentsOf(alone)
    })())
  })

  test('progress counts up to all, kept ones included', async () => {
    const store = await storeWith()
    await run(store, settingsOf(), { shard: { rank: 0, worldSize: 7 } })
    const seen: GenerateProgress[] = []
    await run(store, settingsOf(), { uploads: 1, onProgress: (progress) => { seen.push(progress) } })
    assert.deepEqual(seen[0], { objectsDone: 1, objectsTotal: 7, objectsWritten: 0, bytesWritten: 0 })
    assert.deepEqual(seen.at(-1), { objectsDone: 7, objectsTotal: 7, objectsWritten: 6, bytesWritten: 6 * 12802 })
    assert.ok(seen.every(({ objectsDone }, i) => i === 0 || objectsDone >= seen[i - 1]!.objectsDone))
  })

  test('what was told last holds when it fails: written and kept files are known', async () => {
    const store = await storeWith()
    await run(store)
    await store.delete(['data/train/img_0_of_5.npz', 'data/valid/img_0_of_2.npz', 'data/valid/img_1_of_2.npz'])
    let last: GenerateProgress | undefined
    await assert.rejects(run(failingFrom(store, 2, serverFault), settingsOf(), { uploads: 1, onProgress: (progress) => { last = progress } }),
      (error) => isFault(error, 'storage') && error.message.endsWith('after 1 of 3 objects were written'))
    assert.deepEqual(last, { objectsDone: 5, objectsTotal: 7, objectsWritten: 1, bytesWritten: 12802 })
  })

  test('makes the bucket when there is none and it may', async () => {
    const inner = await storeWith()
    let made = 0
    const store: ObjectStore = {
      ...withWrite(inner, (key, body, options) => inner.write(key, body, options)),
      async * list(prefix, options) {
        if (made === 0) throw new Fault('storage', 'no such bucket', { info: { reason: 'no-bucket', operation: 'list' } })
        yield* inner.list(prefix, options)
      },
      createContainer: async () => { made++ },
    }
    await assert.rejects(run(store), (error) => isFault(error, 'storage') && error.info.reason === 'no-bucket')
    assert.equal(made, 0)
    assert.equal((await run(store, settingsOf(), { createContainer: true })).objectsWritten, 7)
    assert.equal(made, 1)
  })
})

describe('generate refuses, before it writes anything', () => {
  const rows: readonly (readonly [name: string, there: Readonly<Record<string, number>>, message: RegExp])[] = [
    ['files of the same names', { 'data/train/img_0_of_5.npz': 12802 }, /holds 1 objects that dlio-s3 did not write/],
    ['files of other names', { 'data/train/img_0_of_9.npz': 10, 'data/valid/x': 1 }, /holds 2 objects that dlio-s3 did not write, such as "data\/train\/img_0_of_9\.npz"/],
  ]
  for (const [name, there, message] of rows) {
    test(name, async () => {
      const store = await storeWith(there)
      await assert.rejects(run(store), (error) => isFault(error, 'usage') && message.test(error.message) && error.hint!.includes('--adopt'))
      assert.deepEqual(await keysOf(store), Object.keys(there).toSorted())
    })
  }

  test('files that only end like DLIO’s index files', async () => {
    await assert.rejects(run(await storeWith({ 'data/train/labels.idx': 8 })), (error) => isFault(error, 'usage') && error.message.includes('"data/train/labels.idx"'))
  })

  test('but not for folder markers, other folders or the top of the data folder', async () => {
    const store = await storeWith({ 'data/train/': 0, 'data/train/a.off.idx': 1, 'data/train/a.sz.idx': 1, 'data/README': 5, 'other/train/x.npz': 1 })
    assert.equal((await run(store)).objectsWritten, 7)
    assert.equal((await store.head('data/README')).size, 5)
  })

  test('another data set of ours', async () => {
    const store = await storeWith()
    await run(store)
    const before = await contentsOf(store)
    for (const adopt of [false, true]) {
      await assert.rejects(run(store, settingsOf({ numFilesTrain: 6, seed: 9 }), { adopt }), (error) => isFault(error, 'usage')
        && /num_files_train is 5 there and 6 here; seed of the content is 123 there and 9 here/.test(error.message)
        && error.hint!.includes('part of every file name'))
    }
    assert.deepEqual(await contentsOf(store), before)
  })

  test('a manifest that is not ours to read', async () => {
    const store = await storeWith({ 'data/.dlio-s3.json': 3 })
    await assert.rejects(run(store), (error) => isFault(error, 'usage'))
    assert.deepEqual(await keysOf(store), ['data/.dlio-s3.json'])
  })
})

describe('generate with adopt', () => {
  test('keeps what has the right name and size, writes the rest, and says so for ever', async () => {
    const store = await storeWith({ 'data/train/img_2_of_5.npz': 12802, 'data/train/notes.txt': 4 })
    const { objectsWritten, objectsKept, adopted } = await run(store, settingsOf(), { adopt: true })
    assert.deepEqual([objectsWritten, objectsKept, adopted], [6, 1, true])
    assert.ok((await contentsOf(store)).get('data/train/img_2_of_5.npz')!.every((byte) => byte === 0))
    assert.equal((await readManifest(store, 'data'))!.adopted, true)
    assert.equal((await run(store)).objectsKept, 7)
  })

  test('never overwrites a file of another size, neither then nor later', async () => {
    const store = await storeWith({ 'data/train/img_2_of_5.npz': 5 })
    await assert.rejects(run(store, settingsOf(), { adopt: true }), (error) => isFault(error, 'usage') && /1 objects .* not the sizes .* "data\/train\/img_2_of_5\.npz"/.test(error.message))
    assert.deepEqual(await keysOf(store), ['data/train/img_2_of_5.npz'])
    await store.write('data/train/img_2_of_5.npz', new Uint8Array(12802))
    await run(store, settingsOf(), { adopt: true })
    await store.write('data/train/img_0_of_5.npz', new Uint8Array(1))
    await assert.rejects(run(store), (error) => isFault(error, 'usage'))
  })

  test('an empty folder is not adopted', async () => {
    assert.equal((await run(await storeWith(), settingsOf(), { adopt: true })).adopted, false)
  })
})

describe('generate stops', () => {
  test('at the first failure, saying how far it came, and goes on from there', async () => {
    const store = await storeWith()
    await assert.rejects(run(failingFrom(store, 4, serverFault), settingsOf(), { uploads: 1 }), (error) => isFault(error, 'storage')
      && error.message === 'the store answered 503 after 3 of 7 objects were written' && error.info.reason === 'server' && isFault(error.cause, 'storage'))
    assert.deepEqual(await keysOf(store), allKeys.slice(0, 4))
    const { objectsWritten, objectsKept } = await run(store)
    assert.deepEqual([objectsWritten, objectsKept], [4, 3])
  })

  test('a bug comes out as it is', async () => {
    await assert.rejects(run(failingFrom(await storeWith(), 1, () => new TypeError('bug'))), TypeError)
  })

  test('on abort: uploads in flight end, none begins', async () => {
    const inner = await storeWith()
    const controller = new AbortController()
    let begun = 0
    const store = withWrite(inner, async (key, body, options) => {
      if (key.endsWith('.json')) return inner.write(key, body, options)
      if (++begun < 3) return inner.write(key, body, options)
      return await new Promise((_resolve, reject) => {
        options!.signal!.addEventListener('abort', () => { reject(abortedFault('SIGINT')) })
        if (begun === 5) controller.abort(abortedFault('SIGINT'))
      })
    })
    await assert.rejects(run(store, settingsOf(), { signal: controller.signal }), (error) => isFault(error, 'aborted')
      && error.info.signal === 'SIGINT' && error.message === 'stopped by SIGINT after 2 of 7 objects were written')
    assert.equal(begun, 5)
    assert.equal((await keysOf(inner)).length, 3)
  })

  test('before it begins, when it was aborted already', async () => {
    const store = await storeWith()
    const controller = new AbortController()
    controller.abort(abortedFault('deadline'))
    await assert.rejects(run(store, settingsOf(), { signal: controller.signal }), (error) => isFault(error, 'aborted') && error.info.signal === 'deadline')
    assert.deepEqual(await keysOf(store), [])
  })
})
