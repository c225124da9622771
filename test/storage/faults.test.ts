// Each fault of the built-in server as each transport meets it: the right bytes after so many retries, or the right Fault.
// Never other bytes, and never a wait beyond the time limits.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startServer } from '../../src/server/server.ts'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { ObjectStore } from '../../src/storage/store.ts'
import { isFault, type StorageReason } from '../../src/util/fault.ts'
import { fixture } from '../support/root.ts'
import { specFor } from './s3-under-test.ts'

const transports = ['direct', 'undici', 'sdk'] as const
const size = 200_000
const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251)
const range = { offset: 10, length: 150_000 }
const limits = { connect: 250, firstByte: 250, idle: 250 }

type Call = (store: ObjectStore) => Promise<void>

const read: Call = async (store) => {
  const into = new Uint8Array(range.length)
  await store.read('set/b', range, into, { ifMatch: etag })
  assert.deepEqual(into, bytes.subarray(range.offset, range.offset + range.length))
}
const write: Call = async (store) => { assert.equal((await store.write('new', bytes)).size, size) }
const list: Call = async (store) => {
  const keys: string[] = []
  for await (const page of store.list('set/', { pageSize: 2 })) keys.push(...page.map(({ key }) => key))
  assert.deepEqual(keys, ['set/a', 'set/b', 'set/c', 'set/d', 'set/e'])
}
const head: Call = async (store) => { assert.equal((await store.head('set/b')).size, size) }

interface Row {
  readonly name: string
  readonly faults: string
  readonly call: Call
  /** What the retries were made for. */
  readonly retries?: string
  /** With the AWS SDK, where that differs. */
  readonly sdkRetries?: string
  /** What the call ends in. Absent: it succeeds. */
  readonly reason?: StorageReason | 'credentials'
  readonly message?: RegExp
  readonly maxAttempts?: number
  /** Limit of a whole request, in milliseconds. */
  readonly total?: number
}

const rows: readonly Row[] = [
  { name: 'nothing', faults: '', call: read },
  { name: 'latency', faults: 'latency=100ms', call: read },
  { name: 'latency beyond the limit', faults: 'latency=2s:get@1', call: read, retries: 'timeout' },
  { name: 'bandwidth, slower than the limit but never silent', faults: 'bandwidth=200KiB', call: read },
  { name: 'bandwidth, beyond the limit of the whole request', faults: 'bandwidth=150KiB:get@1', call: read, retries: 'overdue', total: 400 },
  { name: 'bandwidth, beyond the limit of the whole request for ever', faults: 'bandwidth=150KiB', call: read, retries: 'overdue overdue', total: 400, reason: 'overdue', message: /was not done with a request after 0\.4 s/ },
  { name: 'slow-accept', faults: 'slow-accept=100ms', call: head },
  { name: 'slow-down, twice', faults: 'slow-down=10ms:get@1-2', call: read, retries: 'throttled throttled' },
  { name: 'slow-down of a listing in its middle', faults: 'slow-down:list@2', call: list, retries: 'throttled' },
  { name: 'slow-down for ever', faults: 'slow-down:get', call: read, retries: 'throttled throttled', reason: 'throttled', message: /answered 503 SlowDown/ },
  { name: 'slow-down, without retries', faults: 'slow-down:get@1', call: read, reason: 'throttled', maxAttempts: 1 },
  { name: 'slow-down that asks for a rest of two minutes', faults: 'slow-down=2m:get', call: read, reason: 'throttled', message: /left alone for 120 s/ },
  { name: 'too-many-requests', faults: 'too-many-requests:put@1', call: write, retries: 'throttled' },
  { name: 'internal-error', faults: 'internal-error:head@1', call: head, retries: 'server' },
  { name: 'request-timeout', faults: 'request-timeout:put@1', call: write, retries: 'timeout' },
  { name: 'expired-token', faults: 'expired-token:get', call: read, reason: 'credentials', message: /400 ExpiredToken/ },
  { name: 'redirect-loop', faults: 'redirect-loop:get', call: read, reason: 'redirect', message: /answered 307 TemporaryRedirect/ },
  { name: 'no-answer', faults: 'no-answer:get@1', call: read, retries: 'timeout' },
  { name: 'no-answer, for ever', faults: 'no-answer:list', call: list, retries: 'timeout timeout', reason: 'timeout' },
  { name: 'reset', faults: 'reset:get@1', call: read, retries: 'truncated' },
  { name: 'reset of a write', faults: 'reset:put@1', call: write, retries: 'truncated' },
  { name: 'lost-answer', faults: 'lost-answer:put@1', call: write, retries: 'truncated' },
  { name: 'idle-close', faults: 'idle-close:get@1', call: async (store) => { await head(store); await read(store) }, sdkRetries: 'truncated' },
  { name: 'idle-close after a while', faults: 'idle-close=20ms', call: async (store) => { await read(store); await new Promise((resolve) => { setTimeout(resolve, 80) }); await write(store) } },
  { name: 'reset-body', faults: 'reset-body@1', call: read, retries: 'truncated' },
  { name: 'reset-body of a listing', faults: 'reset-body:list@2', call: list, retries: 'truncated' },
  { name: 'short-body', faults: 'short-body@1-2', call: read, retries: 'truncated truncated' },
  { name: 'short-body for ever', faults: 'short-body', call: read, retries: 'truncated truncated', reason: 'truncated' },
  { name: 'stalled-body', faults: 'stalled-body@1', call: read, retries: 'timeout' },
  { name: 'stalled-body, for ever', faults: 'stalled-body', call: read, retries: 'timeout timeout', reason: 'timeout' },
  { name: 'wrong-length', faults: 'wrong-length', call: read, reason: 'truncated', message: /gave 149999 of 150000 bytes/ },
  { name: 'wrong-etag', faults: 'wrong-etag', call: read, reason: 'precondition', message: /its ETag differs/ },
  { name: 'wrong-checksum', faults: 'wrong-checksum', call: write, reason: 'corrupt', message: /with the CRC32 \S+ where \S+ was sent/ },
  {
    name: 'wrong-checksum of the second write, whatever else is asked', faults: 'wrong-checksum@2', reason: 'corrupt', message: /"last" with the CRC32 \S+ where \S+ was sent/,
    call: async (store) => { await list(store); await head(store); await read(store); await write(store); await store.write('last', bytes) },
  },
  { name: 'ignored-range', faults: 'ignored-range', call: read, reason: 'protocol', message: /with the whole object, 200000 bytes/ },
  { name: 'repeated-page', faults: 'repeated-page', call: list, reason: 'protocol', message: /lists "set\/a" after "set\/b"/ },
  { name: 'repeated-page, the third', faults: 'repeated-page@2', call: list, reason: 'protocol', message: /lists "set\/a" after "set\/d"/ },
  { name: 'cut-page', faults: 'cut-page@2', call: list, reason: 'protocol' },
  { name: 'clock-skew', faults: 'clock-skew=20m', call: read, retries: 'clock' },
  { name: 'clock-skew, behind', faults: 'clock-skew=-3h', call: list, retries: 'clock' },
  { name: 'clock-skew of a HEAD, whose answer has no body', faults: 'clock-skew=20m', call: head, retries: 'clock' },
  { name: 'clock-skew that S3 bears', faults: 'clock-skew=14m', call: read },
  { name: 'clock-skew, without retries', faults: 'clock-skew=20m', call: read, reason: 'clock', maxAttempts: 1, message: /RequestTimeTooSkewed/ },
]

const credentials = [{ accessKeyId: 'AKIAFAULTS', secretAccessKey: 'secret-of-the-fault-tests' }]
let directory: string
let etag: string | undefined

/** Five objects, set/b of 200 kB among them, put there before anything goes wrong. */
before(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-test-'))
  const server = await startServer({ directory, credentials, buckets: ['test-bucket'] })
  const store = await openStore(specFor(server))
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    const meta = await store.write(`set/${key}`, key === 'b' ? bytes : new Uint8Array(1))
    if (key === 'b') etag = meta.etag
  }
  await store.close()
  await server.close()
})
after(() => rm(directory, { recursive: true, force: true }))

async function play(transport: S3Spec['transport'], row: Row): Promise<void> {
  const server = await startServer({ directory, credentials, buckets: ['test-bucket'], ...(row.faults === '' ? {} : { faults: row.faults }) })
  const told: string[] = []
  const store = await openStore(specFor(server, { transport, maxAttempts: row.maxAttempts ?? 3, timeouts: { ...limits, ...(row.total === undefined ? {} : { total: row.total }) }, checksum: 'crc32' }), { retry: ({ reason }) => told.push(reason) })
  try {
    const begin = performance.now()
    const error = await row.call(store).then(() => undefined, (thrown: unknown) => thrown)
    assert.ok(performance.now() - begin < 8000, 'it took longer than its attempts may')
    if (row.reason === undefined) assert.equal(error, undefined)
    else {
      assert.ok(isFault(error, 'storage', 'credentials'), String(error))
      assert.equal(isFault(error, 'storage') ? error.info.reason : error.code, row.reason, error.message)
      if (row.message) assert.match(error.message, row.message)
      assert.ok(error.hint, 'nothing to do about it')
    }
    assert.equal(told.join(' '), (transport === 'sdk' ? row.sdkRetries : undefined) ?? row.retries ?? '')
  } finally {
    await store.close()
    await server.close()
  }
}

for (const row of rows) {
  describe(row.name, () => { for (const transport of transports) test(`with ${transport}`, () => play(transport, row)) })
}

for (const transport of transports) {
  test(`slow TLS: a handshake that takes a while is waited for, with ${transport}`, async () => {
    const server = await startServer({ buckets: ['test-bucket'], faults: 'slow-accept=100ms', tls: { certFile: fixture('tls', 'loopback.cert.pem'), keyFile: fixture('tls', 'loopback.key.pem') } })
    const store = await openStore(specFor(server, { transport, caFile: fixture('tls', 'server-ca.cert.pem') }))
    const begin = performance.now()
    await store.write('a', new Uint8Array(10))
    assert.ok(performance.now() - begin >= 95)
    assert.equal((await store.head('a')).size, 10)
    await store.close()
    await server.close()
  })
}

for (const transport of ['direct', 'undici'] as const) {
  test(`slow TLS: a handshake that does not come in time is a timeout, with ${transport}`, async () => {
    const server = await startServer({ buckets: ['test-bucket'], faults: 'slow-accept=5s' })
    const store = await openStore(specFor({ ...server, endpoint: server.endpoint.replace('http:', 'https:') }, { transport, timeouts: limits }))
    await assert.rejects(store.head('a'), (error) => isFault(error, 'storage') && error.info.reason === 'timeout')
    await store.close()
    await server.close()
  })
}
