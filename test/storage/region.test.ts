// A bucket in another region than the one the requests begin with.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf, listAll, readAll } from './conformance.ts'
import { specFor } from './s3-under-test.ts'
import { partial, startRawServer, text } from './s3/raw-server.ts'

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  describe(`a bucket elsewhere, through ${transport}`, () => {
    test('eight requests at a time all get there, and those after them at once', async () => {
      const server = await startServer({ region: 'eu-west-1', buckets: ['test-bucket'] })
      const writer = await openStore(specFor(server))
      const content = bytesOf(1000)
      await writer.write('key', content)
      await writer.write('large', bytesOf(2 * MiB))
      const store = await openStore(specFor(server, { transport, region: 'us-east-1' }))
      try {
        const results = await Promise.all(Array.from({ length: 8 }, () => readAll(store, 'key', 1000)))
        for (const result of results) assert.deepEqual(result, content)
        assert.equal((await listAll(store, '')).objects.length, 2)
      } finally {
        await Promise.all([store.close(), writer.close()])
        await server.close()
      }
    })
    test('an upload in parts begins there', async () => {
      const server = await startServer({ region: 'eu-west-1', buckets: ['test-bucket'] })
      const store = await openStore(specFor(server, { transport, region: 'us-east-1' }))
      try {
        assert.equal((await store.write('key', bytesOf(11 * MiB))).size, 11 * MiB)
        assert.equal((await store.head('key')).size, 11 * MiB)
      } finally {
        await store.close()
        await server.close()
      }
    })
    for (const [name, status] of [['301', '301 Moved Permanently'], ['400 without a text', '400 Bad Request']] as const) {
      test(`${name} with the region in a header: slow answers do not confuse it`, async () => {
        const server = await startRawServer(({ socket, head }) => {
          const answer = head.includes('/eu-west-3/s3/') ? `${partial(0, 3)}abc` : text(status, '', 'x-amz-bucket-region: eu-west-3\r\n')
          setTimeout(() => { socket.write(answer) }, 10)
        })
        const store = await openStore(server.spec({ transport }))
        try {
          await Promise.all(Array.from({ length: 8 }, () => readAll(store, 'key', 3)))
          await Promise.all(Array.from({ length: 8 }, () => readAll(store, 'key', 3)))
          assert.equal(server.requests.length, 24)
        } finally {
          await store.close()
          await server.close()
        }
      })
    }
    test('one that is nowhere is a Fault after two requests', async () => {
      let asked = 0
      const server = await startRawServer(({ socket }) => { socket.write(text('301 Moved Permanently', '', `x-amz-bucket-region: region-${++asked}\r\n`)) })
      const store = await openStore(server.spec({ transport }))
      const error: unknown = await readAll(store, 'key', 3).catch((fault: unknown) => fault)
      assert.ok(isFault(error, 'storage') && error.info.reason === 'redirect', String(error))
      assert.equal(server.requests.length, 2)
      await store.close()
      await server.close()
    })
  })
}
