import assert from 'node:assert/strict'
import { test } from 'node:test'
import { functionTimes, helperNote, profileTable, withRest, type CpuProfile } from './profile.ts'

type Frame = readonly [functionName: string, url: string]

/** A profile of one chain of calls; `samples` are places in it, each 10 µs. */
function chain(frames: readonly Frame[], samples: readonly number[]): CpuProfile {
  const nodes = frames.map(([functionName, url], i) => ({ id: i + 1, callFrame: { functionName, url, lineNumber: 0 }, ...(i + 1 < frames.length ? { children: [i + 2] } : {}) }))
  return { nodes, samples: samples.map((at) => at + 1), timeDeltas: samples.map(() => 10) }
}

const root: Frame = ['(root)', '']
const helpers = "V8's helper threads: compiling and collecting"
const client: Frame = ['send', 'file:///x/dist/src/storage/s3/client.js']

const rows: readonly (readonly [leaf: Frame, category: string | undefined])[] = [
  [['(root)', ''], undefined], [['(idle)', ''], undefined], [['(anonymous)', 'file:///x/dist/src/util/alarm-thread.js'], undefined],
  [['(garbage collector)', ''], 'garbage collection'], [['(program)', ''], 'writing, other system calls and native code'], [['writeLatin1String', ''], 'writing, other system calls and native code'],
  [['parse', 'file:///x/dist/src/storage/s3/http-head.js'], 'HTTP: connections and parsing'], [['sign', 'file:///x/dist/src/storage/s3/sigv4.js'], 'signing'],
  [['hash', 'node:internal/crypto/hash'], 'signing'], [['onStreamRead', 'node:internal/stream_base_commons'], "Node's sockets and streams"],
  [['read', 'file:///x/dist/src/storage/with-retry.js'], 'store and its wrappers'], [['open', 'file:///x/dist/src/format/npz.js'], 'decoding and CRC'], [['crc32', ''], 'decoding and CRC'],
  [['crc32', 'node:zlib'], 'decoding and CRC'], [['run', 'file:///x/node_modules/piscina/dist/index.js'], 'pool, loader, worker'], [['load', 'file:///x/dist/src/loader/loader.js'], 'pool, loader, worker'],
  [['next', 'file:///x/dist/src/bench/lane.js'], 'load generator'], [['compileFunctionForCJSLoader', ''], 'loading code'], [['f', 'file:///elsewhere.js'], 'other'],
  [['writev', ''], 'writing, other system calls and native code'], [['writevGeneric', 'node:internal/stream_base_commons'], "Node's sockets and streams"], [['next', 'file:///x/dist/src/storage/s3/body-parts.js'], 'store and its wrappers'],
  [['update', 'file:///x/dist/src/util/crc64.js'], 'checksums'], [['fill', 'file:///x/dist/src/bench/content.js'], 'load generator'],
  [['latin1Slice', ''], 'store and its wrappers'],
]
for (const [leaf, category] of rows) {
  test(`${leaf.join(' of ')} called by the store is ${category ?? 'no CPU'}`, () => {
    assert.deepEqual(functionTimes([chain([root, client, leaf], [2])]).map((time) => time.category), category === undefined ? [] : [category])
  })
}

test('self time is added up over samples, and threads, most first', () => {
  const times = functionTimes([chain([root, client, ['parse', 'file:///x/dist/src/storage/s3/http-head.js']], [0, 1, 2, 2]), chain([root, client], [1, 1])])
  assert.deepEqual(times.map(({ name, microseconds }) => [name, microseconds]), [['storage/s3/client send', 30], ['storage/s3/http-head parse', 20]])
})

test('C++ is its caller\'s through any depth, and nobody\'s without one', () => {
  assert.equal(functionTimes([chain([root, client, ['a', ''], ['b', '']], [3])])[0]!.category, 'store and its wrappers')
  assert.equal(functionTimes([chain([root, ['a', '']], [1])])[0]!.category, 'other')
})

for (const [direction, category] of [['reading', 'reading from sockets, in libuv'], ['writing', 'waiting for sockets and sending to them, in libuv']] as const) {
  test(`what the profiles lack of a process that is ${direction} is ${category}; nothing when they lack nothing`, () => {
    const times = functionTimes([chain([root, client], [1, 1])])
    const rest = (cpuMicroseconds: number): unknown[] => withRest(times, { cpuMicroseconds }, direction).slice(times.length).map((time) => [time.category, time.microseconds])
    assert.deepEqual([rest(100), rest(20), rest(5)], [[[category, 80]], [], []])
    assert.ok(helperNote({}, direction).includes(`is in "${category}"`))
  })

  test(`V8's helper threads and the profiler are not ${category}`, () => {
    const times = functionTimes([chain([root, client], [1, 1])])
    const rest = (cpuMicroseconds: number, helperMicroseconds: number, profilerMicroseconds: number): unknown[] => withRest(times, { cpuMicroseconds, helperCpu: { helperMicroseconds, profilerMicroseconds } }, direction).slice(times.length).map((time) => [time.category, time.microseconds])
    assert.deepEqual(rest(100, 0, 0), [[category, 80]])
    assert.deepEqual(rest(100, 25, 0), [[helpers, 25], [category, 55]])
    assert.deepEqual(rest(100, 25, 7), [[helpers, 25], ['the profiler itself', 7], [category, 48]])
    assert.deepEqual(rest(30, 25, 0), [[helpers, 25]], 'a machine that is busy: the profiles saw more than there was')
    assert.equal(helperNote({ helperCpu: { helperMicroseconds: 0, profilerMicroseconds: 0 } }, direction), '')
  })
}

test('the table adds up to everything, and names what is worth it', () => {
  const profile = chain([root, client, ['parse', 'file:///x/dist/src/storage/s3/http-head.js']], [...Array.from({ length: 99 }, () => 1), 2])
  assert.equal(profileTable('reads', functionTimes([profile])), `reads: 0.00 s of CPU

| where | share | functions of 2 % and more |
| --- | --- | --- |
| store and its wrappers | 99.0 % | \`storage/s3/client send\` 99.0 % |
| HTTP: connections and parsing | 1.0 % | – |
`)
})
