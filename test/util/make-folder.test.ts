import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../../src/util/make-folder.ts'
import { temporaryFolder } from '../support/cli.ts'

for (const name of ['.', 'there', 'there/new', 'new', 'new/a/b/c', 'link', 'link/new', './new/../other']) {
  test(`${name} is a folder afterwards, made twice`, async (t) => {
    const root = await temporaryFolder(t)
    await mkdir(path.join(root, 'there'))
    await symlink('there', path.join(root, 'link'))
    const folder = `${root}/${name}`
    await makeFolder(folder)
    await makeFolder(folder)
    assert.ok((await stat(folder)).isDirectory())
  })
}

test('of many that make the same at once none fails', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'a/b/c')
  await Promise.all(Array.from({ length: 20 }, (_, i) => makeFolder(path.join(folder, String(i % 2)))))
  assert.ok((await stat(path.join(folder, '1'))).isDirectory())
})

for (const [name, code] of [['file', 'EEXIST'], ['file/x', 'ENOTDIR'], ['file/x/y', 'ENOTDIR']] as const) {
  test(`${name} is ${code}`, async (t) => {
    const root = await temporaryFolder(t)
    await writeFile(path.join(root, 'file'), '')
    await assert.rejects(makeFolder(path.join(root, name)), { code })
  })
}

for (const name of ['/proc/dlio', '/proc/dlio/x']) {
  test(`${name} ends, with what is in the way`, { skip: existsSync('/proc/self') ? false : 'there is no /proc', timeout: 10_000 }, async () => {
    await assert.rejects(makeFolder(name), { code: 'EPERM', message: '/proc lets no folder be made in it' })
  })
}
