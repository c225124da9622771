// Clients of others against the built-in server, where they are on the path: s3cmd, aws, rclone. Run by `npm run interop`.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { MiB } from '../../src/util/units.ts'
import { bytesOf, listAll } from '../storage/conformance.ts'
import { specFor } from '../storage/s3-under-test.ts'
import { foreignClients, type ForeignClient } from './foreign-clients.ts'
import { onPath, run, versionOf } from './program.ts'

const bucket = 'test-bucket'
/** Bytes: above what any of them sends in one piece, as they are told below. */
const large = 12 * MiB + 345
const names = ['plain.bin', 'with space.bin', 'plus+and%20.bin', 'ünï/日本.bin', 'deep/er/still.bin']

for (const client of foreignClients) {
  const file = onPath(client.name)
  const version = file === undefined ? '' : versionOf(file)
  describe(`${client.name} as a client of the built-in server${version === '' ? '' : ` (${version})`}`, { skip: file === undefined ? `${client.name} is not installed` : false }, () => { roundTrips(client, file ?? '') })
}

function roundTrips(client: ForeignClient, file: string): void {
  let server!: RunningServer
  let folder!: string
  before(async () => {
    server = await startServer({ buckets: [bucket] })
    folder = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-interop-client-'))
  })
  after(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })
  const call = async (args: readonly string[]): Promise<string> => {
    const { args: settings, env } = client.access(server)
    const { code, output } = await run({ file, args: [...settings, ...args], env: { HOME: folder, ...env }, without: /^(?:AWS_|RCLONE_)/, cwd: folder, limitSeconds: 100 })
    assert.equal(code, 0, `${client.name} ${args.join(' ')}: ${output}`)
    return output
  }
  const uri = (key: string): string => client.uri(bucket, key)
  const objects = async (): Promise<[string, number][]> => {
    const store = await openStore(specFor(server))
    try {
      return (await listAll(store, '')).objects.map(({ key, size }) => [key, size])
    } finally {
      await store.close()
    }
  }

  for (const [kind, size] of [['nothing', 0], ['one PUT', 100_003], ['an upload in parts', large]] as const) {
    test(`puts, lists, gets and deletes a file: ${kind}`, async () => {
      const content = bytesOf(size, 3)
      await writeFile(path.join(folder, 'up'), content)
      await call(client.put('up', uri('one/file')))
      assert.deepEqual(await objects(), [['one/file', size]])
      assert.match(await call(client.list(uri('one/'))), /file/)
      await rm(path.join(folder, 'down'), { force: true })
      await call(client.get(uri('one/file'), 'down'))
      assert.ok((await readFile(path.join(folder, 'down'))).equals(content))
      await call(client.remove(uri('one/file')))
      assert.deepEqual(await objects(), [])
      assert.equal((await server.stats()).openUploads, 0)
    })
  }
  test('a large file went in parts', async () => {
    assert.ok(((await server.stats()).requests['UploadPart'] ?? 0) >= 2)
  })
  test('sends a folder, fetches it, and deletes it, whatever its files are called', async () => {
    for (const [i, name] of names.entries()) {
      await mkdir(path.join(folder, 'tree', path.dirname(name)), { recursive: true })
      await writeFile(path.join(folder, 'tree', name), bytesOf(1000 + i, i + 1))
    }
    await call(client.putTree('tree', uri('tree')))
    assert.deepEqual(new Map(await objects()), new Map(names.map((name, i) => [`tree/${name}`, 1000 + i])))
    await call(client.getTree(uri('tree'), 'fetched'))
    for (const [i, name] of names.entries()) assert.ok((await readFile(path.join(folder, 'fetched', name))).equals(bytesOf(1000 + i, i + 1)), name)
    await call(client.removeTree(uri('tree')))
    assert.deepEqual(await objects(), [])
  })
}
