import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { openStore, type S3Spec } from '../../src/storage/index.ts'
import type { UploadChecksum } from '../../src/storage/spec.ts'
import { startServer } from '../../src/server/server.ts'
import { KiB, MiB } from '../../src/util/units.ts'
import { startProxy } from '../support/proxy.ts'
import { fixture } from '../support/root.ts'
import { conformsToObjectStore, type StoreUnderTest } from './conformance.ts'
import { specFor, storeOn } from './s3-under-test.ts'

conformsToObjectStore('memory', async () => ({
  store: await openStore({ kind: 'memory', name: 'conformance' }), leftovers: async () => 0, close: async () => {},
}), { partSize: 256 * KiB, isInstant: true })

conformsToObjectStore('file', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-store-'))
  return {
    store: await openStore({ kind: 'file', root: path.join(folder, 'root') }),
    absent: await openStore({ kind: 'file', root: path.join(folder, 'absent') }),
    leftovers: async () => (await readdir(folder, { recursive: true })).filter((name) => name.includes('.dlio-s3-')).length,
    close: async () => { await rm(folder, { recursive: true }) },
  }
}, {
  partSize: 256 * KiB,
  refuses: {
    reason: 'keys are relative paths',
    keys: ['double//slash', '/leading', 'trailing/', 'dot/./inside', 'up/../inside', ...['double//slash', '/leading', 'trailing/', 'dot/./inside', 'up/../inside'].map((key) => `together/${key}`)],
  },
})

async function s3(transport: S3Spec['transport'], checksum: UploadChecksum | 'none' = 'none'): Promise<StoreUnderTest> {
  const server = await startServer()
  return await storeOn(server, specFor(server, { transport, checksum }), 'absent')
}

conformsToObjectStore('s3 direct', () => s3('direct'), { partSize: 5 * MiB })
conformsToObjectStore('s3 through undici', () => s3('undici'), { partSize: 5 * MiB })
conformsToObjectStore('s3 through the SDK', () => s3('sdk'), { partSize: 5 * MiB })

async function s3ThroughProxy(overTls: boolean): Promise<StoreUnderTest> {
  const proxy = await startProxy()
  const tls = { certFile: fixture('tls', 'loopback.cert.pem'), keyFile: fixture('tls', 'loopback.key.pem') }
  const server = await startServer(overTls ? { tls } : {})
  const stores = await storeOn(server, specFor(server, { transport: 'undici', proxy: proxy.address, caFile: fixture('tls', 'server-ca.cert.pem') }), 'absent')
  return {
    ...stores,
    close: async () => {
      await stores.close()
      await proxy.close()
      // The suite has gone this way at all, and no other.
      assert.deepEqual([...new Set(proxy.asked.map(([line]) => line.startsWith('CONNECT ')))], [overTls])
    },
  }
}

conformsToObjectStore('s3 through undici and a proxy that forwards', () => s3ThroughProxy(false), { partSize: 5 * MiB })
conformsToObjectStore('s3 through undici and a tunnel of a proxy', () => s3ThroughProxy(true), { partSize: 5 * MiB })

// Each checksum with each client: upload-checksum.test.ts.
conformsToObjectStore('s3 direct with CRC-64/NVME', () => s3('direct', 'crc64nvme'), { partSize: 5 * MiB })
conformsToObjectStore('s3 through undici with CRC-32C', () => s3('undici', 'crc32c'), { partSize: 5 * MiB })
conformsToObjectStore('s3 through the SDK with CRC-32', () => s3('sdk', 'crc32'), { partSize: 5 * MiB })
