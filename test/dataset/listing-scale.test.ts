// A hundred thousand keys over real HTTP, from pages that are made up as they are asked for.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { listFiles } from '../../src/dataset/listing.ts'
import { fileKey, type Layout } from '../../src/dataset/names.ts'
import { defaultPartSize, defaultTimeouts, openStore, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { forkKeyServer, startKeyServer, SyntheticKeys, type KeyServer } from '../support/key-server.ts'

const layout: Layout = { prefix: 'data', filePrefix: 'img', extension: 'npz', numFilesTrain: 0, numFilesEval: 0, numSubfoldersTrain: 0, numSubfoldersEval: 0 }

function specOf({ endpoint }: KeyServer): S3Spec {
  return { kind: 's3', transport: 'direct', bucket: 'keys', endpoint, region: 'us-east-1', addressing: 'path', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts }
}

for (const numSubfoldersTrain of [0, 64]) {
  describe(`100 003 files in ${numSubfoldersTrain} subfolders`, () => {
    const large = { ...layout, numFilesTrain: 100_003, numFilesEval: 7, numSubfoldersTrain }
    const expected = new SyntheticKeys(large)
    let server: KeyServer, store: ObjectStore
    before(async () => {
      server = await forkKeyServer(large)
      store = await openStore(specOf(server))
    })
    after(async () => {
      await store.close()
      await server.close()
    })

    for (const concurrency of [1, 8]) {
      test(`${concurrency} request chains: every key once, in DLIO's order, with its size and ETag`, async () => {
        const { table, numPages, bytes, lastKey } = await listFiles(store, { layout: large, set: 'train', numSamplesPerFile: 1, concurrency })
        assert.equal(table.numFiles, 100_003)
        let sum = 0
        for (let i = 0; i < table.numFiles; i++) {
          assert.equal(table.keys.get(i), fileKey(large, 'train', i))
          assert.equal(table.sizes[i], expected.sizeOf(i))
          assert.equal(table.etags!.get(i), expected.etagOf(i))
          sum += expected.sizeOf(i)
        }
        assert.equal(bytes, sum)
        assert.equal(lastKey, expected.keyAt(100_002))
        assert.ok(numPages >= 101 && numPages <= 101 + 2 * concurrency)
      })
    }
  })
}

describe('the server of made-up keys', () => {
  const small = { ...layout, numFilesTrain: 25, numFilesEval: 3, numSubfoldersTrain: 4 }
  const all = [...Array.from({ length: 25 }, (_, i) => fileKey(small, 'train', i)), ...Array.from({ length: 3 }, (_, i) => fileKey(small, 'valid', i)), 'data/valid/ü +.npz'].toSorted()
  const rows: readonly (readonly [name: string, prefix: string, startAfter: string | undefined])[] = [
    ['all', '', undefined], ['a set', 'data/train/', undefined], ['a subfolder', 'data/train/2/', undefined], ['nothing', 'other/', undefined],
    ['after a key', '', all[11]], ['after what is no key', 'data/train/', 'data/train/2'], ['after the last', '', all.at(-1)],
  ]
  for (const [name, prefix, startAfter] of rows) {
    test(`lists ${name}, in pages of 4`, async () => {
      const server = await startKeyServer({ ...small, more: ['data/valid/ü +.npz'] })
      const store = await openStore(specOf(server))
      const keys: string[] = []
      for await (const page of store.list(prefix, { startAfter, pageSize: 4 })) keys.push(...page.map(({ key }) => key))
      await store.close()
      await server.close()
      assert.deepEqual(keys, all.filter((key) => key.startsWith(prefix) && (startAfter === undefined || key > startAfter)))
    })
  }

  test('shows one object as HEAD, GET and listing do', async () => {
    const server = await startKeyServer({ ...small, changed: [3] })
    const store = await openStore(specOf(server))
    const key = fileKey(small, 'train', 3), { size, etag } = await store.head(key)
    assert.deepEqual([size, etag], [1004, (2 ** 40 + 3).toString(16).padStart(32, 'd41d8cd98f00b204e9800998ecf8427e')])
    const bytes = new Uint8Array(4).fill(1)
    await store.read(key, { offset: 1000, length: 4 }, bytes, { ifMatch: etag })
    assert.deepEqual([...bytes], [0, 0, 0, 0])
    await assert.rejects(store.head('data/train/none'))
    await store.close()
    await server.close()
  })
})
