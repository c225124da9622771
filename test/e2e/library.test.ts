// The library entry, as another program would use it.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { isFault, listObjects, readCsv, readHdf5, readImage, readIndexedBinary, readNpy, readNpz, readParquet, readTfrecord, run, type OpenFile, type S3Options, type Tensor } from '../../src/index.ts'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { openStore } from '../../src/storage/index.ts'
import { temporaryFolder } from '../support/cli.ts'
import { fixture } from '../support/root.ts'

/** A file of each format, and a sample of it: dtype, shape, strides in bytes, bytes from its first element on. */
interface Row {
  readonly file: readonly string[]
  readonly beside?: readonly (readonly string[])[]
  readonly open: (uri: string, options: S3Options) => Promise<OpenFile>
  readonly sample: (uri: string, index: number, options: S3Options) => Promise<Tensor>
  readonly numSamples: number
  readonly index: number
  readonly expected: readonly [dtype: string, shape: readonly number[], strides: readonly number[], first: string]
}

const read: readonly Row[] = [
  { file: ['npz', 'stored.npz'], open: readNpz, sample: readNpz, numSamples: 3, index: 2, expected: ['uint8', [16, 12], [36, 3], '2b5f40db'] },
  { file: ['npy', 'v1-float64.npy'], open: readNpy, sample: readNpy, numSamples: 5, index: 1, expected: ['float64', [3, 4], [160, 40], '00000000'] },
  { file: ['tfrecord', 'several.tfrecord'], open: readTfrecord, sample: readTfrecord, numSamples: 4, index: 3, expected: ['uint8', [625], [1], 'b3ccb99d'] },
  { file: ['indexed_binary', 'various.indexed_binary'], beside: [['indexed_binary', 'various.indexed_binary.off.idx'], ['indexed_binary', 'various.indexed_binary.sz.idx']], open: readIndexedBinary, sample: readIndexedBinary, numSamples: 4, index: 1, expected: ['uint8', [300], [1], '6752a9f1'] },
  { file: ['csv', 'integers.csv'], open: readCsv, sample: readCsv, numSamples: 6, index: 1, expected: ['int64', [12], [8], '1f000000'] },
  { file: ['csv', 'reals.csv'], open: readCsv, sample: readCsv, numSamples: 2, index: 1, expected: ['float64', [3], [8], 'ffffffff'] },
  { file: ['parquet', 'fixed-size-list-uint8.parquet'], open: readParquet, sample: readParquet, numSamples: 100, index: 2, expected: ['uint8', [64], [1], '48a8b84f'] },
  { file: ['parquet', 'types.parquet'], open: readParquet, sample: readParquet, numSamples: 4, index: 1, expected: ['int8', [], [], '017f80'] },
  { file: ['hdf5', 'gzip-1.hdf5'], open: (uri, options) => readHdf5(uri, undefined, options), sample: (uri, index, options) => readHdf5(uri, undefined, index, options), numSamples: 5, index: 1, expected: ['uint8', [24, 20], [20, 1], '9c6421fb'] },
  { file: ['dlio', 'hdf5', 'data', 'train', 'img_0_of_5.hdf5'], open: (uri, options) => readHdf5(uri, undefined, options), sample: (uri, index, options) => readHdf5(uri, undefined, index, options), numSamples: 3, index: 1, expected: ['uint8', [64, 64], [64, 1], '4c2172b9'] },
]

let server: RunningServer
const saved = { ...process.env }
before(async () => {
  server = await startServer({ buckets: ['data'] })
  process.env['AWS_ACCESS_KEY_ID'] = server.credentials.accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = server.credentials.secretAccessKey
  const store = await openStore({ kind: 's3', transport: 'direct', bucket: 'data', endpoint: server.endpoint, region: server.region, addressing: 'path', credentials: server.credentials, maxAttempts: 1, partSize: 1 << 23, timeouts: { connect: 5000, firstByte: 5000, idle: 5000 } })
  await store.write('a/stored.npz', await readFile(fixture('npz', 'stored.npz')))
  await store.write('a/one.npy', await readFile(fixture('npy', 'fortran-2d.npy')))
  for (const parts of read.flatMap(({ file, beside = [] }) => [file, ...beside])) await store.write(`b/${parts.join('/')}`, await readFile(fixture(...parts)))
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

const described = ({ dtype, shape, strides, bytes, offset }: Tensor): Row['expected'] => [dtype, shape, strides, Buffer.from(bytes.subarray(offset, offset + 4)).toString('hex')]

for (const { file: parts, open, sample, numSamples, index, expected } of read) {
  for (const [place, uriOf] of [['file', () => fixture(...parts)], ['S3', () => `s3://data/b/${parts.join('/')}`]] as const) {
    test(`${parts.join('/')} as a ${place === 'S3' ? 'key of S3' : 'local file'}: sample ${index} of ${numSamples}, twice, alone, and none beyond the last`, async () => {
      const s3 = { endpointUrl: server.endpoint }
      const opened = await open(uriOf(), s3)
      assert.equal(opened.numSamples, numSamples)
      assert.ok(opened.size > 0)
      await opened.prepare?.([index])
      const first = await opened.readSample(index)
      assert.deepEqual(described(first), expected)
      assert.deepEqual(described(await opened.readSample(index)), expected)
      await assert.rejects(opened.readSample(numSamples), (error) => isFault(error, 'format'))
      await opened.close()
      assert.deepEqual(described(first), expected)
      assert.deepEqual(described(await sample(uriOf(), index, s3)), expected)
    })
  }
}

for (const [file, dtype, shape] of [
  [['png', 'rgb.png'], 'uint8', 3],
  [['png', 'grey-noise.png'], 'uint8', 2],
  [['jpeg', 'rgb-444.jpeg'], 'uint8', 3],
  [['jpeg', 'grey-noise.jpeg'], 'uint8', 2],
] as const) {
  test(`readImage gives the pixels of ${file.join('/')}`, async () => {
    const pixels = await readImage(fixture(...file))
    assert.deepEqual([pixels.dtype, pixels.shape.length], [dtype, shape])
    assert.deepEqual(pixels.strides.at(-1), 1)
  })
}

test('readImage refuses what is no image', async () => {
  await assert.rejects(readImage(fixture('png', 'README.md')), (error) => isFault(error, 'format') && /no jpeg image/.test(error.message))
})

test('readHdf5 opens the data set of a path, and says which there are', async () => {
  const uri = fixture('dlio', 'hdf5', 'data', 'train', 'img_0_of_5.hdf5')
  const labels = await readHdf5(uri, '/labels')
  assert.deepEqual([labels.numSamples, (await labels.readSample(0)).dtype], [3, 'int64'])
  await labels.close()
  assert.deepEqual(await readHdf5(uri, 'labels', 1), await readHdf5(uri, '/labels', 1))
  await assert.rejects(readHdf5(uri, '/absent'), (error) => isFault(error, 'format') && error.hint === 'its data sets: /labels, /records_0')
})

test('readParquet reads the columns it is told', async () => {
  const uri = fixture('parquet', 'dlio-columns.parquet')
  await assert.rejects(readParquet(uri, 0, { columns: ['absent'] }), (error) => isFault(error, 'format') && error.message.includes('no column "absent"'))
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
