// Bodies pass through no other memory of this program than the caller's: the array buffers that reads and writes of 8 MiB bring into being.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunningServer } from '../../../src/server/server.ts'
import { startServerThread } from '../../../src/server/thread.ts'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { readInParts } from '../../../src/storage/read-parts.ts'
import type { ObjectStore } from '../../../src/storage/store.ts'
import { KiB, MiB } from '../../../src/util/units.ts'
import { fixture } from '../../support/root.ts'
import { bytesOf } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'

const size = 8 * MiB
const times = 12
const body = bytesOf(size)
const into = new Uint8Array(size)

const certFile = fixture('tls', 'localhost.cert.pem')

let server: RunningServer
let tlsServer: RunningServer
before(async () => {
  server = await startServerThread({ buckets: ['test-bucket'] })
  tlsServer = await startServerThread({ buckets: ['test-bucket'], tls: { certFile, keyFile: fixture('tls', 'localhost.key.pem') } })
})
after(async () => {
  await server.close()
  await tlsServer.close()
})

const schemes = {
  http: (more: Partial<S3Spec>) => specFor(server, more),
  https: (more: Partial<S3Spec>) => specFor(tlsServer, { ...more, caFile: certFile }),
}

/** Bytes of array buffers that came into being in each call: freed ones may hide others, so the most is what counts. */
async function allocated(call: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < 3; warm++) await call()
  let most = 0
  for (let i = 0; i < times; i++) {
    const earlier = process.memoryUsage().arrayBuffers
    await call()
    most = Math.max(most, process.memoryUsage().arrayBuffers - earlier)
  }
  return most
}

const whole = (store: ObjectStore, memory: Uint8Array): Promise<unknown> => store.read('key', { offset: 0, length: size }, memory)
const rows: [name: string, partSize: number, call: (store: ObjectStore) => Promise<unknown>][] = [
  ['GET', 16 * MiB, (store) => whole(store, into)],
  ['GET of four ranges at once', 16 * MiB, (store) => readInParts(store, { key: 'key', offset: 0, into, parts: { partSize: 2 * MiB, partsInFlight: 4 }, onRequest: () => {} })],
  ['PUT', 16 * MiB, (store) => store.write('written', body)],
  ['multipart upload', 5 * MiB, (store) => store.write('written', body)],
]
for (const [scheme, specOf] of Object.entries(schemes)) {
  for (const [name, partSize, call] of rows) {
    test(`${name} of 8 MiB through the direct transport over ${scheme} allocates nothing of its size`, async () => {
      const store = await openStore(specOf({ partSize }))
      await store.write('key', body)
      into.fill(0)
      const most = await allocated(() => call(store))
      if (name.startsWith('GET')) assert.equal(Buffer.compare(into, body), 0)
      await store.close()
      assert.ok(most < 256 * KiB, `${most} bytes`)
    })
  }
}

for (const [scheme, specOf] of Object.entries(schemes)) {
  test(`the meter sees a copy where there is one, over ${scheme}`, async () => {
    const store = await openStore(specOf({ partSize: 16 * MiB }))
    await store.write('key', body)
    const copied = await allocated(async () => {
      const copy = new Uint8Array(size)
      await whole(store, copy)
      into.set(copy)
    })
    await store.close()
    assert.ok(copied >= size, `${copied} bytes`)
  })
}
