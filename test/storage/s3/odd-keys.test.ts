// Keys with every legal character, objects without bytes, and objects that look like folders: by all transports.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startServer, type RunningServer } from '../../../src/server/server.ts'
import { openStore } from '../../../src/storage/index.ts'
import type { ObjectStore } from '../../../src/storage/store.ts'
import { isFault } from '../../../src/util/fault.ts'
import { bytesOf, readAll } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'

const ascii = Array.from({ length: 95 }, (_, i) => String.fromCodePoint(32 + i)).join('')
const keys = [
  'plain', ' ', ' begins and ends with a space ', 'a+b', 'a b+c%20d%2Fe%', '100%', '%41', 'a?b=c&d#e', "quotes'\"`", '<xml>&amp;]]>', 'semi;colon:at@comma,dollar$', 'back\\slash', 'brackets[]{}|^~', 'star*bang!(paren)',
  ascii, 'tab\there', 'line\nfeed', 'return\rfeed', 'del\u007f', 'héllo wörld', 'e\u0301 is not é', '日本語/ключ/🦊', '\u{10ffff}', '\ufffd', 'zero\u200bwidth',
  '/', '//', '/leading', '//leading twice', 'trailing/', 'dou//ble', 'a/./b', 'a/../b', '.', '..', '../up', './here', 'x'.repeat(1024), 'é'.repeat(512), `${'deep/'.repeat(204)}end`,
]

describe('odd keys', () => {
  let server: RunningServer
  before(async () => { server = await startServer({ buckets: ['test-bucket', 'empty-bucket'] }) })
  after(() => server.close())

  for (const transport of ['direct', 'undici', 'sdk'] as const) {
    async function withStore(bucket: string, use: (store: ObjectStore) => Promise<void>): Promise<void> {
      const store = await openStore(specFor(server, { transport, bucket }))
      try { await use(store) } finally { await store.close() }
    }
    test(`${transport}: each is written, found, read, listed and removed under its own name`, async () => {
      await withStore('test-bucket', async (store) => {
        for (const [index, name] of keys.entries()) {
          const content = bytesOf(100 + index)
          assert.equal((await store.write(name, content)).key, name)
          assert.equal((await store.head(name)).size, 100 + index, JSON.stringify(name))
          assert.ok(Buffer.from(await readAll(store, name, 100 + index)).equals(content), JSON.stringify(name))
        }
        const listed: string[] = []
        for await (const page of store.list('', { pageSize: 7 })) listed.push(...page.map((object) => object.key))
        assert.deepEqual(listed.toSorted(), keys.toSorted())
        for (const prefix of ['//', 'a b+c%', '日本', '<xml>&', 'line\n', ' ', '..']) {
          const found: string[] = []
          for await (const page of store.list(prefix)) found.push(...page.map((object) => object.key))
          assert.deepEqual(found.toSorted(), keys.filter((name) => name.startsWith(prefix)).toSorted(), prefix)
        }
        await store.delete(keys.slice(0, 1))
        await store.delete(keys.slice(1))
        for await (const page of store.list('')) assert.deepEqual(page, [])
      })
    })
    test(`${transport}: a key that is too long is refused before anything is sent`, async () => {
      await withStore('test-bucket', async (store) => {
        const earlier = (await server.stats()).requests
        for (const [name, length] of [['x'.repeat(1025), 1025], ['é'.repeat(513), 1026], ['🦊'.repeat(257), 1028]] as const) {
          for (const call of [() => store.write(name, bytesOf(1)), () => store.write(name, bytesOf(9 * 1024 * 1024)), () => store.head(name), () => readAll(store, name, 1)]) {
            await assert.rejects(call, (error) => {
              assert.ok(isFault(error, 'storage'), String(error))
              assert.equal(error.info.reason, 'invalid')
              assert.match(error.message, new RegExp(`^the key that begins with .* has ${length} bytes of UTF-8, and S3 takes 1024 at most$`))
              assert.equal(error.hint, 'shorten it, or the prefix that it begins with')
              return true
            })
          }
        }
        assert.deepEqual((await server.stats()).requests, earlier)
      })
    })
    test(`${transport}: objects without bytes, and such that end with a slash beside what is below them`, async () => {
      await withStore('empty-bucket', async (store) => {
        for (const name of ['empty', 'folder/', 'folder/file', 'folder']) await store.write(name, bytesOf(name === 'folder/file' ? 3 : 0))
        assert.equal((await store.head('folder/')).size, 0)
        assert.equal((await readAll(store, 'empty', 0)).length, 0)
        const sizes: [string, number][] = []
        for await (const page of store.list('')) for (const { key, size } of page) sizes.push([key, size])
        assert.deepEqual(sizes, [['empty', 0], ['folder', 0], ['folder/', 0], ['folder/file', 3]])
        await store.delete(['folder/'])
        assert.equal((await store.head('folder/file')).size, 3)
        await store.delete(['empty', 'folder', 'folder/file'])
      })
    })
  }
})
