import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { generate, type GenerateOptions, type GenerateProgress, type GenerateResult } from '../../src/dataset/generate.ts'
import type { DatasetSettings } from '../../src/dataset/settings.ts'
import { loadFormat, type FormatName } from '../../src/format/index.ts'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { defaultPartSize, defaultTimeouts, openStore, type StoreSpec } from '../../src/storage/index.ts'
import type { RequestCounts } from '../../src/storage/request-counts.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { abortedFault, isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { threadedWriter, type ThreadedOptions } from '../../src/worker/generate-threads.ts'
import { settingsOf } from '../dataset/settings.ts'
import { contentsOf, storeWith } from '../dataset/stores.ts'
import { temporaryFolder } from '../support/cli.ts'

const npz = await loadFormat('npz')

interface Place { readonly spec: StoreSpec; readonly store: ObjectStore }

async function folder(context: TestContext): Promise<Place & { readonly root: string }> {
  const root = await temporaryFolder(context)
  const spec: StoreSpec = { kind: 'file', root }
  return { spec, root, store: await openStore(spec) }
}

async function bucket(context: TestContext): Promise<Place & { readonly server: RunningServer }> {
  const server = await startServer({ buckets: ['data'] })
  const { endpoint, region, credentials } = server
  const spec: StoreSpec = { kind: 's3', transport: 'direct', bucket: 'data', endpoint, region, credentials, addressing: 'auto', maxAttempts: 2, partSize: defaultPartSize, timeouts: defaultTimeouts }
  const store = await openStore(spec)
  context.after(async () => {
    await store.close()
    await server.close()
  })
  return { spec, store, server }
}

interface Threaded { readonly settings?: DatasetSettings; readonly writing?: Partial<ThreadedOptions>; readonly more?: Partial<GenerateOptions> }

function run({ spec, store }: Place, { settings = settingsOf(), writing, more }: Threaded = {}): Promise<GenerateResult> {
  const writer = threadedWriter({ store: spec, format: 'npz', threads: 3, uploads: 7, memoryLimit: 300 * MiB, onCounts: () => {}, ...writing })
  return generate({ store, settings, writer, format: npz, version: '0.1.0', memoryLimit: 1, uploads: 1, ...more })
}

/** Size and hash of every file. */
async function filesOf(store: ObjectStore): Promise<Map<string, string>> {
  const contents = await contentsOf(store)
  contents.delete('data/.dlio-s3.json')
  return new Map([...contents].map(([key, bytes]) => [key, `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`]))
}

/** What one thread writes, by itself. */
async function inlineFiles(settings: DatasetSettings): Promise<Map<string, string>> {
  const store = await storeWith()
  await generate({ store, settings, format: npz, version: '0.1.0', memoryLimit: 64 * MiB, uploads: 2 })
  return await filesOf(store)
}

const dataSets: readonly (readonly [name: string, settings: Partial<DatasetSettings>])[] = [
  ['no files', { numFilesTrain: 0, numFilesEval: 0 }],
  ['fewer files than threads', { numFilesTrain: 1, numFilesEval: 1 }],
  ['files alike', { numFilesTrain: 50 }],
  ['files of drawn sizes, in subfolders', { numFilesTrain: 20, numFilesEval: 10, recordLengthStdev: 2000, elementType: 'float32', numSubfoldersTrain: 3 }],
  ['deflated files', { encode: { compression: 'zip', compressionLevel: 1 } }],
]
for (const [name, changes] of dataSets) {
  test(`${name}: threads write the same objects as one`, async (t) => {
    const place = await folder(t)
    const settings = settingsOf(changes)
    const wanted = await inlineFiles(settings)
    const { objectsTotal, objectsWritten, bytesWritten } = await run(place, { settings })
    assert.deepEqual(await filesOf(place.store), wanted)
    assert.deepEqual([objectsTotal, objectsWritten], [wanted.size, wanted.size])
    assert.equal(bytesWritten, [...wanted.values()].reduce((sum, told) => sum + Number.parseInt(told, 10), 0))
  })
}

test('over S3: the same objects; requests are counted, progress ends with all of them', async (t) => {
  const place = await bucket(t)
  const settings = settingsOf({ numFilesTrain: 40 })
  const seen: GenerateProgress[] = []
  let counts: RequestCounts | undefined
  await run(place, { settings, writing: { onCounts: (told) => { counts = told } }, more: { onProgress: (progress) => { seen.push(progress) } } })
  assert.deepEqual(await filesOf(place.store), await inlineFiles(settings))
  assert.deepEqual(counts, { requests: 42, retries: 0, errors: 0 })
  assert.deepEqual(seen[0], { objectsDone: 0, objectsTotal: 42, objectsWritten: 0, bytesWritten: 0 })
  assert.deepEqual(seen.at(-1), { objectsDone: 42, objectsTotal: 42, objectsWritten: 42, bytesWritten: 42 * 12802 })
})

test('again: only what is missing is written, byte for byte', async (t) => {
  const place = await folder(t)
  await run(place)
  const before = await filesOf(place.store)
  await place.store.delete(['data/train/img_3_of_5.npz', 'data/valid/img_0_of_2.npz'])
  let counts: RequestCounts | undefined
  const { objectsWritten, objectsKept } = await run(place, { writing: { onCounts: (told) => { counts = told } } })
  assert.deepEqual([objectsWritten, objectsKept, counts!.requests], [2, 5, 2])
  assert.deepEqual(await filesOf(place.store), before)
})

test('hosts share the work, each with threads', async (t) => {
  const place = await folder(t)
  const results: GenerateResult[] = []
  for (const rank of [0, 1]) results.push(await run(place, { more: { shard: { rank, worldSize: 2 } } }))
  assert.deepEqual(results.map(({ objectsTotal, objectsWritten }) => [objectsTotal, objectsWritten]), [[4, 4], [3, 3]])
  assert.deepEqual(await filesOf(place.store), await inlineFiles(settingsOf()))
})

test('a failure in one thread ends all, says how far it came, and the next run goes on from there', async (t) => {
  const place = await folder(t)
  const settings = settingsOf({ numFilesTrain: 300 })
  // No file can be put where a folder stands.
  await mkdir(path.join(place.root, 'data/train/img_150_of_300.npz', 'in the way'), { recursive: true })
  let counts: RequestCounts | undefined
  let last: GenerateProgress | undefined
  const failing = run(place, { settings, writing: { onCounts: (told) => { counts = told } }, more: { onProgress: (progress) => { last = progress } } })
  await assert.rejects(failing, (error) => isFault(error, 'storage') && error.message.includes(`after ${last!.objectsWritten} of 302 objects were written`))
  assert.equal((await filesOf(place.store)).size, last!.objectsWritten)
  assert.ok(last!.objectsWritten > 0 && last!.objectsWritten < 302, `${last!.objectsWritten} of 302`)
  assert.equal(counts!.errors, 1)
})

test('what is no Fault comes out as it is', async (t) => {
  await assert.rejects(run(await folder(t), { writing: { format: 'nothing' as FormatName } }), (error) => error instanceof Error && !isFault(error))
})

test('Ctrl-C half-way: nothing is left under way, no upload is left behind, and the next run writes the rest', async (t) => {
  const place = await bucket(t)
  // Each in two parts.
  const settings = settingsOf({ numFilesTrain: 12, numFilesEval: 0, numSamplesPerFile: 1, recordDims: [9 * MiB] })
  const controller = new AbortController()
  const over = new AbortController()
  let last: GenerateProgress | undefined
  const stopping = (async () => {
    while (!over.signal.aborted && ((await place.server.stats()).requests['UploadPart'] ?? 0) < 7) await new Promise((resolve) => { setImmediate(resolve) })
    controller.abort(abortedFault('SIGINT'))
  })()
  const interrupted = run(place, { settings, more: { signal: controller.signal, onProgress: (progress) => { last = progress } } })
  await assert.rejects(interrupted, (error) => isFault(error, 'aborted') && error.info.signal === 'SIGINT' && error.message === `stopped by SIGINT after ${last!.objectsWritten} of 12 objects were written`)
  over.abort()
  await stopping
  assert.equal((await place.server.stats()).openUploads, 0)
  // The server may have completed an upload whose answer nobody waited for.
  const there = (await filesOf(place.store)).size
  assert.ok(there >= last!.objectsWritten && there < 12, `${there} of 12 are there, ${last!.objectsWritten} were told`)
  const { objectsWritten, objectsKept } = await run(place, { settings })
  assert.deepEqual([objectsWritten, objectsKept], [12 - there, there])
  assert.deepEqual(await filesOf(place.store), await inlineFiles(settings))
})

test('aborted before it begins: no thread is started', async (t) => {
  const controller = new AbortController()
  controller.abort(abortedFault('deadline'))
  let told = false
  const place = await folder(t)
  await assert.rejects(run(place, { writing: { onCounts: () => { told = true } }, more: { signal: controller.signal } }), (error) => isFault(error, 'aborted') && error.info.signal === 'deadline')
  assert.ok(!told)
})
