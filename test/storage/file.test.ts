import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openFileStore } from '../../src/storage/file.ts'
import { listFiles } from '../../src/storage/file-list.ts'
import { compareKeys, firstIndex } from '../../src/storage/key-order.ts'
import { bytesOf, listAll, rejectsWith } from './conformance.ts'

describe('the file store', () => {
  let folder = ''
  before(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-file-')) })
  after(async () => { await rm(folder, { recursive: true }) })

  for (const key of ['', '.', '..', '../outside', 'a/../../outside', '/etc/passwd', 'a//b', 'a/', 'nul\0', '.dlio-s3-part-1', 'a/.dlio-s3-part-x']) {
    test(`${JSON.stringify(key)} leads nowhere`, async () => {
      const store = openFileStore(folder)
      await rejectsWith(store.write(key, bytesOf(1)), 'invalid')
      await rejectsWith(store.read(key, { offset: 0, length: 1 }, new Uint8Array(1)), 'invalid')
      await rejectsWith(store.head(key), 'invalid')
      await rejectsWith(store.delete([key]), 'invalid')
    })
  }
  test('a directory is no object', async () => {
    await mkdir(path.join(folder, 'directory'))
    const store = openFileStore(folder)
    await rejectsWith(store.head('directory'), 'no-key')
    await rejectsWith(store.read('directory', { offset: 0, length: 1 }, new Uint8Array(1)), 'no-key')
    await rejectsWith(store.write('directory', bytesOf(1)), 'invalid')
    await store.delete(['directory'])
    assert.ok((await readdir(folder)).includes('directory'))
    assert.equal((await readdir(folder)).some((name) => name.startsWith('.dlio')), false)
  })
  test('a key below a file cannot be', async () => {
    const store = openFileStore(folder)
    await store.write('plain', bytesOf(1))
    await rejectsWith(store.write('plain/below', bytesOf(1)), 'invalid')
    await rejectsWith(store.head('plain/below'), 'no-key')
    await rejectsWith(store.read('plain/below', { offset: 0, length: 1 }, new Uint8Array(1)), 'no-key')
  })
  test('a name too long for the file system', async () => { await rejectsWith(openFileStore(folder).write('n'.repeat(300), bytesOf(1)), 'invalid') })
  test('what is being written is not listed', async () => {
    const root = path.join(folder, 'partial')
    const store = openFileStore(root)
    await store.createContainer()
    async function * watching(): AsyncGenerator<Uint8Array> {
      yield bytesOf(10)
      assert.deepEqual((await listAll(store, '')).objects, [])
      assert.equal((await readdir(root)).length, 1)
      yield bytesOf(10)
    }
    await store.write('object', watching(), { size: 20 })
    assert.deepEqual((await readdir(root)), ['object'])
  })
  test('links to files are listed, links to folders are not followed', async () => {
    const root = path.join(folder, 'links')
    await mkdir(path.join(root, 'real'), { recursive: true })
    await writeFile(path.join(root, 'real', 'file'), 'x')
    await symlink(path.join(root, 'real', 'file'), path.join(root, 'link'))
    await symlink(root, path.join(root, 'real', 'loop'))
    await symlink(path.join(root, 'nowhere'), path.join(root, 'dangling'))
    assert.deepEqual((await listAll(openFileStore(root), '')).objects.map(({ key }) => key), ['link', 'real/file'])
  })
  test('a folder that is not there, or a file, holds nothing', async () => {
    await writeFile(path.join(folder, 'a-file'), 'x')
    for (const root of ['not-there', 'a-file']) assert.equal((await listFiles(path.join(folder, root), '', undefined).next()).done, true)
  })
  test('a folder that cannot be read is not taken for an empty one', async () => {
    await assert.rejects(listFiles(`${folder}/${'deep/'.repeat(2000)}`, '', undefined).next(), { code: 'ENAMETOOLONG' })
    await rejectsWith(listAll(openFileStore(`${folder}/${'deep/'.repeat(2000)}`), ''), 'invalid')
  })
  test('a folder one may not read is denied', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    const root = path.join(folder, 'closed')
    await mkdir(path.join(root, 'inner'), { recursive: true })
    await writeFile(path.join(root, 'inner', 'file'), 'x')
    for (const closed of [path.join(root, 'inner'), root]) {
      await chmod(closed, 0)
      await rejectsWith(listAll(openFileStore(root), ''), 'denied')
      await rejectsWith(openFileStore(root).head('inner/file'), 'denied')
      await chmod(closed, 0o700)
    }
  })
  test('a file one may not read is denied', { skip: process.getuid?.() === 0 && 'root may read everything' }, async () => {
    const store = openFileStore(folder)
    await store.write('secret', bytesOf(5))
    await chmod(path.join(folder, 'secret'), 0)
    await rejectsWith(store.read('secret', { offset: 0, length: 5 }, new Uint8Array(5)), 'denied')
  })
})

describe('compareKeys', () => {
  const words = ['', 'a', 'a-', 'a/', 'a0', 'aa', 'é', '\u07ff', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '😀', '\u{10ffff}', 'a😀', 'a\uffee']
  for (const a of words) {
    test(`${JSON.stringify(a)} against all others is as its bytes are`, () => {
      for (const b of words) assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), JSON.stringify([a, b]))
    })
  }
})

describe('firstIndex', () => {
  const keys = ['a', 'b', 'b/1', 'b/2', 'c']
  for (const [prefix, startAfter, index] of [['', undefined, 0], ['b', undefined, 1], ['b/', undefined, 2], ['b', 'b/1', 3], ['', 'c', 5], ['z', undefined, 5], ['b', 'a', 1]] as const) {
    test(`${JSON.stringify(prefix)} after ${JSON.stringify(startAfter)}`, () => { assert.equal(firstIndex(keys, prefix, startAfter), index) })
  }
  test('of nothing', () => { assert.equal(firstIndex([], '', undefined), 0) })
})
