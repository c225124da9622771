import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileTable } from '../../src/dataset/file-table.ts'
import type { SampleBlock } from '../../src/format/format.ts'
import { loadFormat } from '../../src/format/index.ts'
import type { BatchTask } from '../../src/loader/protocol.ts'
import { openMemoryStore } from '../../src/storage/memory.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { abortedFault, Fault } from '../../src/util/fault.ts'
import { BufferPool } from '../../src/worker/buffers.ts'
import { Memos } from '../../src/worker/memos.ts'
import { groupByFile, runBatch, type Workbench } from '../../src/worker/run-batch.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { withRead, writeNpzFiles } from '../support/memory-data.ts'

const task = (...samples: number[]): BatchTask => ({ phase: 'train', epoch: 1, rank: 0, step: 1, samples: Uint32Array.from(samples) })

const format = await loadFormat('npz')
let names = 0
async function bench(numFiles: number, samplesPerFile: number, change: (store: ObjectStore) => Partial<Workbench> = () => ({})): Promise<Workbench> {
  const store = openMemoryStore(`run-batch-${names++}`)
  const files = await writeNpzFiles(store, numFiles, samplesPerFile)
  return {
    store, format, files: { train: files, eval: files }, readMode: 'object', window: 1, buffers: new BufferPool(1 << 20, 1 << 20), memos: new Memos(),
    clock: new ManualClock(), signal: new AbortController().signal, thread: 7, preprocess: () => 0, takeRetries: () => ({}), ...change(store),
  }
}

const groups: [number[], number, [number, number[]][]][] = [
  [[], 1, []],
  [[0], 1, [[0, [0]]]],
  [[2, 0, 1], 1, [[2, [0]], [0, [0]], [1, [0]]]],
  [[0, 1, 2, 3], 2, [[0, [0, 1]], [1, [0, 1]]]],
  [[5, 0, 4], 2, [[2, [1, 0]], [0, [0]]]],
]
for (const [samples, perFile, expected] of groups) {
  test(`samples [${samples.join()}] of files of ${perFile} are read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(groupByFile(Uint32Array.from(samples), perFile).map(({ file, samples: inFile }) => [file, inFile]), expected)
  })
}

test('an empty batch reads nothing', async () => {
  const reply = await runBatch(await bench(1, 1), task())
  assert.deepEqual([reply.bytes, reply.objects, reply.errors, reply.total.length, reply.failure], [0, 0, 0, 0, undefined])
})

test('object mode fetches an object once, however many of its samples are in the batch', async () => {
  const work = await bench(2, 3)
  const reply = await runBatch(work, task(0, 1, 2, 4))
  assert.equal(reply.failure, undefined)
  assert.deepEqual([reply.objects, reply.total.length, reply.thread], [2, 2, 7])
  assert.equal(reply.bytes, work.files.train.sizes[0]! + work.files.train.sizes[1]!)
})

test('range mode asks for what the reader needs, and counts it', async () => {
  const asked: number[] = []
  const work = await bench(1, 1, (store) => ({ readMode: 'range', store: withRead(store, (key, range, into, options) => { asked.push(range.length); return store.read(key, range, into, options) }) }))
  const reply = await runBatch(work, task(0))
  assert.equal(reply.failure, undefined)
  assert.equal(reply.bytes, asked.reduce((sum, length) => sum + length, 0))
  assert.equal(reply.total.length, asked.length)
})

test('without a format, bytes are fetched and nothing is decoded', async () => {
  const work = await bench(1, 1, () => ({ format: undefined }))
  const reply = await runBatch(work, task(0))
  assert.deepEqual([reply.bytes, reply.decode], [work.files.train.sizes[0], 0])
})

for (const window of [1, 2, 5]) {
  test(`at most ${window} objects of a batch are read at a time`, async () => {
    let reading = 0
    let most = 0
    const work = await bench(5, 1, (store) => ({ window, store: withRead(store, async (key, range, into, options) => {
      most = Math.max(most, ++reading)
      await new Promise((resolve) => { setImmediate(resolve) })
      reading--
      return store.read(key, range, into, options)
    }) }))
    assert.equal((await runBatch(work, task(0, 1, 2, 3, 4))).objects, 5)
    assert.equal(most, window)
  })
}

test('preprocessing takes its time for every sample', async () => {
  const clock = new ManualClock()
  const work = await bench(2, 2, () => ({ clock, preprocess: () => 1_000_000 }))
  await runBatch(work, task(0, 1, 2))
  assert.equal(clock.now(), 3_000_000)
})

test('a failed read is a reply with its Fault, and ends the batch', async () => {
  let reads = 0
  const work = await bench(3, 1, (store) => ({ store: withRead(store, async (key, range, into, options) => {
    if (++reads === 2) throw new Fault('storage', 'gone', { info: { reason: 'no-key', operation: 'read', key } })
    return store.read(key, range, into, options)
  }) }))
  const reply = await runBatch(work, task(0, 1, 2))
  assert.deepEqual([reply.failure?.code, reply.errors, reply.objects, reads], ['storage', 1, 1, 2])
})

test('a corrupt object is a format failure that names it', async () => {
  const work = await bench(1, 1, (store) => ({ store: withRead(store, async (key, range, into, options) => {
    const timings = await store.read(key, range, into, options)
    into[200]! ^= 0xff
    return timings
  }) }))
  const reply = await runBatch(work, task(0))
  assert.equal(reply.failure?.code, 'format')
  assert.match(reply.failure.message, /img_0000\.npz/)
})

test('an aborted batch says so', async () => {
  const work = await bench(1, 1, () => ({ signal: AbortSignal.abort(abortedFault('SIGINT')) }))
  assert.equal((await runBatch(work, task(0))).failure?.code, 'aborted')
})

test('buffers are given back: a second batch takes the memory of the first', async () => {
  const seen = new Set<ArrayBufferLike>()
  const work = await bench(4, 1, (store) => ({ store: withRead(store, (key, range, into, options) => { seen.add(into.buffer); return store.read(key, range, into, options) }) }))
  for (let i = 0; i < 3; i++) await runBatch(work, task(0, 1, 2, 3))
  assert.equal(seen.size, 1)
})

const parted = { parts: { partSize: 100, partsInFlight: 3 } }

test('an object in parts is one object, a request for each range, and waits once', async () => {
  let clockTime = 0
  const work = await bench(1, 3, (store) => ({ ...parted, store: withRead(store, async (key, range, into, options) => {
    const begin = clockTime
    await new Promise((resolve) => { setImmediate(resolve) })
    clockTime = Math.max(clockTime, begin + 100)
    return { ...await store.read(key, range, into, options), begin, firstByte: begin + 40, end: begin + 100 }
  }) }))
  const reply = await runBatch(work, task(0, 1, 2))
  const size = work.files.train.sizes[0]!
  const requests = Math.ceil(size / 100)
  assert.equal(reply.failure, undefined)
  assert.deepEqual([reply.objects, reply.bytes, reply.firstByte.length, reply.total.length], [1, size, requests, requests])
  assert.deepEqual([new Set(reply.firstByte), new Set(reply.total)], [new Set([40]), new Set([100])])
  // Three at a time: rounds, not the sum over requests.
  assert.equal(reply.fetch, Math.ceil(requests / 3) * 100)
})

test('range mode: small ranges are read as ever', async () => {
  const seen: number[][] = []
  for (const parts of [undefined, { partSize: 1 << 20, partsInFlight: 8 }]) {
    const lengths: number[] = []
    const work = await bench(2, 2, (store) => ({ readMode: 'range', parts, store: withRead(store, (key, range, into, options) => { lengths.push(range.length); return store.read(key, range, into, options) }) }))
    assert.equal((await runBatch(work, task(0, 3))).failure, undefined)
    seen.push(lengths)
  }
  assert.deepEqual(seen[0], seen[1])
})

test('a failed range fails the batch as one error; its memory goes to nobody while another range is under way', async () => {
  const log: string[] = []
  const buffers = new BufferPool(1 << 20, 1 << 20)
  let isReleased = false
  const watched = { take: (size: number) => { const lease = buffers.take(size); return { bytes: lease.bytes, release: () => { isReleased = true; lease.release() } } } } as BufferPool
  const work = await bench(1, 3, (store) => ({ ...parted, buffers: watched, store: withRead(store, async (key, range, into, options) => {
    if (range.offset === 100) throw new Fault('storage', 'changed', { info: { reason: 'precondition', operation: 'read', key } })
    await new Promise((resolve) => { setImmediate(resolve) })
    log.push(`${range.offset} ${isReleased ? 'after' : 'before'} the release`)
    return await store.read(key, range, into, { ...options, signal: undefined })
  }) }))
  const reply = await runBatch(work, task(0))
  assert.deepEqual([reply.failure?.code, reply.errors, isReleased], ['storage', 1, true])
  assert.deepEqual(log, ['0 before the release', '200 before the release'])
})

test('a reader that fails while it reads elsewhere too: the memory is kept until that read has ended', async () => {
  const log: string[] = []
  const half = 1 << 16
  const buffers = new BufferPool(1 << 20, 1 << 20)
  const watched = { take: (size: number) => { const lease = buffers.take(size); return { bytes: lease.bytes, release: () => { log.push('released'); lease.release() } } } } as BufferPool
  const work = await bench(1, 1, (store) => ({
    readMode: 'range', buffers: watched,
    format: { ...format, open: async (source) => { await Promise.all([source.read(0, half), source.read(half, half)]); throw new Error('not reached') } },
    store: withRead(store, async (key, range) => {
      if (range.offset === 0) throw new Fault('storage', 'gone', { info: { reason: 'no-key', operation: 'read', key } })
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => { setImmediate(resolve) })
      log.push('read')
      return { begin: 0, firstByte: 0, end: 0 }
    }),
  }))
  work.files.train.sizes[0] = 2 * half
  assert.equal((await runBatch(work, task(0))).failure?.message, 'gone')
  assert.deepEqual(log, ['read', 'released', 'released'])
})

/** Four samples of 20 kB in one object, with their index files. */
async function indexedBench(change: (store: ObjectStore) => Partial<Workbench> = () => ({})): Promise<Workbench> {
  const store = openMemoryStore(`run-batch-${names++}`)
  const block: SampleBlock = { fileIndex: 0, numSamples: 4, shape: [20_000], dtype: 'uint8', fill: (index, offset, into) => { for (let i = 0; i < into.length; i++) into[i] = index + offset + i } }
  const indexed = await loadFormat('indexed_binary')
  const options = { compression: 'none', compressionLevel: 4 } as const
  for (const { key, bytes } of indexed.companions!('train/a.indexed_binary', block, options)) await store.write(key, bytes)
  const pieces: Uint8Array[] = []
  for await (const piece of indexed.encode(block, options)) pieces.push(piece.slice())
  const files = fileTable([await store.write('train/a.indexed_binary', Buffer.concat(pieces))], 4)
  return { ...await bench(1, 1), store, format: indexed, files: { train: files, eval: files }, ...change(store) }
}

for (const [readMode, fetchOnly, bytes, requests] of [
  ['object', false, 80_000, 1],
  ['range', false, 60_000, 2],
  // Without decoding, the same bytes are fetched.
  ['range', true, 60_000, 2],
] as const) {
  test(`${readMode} mode${fetchOnly ? ', without decoding' : ''}: neighbours in one request, index files in the first batch only`, async () => {
    const work = await indexedBench(() => ({ readMode, fetchOnly }))
    const first = await runBatch(work, task(2, 0, 3))
    assert.equal(first.failure, undefined)
    assert.deepEqual([first.bytes, first.total.length, first.objects], [bytes + 64, requests + 2, 1])
    const second = await runBatch(work, task(2, 0, 3))
    assert.deepEqual([second.bytes, second.total.length, second.objects], [bytes, requests, 1])
  })
}

test('an index file that is not there is a format failure that names it', async () => {
  const work = await indexedBench()
  await work.store.delete(['train/a.indexed_binary.sz.idx'])
  const { failure } = await runBatch(work, task(0))
  assert.equal(failure?.code, 'format')
  assert.match(failure.message, /a\.indexed_binary has no index file train\/a\.indexed_binary\.sz\.idx/)
})

for (const readMode of ['object', 'range'] as const) {
  test(`an index file that is too short for the samples is a failure that names it, ${readMode} mode`, async () => {
    const work = await indexedBench(() => ({ readMode }))
    await work.store.write('train/a.indexed_binary.off.idx', new Uint8Array(24))
    assert.match((await runBatch(work, task(0))).failure!.message, /a\.indexed_binary\.off\.idx/)
  })
}

test('ranges that are waited for together are waited for once: decoding is what remains', async () => {
  const clock = new ManualClock()
  const work = await indexedBench((store) => ({ readMode: 'range', clock, store: withRead(store, async (key, range, into, options) => {
    await new Promise((resolve) => { setImmediate(resolve) })
    clock.advanceTo(clock.now() + 1000)
    return await store.read(key, range, into, options)
  }) }))
  const { failure, decode } = await runBatch(work, task(2, 0))
  assert.deepEqual([failure, decode, clock.now()], [undefined, 0, 4000])
})
