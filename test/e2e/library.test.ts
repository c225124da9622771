// The library entry, as another program would use it.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { isFault, listObjects, readIndexedBinary, readNpy, readNpz, readTfrecord, run } from '../../src/index.ts'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { temporaryFolder } from '../support/cli.ts'
import { fixture } from '../support/root.ts'

let server: RunningServer
const saved = { ...process.env }
before(async () => {
  server = await startServer({ buckets: ['data'] })
  process.env['AWS_ACCESS_KEY_ID'] = server.credentials.accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = server.credentials.secretAccessKey
  const store = await openStore({ kind: 's3', transport: 'direct', bucket: 'data', endpoint: server.endpoint, region: server.region, addressing: 'path', credentials: server.credentials, maxAttempts: 1, partSize: 1 << 23, timeouts: { connect: 5000, firstByte: 5000, idle: 5000 } })
  await store.write('a/stored.npz', await readFile(fixture('npz', 'stored.npz')))
  await store.write('a/one.npy', await readFile(fixture('npy', 'fortran-2d.npy')))
  await store.close()
})
after(async () => {
  await server.close()
  process.env = saved
})

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  test(`objects are listed and NPZ samples read over S3 with ${transport}`, async () => {
    const s3 = { endpointUrl: server.endpoint, transport }
    const listed = []
    for await (const { key, size } of listObjects('s3://data/a/', s3)) listed.push([key, size])
    assert.deepEqual(listed.map(([key]) => key), ['a/one.npy', 'a/stored.npz'])
    const file = await readNpz('s3://data/a/stored.npz', s3)
    assert.deepEqual([file.numSamples, file.size], [3, 1090])
    const sample = await file.readSample(2)
    assert.deepEqual([sample.dtype, sample.shape], ['uint8', [16, 12]])
    await file.close()
    const npy = await readNpy('s3://data/a/one.npy', s3)
    assert.ok(npy.numSamples > 0)
    await npy.close()
  })
}

test('files of records are opened with what lies beside them', async () => {
  const records = await readTfrecord(fixture('tfrecord', 'several.tfrecord'))
  assert.deepEqual([records.numSamples, (await records.readSample(3)).shape], [4, [625]])
  await records.close()
  const indexed = await readIndexedBinary(fixture('indexed_binary', 'various.indexed_binary'))
  assert.deepEqual([indexed.numSamples, (await indexed.readSample(1)).shape], [4, [300]])
  await indexed.close()
})

test('local files and folders work alike', async () => {
  const file = await readNpz(fixture('npz', 'stored.npz'))
  assert.equal(file.numSamples, 3)
  await file.close()
  const keys = []
  for await (const { key } of listObjects(fixture('npz'))) keys.push(key)
  assert.deepEqual(keys.length, (await readdir(fixture('npz'))).length)
})

test('what is wrong is a Fault with a code', async () => {
  await assert.rejects(readNpz('s3://data/absent.npz', { endpointUrl: server.endpoint }), (error) => isFault(error, 'storage') && error.info.reason === 'no-key')
  await assert.rejects(readNpz(fixture('npz', 'truncated.npz')), (error) => isFault(error, 'format'))
  await assert.rejects(run('no-such-workload'), (error) => isFault(error, 'usage'))
})

test('run gives the figures of the contract, and writes files only when asked', async (t) => {
  const out = await temporaryFolder(t)
  const lines: string[] = []
  const result = await run('quickstart', { embedded: true, out, overrides: ['++workload.train.epochs=1'], onProgress: (line) => { lines.push(line) } })
  assert.equal(result.status, 'complete')
  assert.equal(result.figures['samples'], 64)
  assert.ok(lines.some((line) => line.includes('phase=train')))
  assert.ok((await readdir(out)).includes('result.json'))
  assert.equal((await run('quickstart', { embedded: true, overrides: ['++workload.train.epochs=1'] })).folder, undefined)
})

test('an aborted run resolves with what was measured', async () => {
  const controller = new AbortController()
  let steps = 0
  const result = await run('quickstart', { embedded: true, signal: controller.signal, overrides: ['++workload.train.epochs=1000'], onProgress: (line) => { if (line.includes('phase=train') && ++steps === 20) controller.abort() } })
  assert.equal(result.status, 'interrupted')
  assert.ok(Number(result.figures['steps']) >= 1)
})
