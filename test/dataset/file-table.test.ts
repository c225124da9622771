import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { fileTable, fileTableOf, fileTableParts, type FileTable, type FileTableParts } from '../../src/dataset/file-table.ts'

const tables: readonly (readonly [name: string, table: FileTable])[] = [
  ['no files', fileTable([], 1)],
  ['no ETags', fileTable([{ key: 'a', size: 0 }, { key: 'b', size: 2 ** 40 + 1 }], 4)],
  ['MD5s', fileTable([{ key: 'a', size: 1, etag: 'd41d8cd98f00b204e9800998ecf8427e' }, { key: 'b', size: 2 }], 1)],
  ['some ETags', fileTable([{ key: 'a', size: 1, etag: 'x' }, { key: 'é', size: 2 }], 1)],
]

describe('a FileTable crosses a thread', () => {
  for (const [name, table] of tables) {
    test(name, () => {
      const { port1, port2 } = new MessageChannel()
      port1.postMessage(fileTableParts(table))
      const there = fileTableOf((receiveMessageOnPort(port2) as { message: FileTableParts }).message)
      port1.close()
      assert.equal(there.numFiles, table.numFiles)
      assert.equal(there.numSamplesPerFile, table.numSamplesPerFile)
      assert.deepEqual([...there.keys], [...table.keys])
      assert.deepEqual(there.sizes, table.sizes)
      const { etags } = there
      assert.deepEqual(etags && Array.from({ length: etags.length }, (_, i) => etags.get(i)), table.etags && Array.from({ length: table.numFiles }, (_, i) => table.etags!.get(i)))
      if (table.numFiles === 0) return
      table.sizes[0] = 77
      assert.equal(there.sizes[0], 77, 'sizes are shared, not copied')
    })
  }
})

test('rows are what they were made of', () => {
  const table = fileTable([{ key: 'a', size: 1, etag: 'x' }, { key: 'é', size: 2 }], 1)
  assert.deepEqual([...table.keys], ['a', 'é'])
  assert.deepEqual([...table.sizes], [1, 2])
  assert.deepEqual([table.etags!.get(0), table.etags!.get(1)], ['x', undefined])
  assert.equal(fileTable([{ key: 'a', size: 1 }], 1).etags, undefined)
})
