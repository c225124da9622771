import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../src/storage/index.ts'
import { startListServer } from './list-server.ts'
import { s3Spec } from './served.ts'

for (const count of [0, 1, 999, 1000, 1001, 2500]) {
  test(`${count} keys come in order, whole, from any place on, without those of other prefixes`, async () => {
    const server = await startListServer('bench')
    const store = await openStore(s3Spec({ endpoint: server.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }))
    try {
      const objects = Array.from({ length: count }, (_, i) => ({ key: `d/${String(i).padStart(5, '0')}`, size: i, etag: `e-${i}` }))
      server.show([...objects.toReversed(), { key: 'c/x', size: 1, etag: 'x' }, { key: 'd0', size: 1, etag: 'x' }])
      const list = async (startAfter?: string): Promise<string[]> => {
        const found: string[] = []
        for await (const page of store.list('d/', { startAfter })) found.push(...page.map(({ key, size, etag }) => `${key} ${size} ${etag}`))
        return found
      }
      const expected = objects.map(({ key, size, etag }) => `${key} ${size} ${etag}`)
      assert.deepEqual(await list(), expected)
      assert.deepEqual(await list('d/00499'), expected.slice(500))
      assert.deepEqual(await list('d/9'), [])
    } finally {
      await store.close()
      await server.close()
    }
  })
}
