import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../../src/storage/index.ts'
import { deletions } from '../../../src/storage/s3/delete.ts'
import { startRawServer, text } from './raw-server.ts'

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`)

const rows: [name: string, keys: readonly string[], batches: readonly number[], single: readonly string[]][] = [
  ['none', [], [], []],
  ['one', ['a'], [], ['a']],
  ['one that XML cannot hold', ['\u0001'], [], ['\u0001']],
  ['two', ['a', 'b'], [2], []],
  ['a thousand', numbered(1000), [1000], []],
  ['one more', numbered(1001), [1000, 1], []],
  ['those that XML cannot hold among others', ['a', 'b\u0001', 'c\td', '\uffff', 'e\nf'], [3], ['b\u0001', '\uffff']],
  ['those alone', ['\u0001', '\u0002'], [], ['\u0001', '\u0002']],
]
for (const [name, keys, batches, single] of rows) {
  test(`deletions of ${name}`, () => {
    const found = deletions(keys.map((key) => ({ key })))
    assert.deepEqual(found.batches.map((batch) => batch.length), batches)
    assert.deepEqual(found.single.map(({ key }) => key), single)
    assert.deepEqual([...found.batches.flat(), ...found.single].map(({ key }) => key).toSorted(), keys.toSorted())
  })
}

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  test(`${transport} deletes a key that XML cannot hold by itself, the others together`, async () => {
    const server = await startRawServer(({ head, socket }) => { socket.write(head.startsWith('POST') ? text('200 OK', '<DeleteResult></DeleteResult>') : 'HTTP/1.1 204 No Content\r\n\r\n') })
    const store = await openStore(server.spec({ transport }))
    try { await store.delete(['a', 'b\u0001', 'c']) } finally {
      await store.close()
      await server.close()
    }
    assert.equal(server.requests.length, 2)
    const together = server.requests.find(({ head }) => head.startsWith('POST'))!.body.toString()
    assert.deepEqual([...together.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1]), ['a', 'c'])
    assert.match(server.requests.find(({ head }) => head.startsWith('DELETE'))!.head, /^DELETE \S*\/b%01[ ?]/)
  })
}
