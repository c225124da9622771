import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { describe } from 'node:test'
import { fileTable, type FileTable } from '../../src/dataset/file-table.ts'
import type { IndexIdentity } from '../../src/dataset/index-contents.ts'
import { openIndex, writeIndex, type IndexedSet } from '../../src/dataset/index-file.ts'
import type { DataSetName } from '../../src/dataset/names.ts'
import { isFault } from '../../src/util/fault.ts'
import { MersenneTwister } from '../../src/util/random.ts'
import { stringTable } from '../../src/util/string-table.ts'
import { temporaryFolder } from '../support/cli.ts'

interface File { readonly key: string; readonly size: number; readonly etag?: string }

const identity: IndexIdentity = { location: 's3://bucket/data', format: 'npz', extension: 'npz', numSamplesPerFile: 3 }
const created = '2026-01-01T00:00:00.000Z'

function setOf(set: DataSetName, files: readonly File[]): IndexedSet {
  return { set, numFiles: files.length, numSubfolders: 0, table: fileTable(files, 3), bytes: 7, lastKey: files.at(-1)?.key ?? '', isSubset: false, warnings: ['é: a warning'] }
}

function md5(i: number): string {
  return i.toString(16).padStart(32, 'd41d8cd98f00b204e9800998ecf8427e')
}

function rowsOf({ keys, sizes, etags, numFiles }: FileTable): File[] {
  return Array.from({ length: numFiles }, (_, i) => {
    const etag = etags?.get(i)
    return { key: keys.get(i), size: sizes[i]!, ...(etag === undefined ? {} : { etag }) }
  })
}

const tables: readonly (readonly [name: string, files: readonly File[]])[] = [
  ['no files', []],
  ['one', [{ key: 'data/train/a.npz', size: 0 }]],
  ['MD5s', Array.from({ length: 10 }, (_, i) => ({ key: `data/train/${i}.npz`, size: i, etag: md5(i) }))],
  ['MD5s with a gap', [{ key: 'data/train/a', size: 1, etag: md5(1) }, { key: 'data/train/b', size: 2 }]],
  ['other ETags', [{ key: 'data/train/a', size: 1, etag: `${md5(1)}-3` }, { key: 'data/train/b', size: 2 }, { key: 'data/train/c', size: 2, etag: 'é' }]],
  ['large sizes', [{ key: 'data/train/a', size: 2 ** 53 - 1 }, { key: 'data/train/b', size: 2 ** 32 }]],
  ['keys that are not ASCII, and the prefix itself', [{ key: 'data/train/', size: 1 }, { key: 'data/train/日本', size: 2 }, { key: 'data/train/👩‍🚀', size: 3 }]],
  ['keys around a piece', [{ key: `data/train/${'x'.repeat(2 ** 20 - 1)}`, size: 1 }, { key: 'data/train/y', size: 2 }, { key: `data/train/${'é'.repeat(2 ** 20)}`, size: 3 }, { key: 'data/train/z', size: 3 }]],
  ['100 000', Array.from({ length: 100_000 }, (_, i) => ({ key: `data/train/img_${String(i).padStart(6, '0')}_of_100000.npz`, size: 1000 + i, etag: md5(i) }))],
]

describe('an index file', () => {
  for (const [name, files] of tables) {
    test(`gives back what went in: ${name}`, async (t) => {
      const folder = await temporaryFolder(t), file = path.join(folder, 'new', 'set.index')
      const valid = [{ key: 'data/valid/a', size: 5, etag: md5(9) }]
      await writeIndex(file, { identity, sets: [setOf('train', files), setOf('valid', valid)] }, { created })
      assert.deepEqual(await readdir(path.dirname(file)), ['set.index'])
      const index = (await openIndex(file))!
      const { contents } = index
      assert.deepEqual([contents.identity, contents.created, contents.sets.map(({ set }) => set)], [identity, created, ['train', 'valid']])
      const read = await Promise.all(contents.sets.map((facts) => index.table(facts)))
      await index.close()
      assert.deepEqual(read.map(rowsOf), [files, valid])
      assert.deepEqual(read.map(({ numSamplesPerFile }) => numSamplesPerFile), [3, 3])
      assert.deepEqual(contents.sets[0]!.warnings, ['é: a warning'])
    })
  }

  test('what all keys begin with is kept once: 45 bytes a file of the usual kind', async (t) => {
    const file = path.join(await temporaryFolder(t), 'index'), usual = setOf('train', tables.at(-1)![1])
    const table = { ...usual.table, keys: stringTable(usual.table.keys, 'data/train/') }
    await writeIndex(file, { identity, sets: [{ ...usual, table }] }, { created })
    assert.ok((await readFile(file)).length < 100_000 * 45 + 2000)
    const index = (await openIndex(file))!
    assert.deepEqual(rowsOf(await index.table(index.contents.sets[0]!)), tables.at(-1)![1])
    await index.close()
  })

  test('a file that is not there is none', async (t) => {
    assert.equal(await openIndex(path.join(await temporaryFolder(t), 'none')), undefined)
  })

  test('is replaced as a whole; what cannot be written leaves nothing behind', async (t) => {
    const folder = await temporaryFolder(t), file = path.join(folder, 'index')
    await writeIndex(file, { identity, sets: [setOf('train', [])] }, { created })
    await writeIndex(file, { identity: { ...identity, format: 'npy' }, sets: [] }, { created })
    const index = (await openIndex(file))!
    await index.close()
    assert.equal(index.contents.identity.format, 'npy')
    await mkdir(path.join(folder, 'folder', 'x'), { recursive: true })
    await assert.rejects(writeIndex(path.join(folder, 'folder'), { identity, sets: [] }, { created }), (error) => isFault(error, 'usage') && /cannot be written/.test(error.message))
    const controller = new AbortController()
    controller.abort()
    await assert.rejects(writeIndex(file, { identity, sets: [setOf('train', tables[2]![1])] }, { created, signal: controller.signal }), (error) => isFault(error, 'aborted'))
    assert.deepEqual((await readdir(folder)).toSorted(), ['folder', 'index'])
  })
})

async function sample(folder: string): Promise<{ file: string; bytes: Buffer }> {
  const file = path.join(folder, 'index')
  await writeIndex(file, { identity, sets: [setOf('train', tables[2]![1]), setOf('valid', [{ key: 'data/valid/a', size: 5, etag: 'x-2' }])] }, { created })
  return { file, bytes: await readFile(file) }
}

/** All of what is in it, or the Fault that it ends in; anything else fails the test. */
async function readWhole(file: string): Promise<File[][] | string> {
  try {
    const index = (await openIndex(file))!
    try {
      return (await Promise.all(index.contents.sets.map((facts) => index.table(facts)))).map(rowsOf)
    } finally {
      await index.close()
    }
  } catch (error) {
    assert.ok(isFault(error, 'usage'), String(error))
    return error.message
  }
}

describe('what is no index is refused', () => {
  const rows: readonly (readonly [name: string, change: (bytes: Buffer) => Buffer, message: RegExp])[] = [
    ['nothing', () => Buffer.alloc(0), /is not an index of dlio-s3/],
    ['a text', () => Buffer.from('{"schema": "something else", "files": []}\n'), /is not an index of dlio-s3/],
    ['a short text', () => Buffer.from('hi\n'), /is not an index of dlio-s3/],
    ['its first bytes alone', (bytes) => bytes.subarray(0, 5), /damaged: it ends after 5 bytes/],
    ['its head alone', (bytes) => bytes.subarray(0, 16), /damaged: it ends after 16 bytes/],
    ['without its last byte', (bytes) => bytes.subarray(0, -1), /damaged: its end is not where it should be/],
    ['with a byte more', (bytes) => Buffer.concat([bytes, Buffer.from([0])]), /damaged: its end is not where it should be/],
    ['without a byte in the middle', (bytes) => Buffer.concat([bytes.subarray(0, 30), bytes.subarray(31)]), /damaged: its contents contradict themselves/],
    ['another version', (bytes) => { bytes.writeUInt32LE(2, 8); return bytes }, /is of version 2, and this program knows version 1/],
    ['another key', (bytes) => { bytes[17]! ^= 1; return bytes }, /damaged: the checksum of its train keys does not fit/],
    ['other contents', (bytes) => { bytes[bytes.length - 20]! ^= 1; return bytes }, /damaged: the checksum of its contents/],
    ['contents of 4 GiB', (bytes) => { bytes.writeUInt32LE(2 ** 32 - 1, bytes.length - 16); return bytes }, /damaged: its end is not where/],
  ]
  for (const [name, change, message] of rows) {
    test(name, async (t) => {
      const { file, bytes } = await sample(await temporaryFolder(t))
      await writeFile(file, change(Buffer.from(bytes)))
      const result = await readWhole(file)
      assert.match(typeof result === 'string' ? result : 'no Fault', message)
    })
  }

  test('a folder', async (t) => {
    await assert.rejects(openIndex(await temporaryFolder(t)), (error) => isFault(error, 'usage') && /cannot be read/.test(error.message))
  })

  test('every byte counts: a change of any one is noticed', async (t) => {
    const { file, bytes } = await sample(await temporaryFolder(t))
    assert.equal(typeof await readWhole(file), 'object')
    const random = new MersenneTwister(7)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 + random.randint(255)
      await writeFile(file, changed)
      assert.equal(typeof await readWhole(file), 'string', `byte ${at}`)
    }
  })

  test('300 seeded damages: cut, doubled, overwritten, never a crash', async (t) => {
    const { file, bytes } = await sample(await temporaryFolder(t))
    const random = new MersenneTwister(8)
    for (let round = 0; round < 300; round++) {
      const begin = random.randint(bytes.length), end = begin + random.randint(bytes.length - begin)
      const middle = [Buffer.alloc(0), Buffer.alloc(end - begin, random.randint(256)), Buffer.concat([bytes.subarray(begin, end), bytes.subarray(begin, end)])][random.randint(3)]!
      const changed = Buffer.concat([bytes.subarray(0, begin), middle, bytes.subarray(end)])
      await writeFile(file, changed)
      const result = await readWhole(file)
      if (!changed.equals(bytes)) assert.equal(typeof result, 'string', `round ${round}`)
    }
  })
})
