// What a GET costs this client: GET/s, GB/s and GB per CPU-second of this process, direct against the SDK, on the built-in
// server in a process of its own. usage: node test/bench/get.ts [seconds per row] [connections]

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startServer } from '../../src/server/server.ts'
import { defaultPartSize, defaultTimeouts, openStore, type Credentials, type S3Spec } from '../../src/storage/index.ts'
import { formatBytes, KiB, MiB } from '../../src/util/units.ts'

interface ServedAt { readonly endpoint: string; readonly region: string; readonly credentials: Credentials }

const seconds = Number(process.argv[2] ?? 2)
const connections = Number(process.argv[3] ?? 4)
const bucket = 'bench'

if (process.send) {
  const { endpoint, region, credentials } = await startServer({ buckets: [bucket] })
  process.send({ endpoint, region, credentials })
} else await measure()

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url))
  const [servedAt] = await once(server, 'message') as [ServedAt]
  for (const size of [128 * KiB, 8 * MiB]) {
    const best = { direct: 0, undici: 0, sdk: 0 }
    for (const transport of ['direct', 'undici', 'sdk', 'direct', 'undici', 'sdk'] as const) best[transport] = Math.max(best[transport], await row(servedAt, transport, size))
    for (const other of ['undici', 'sdk'] as const) process.stdout.write(`direct / ${other} per CPU-second: ${(best.direct / best[other]).toFixed(1)}\n`)
  }
  server.kill()
}

/** GB per CPU-second. */
async function row(servedAt: ServedAt, transport: S3Spec['transport'], size: number): Promise<number> {
  const store = await openStore({ kind: 's3', transport, bucket, ...servedAt, addressing: 'auto', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts })
  const key = `object-${size}`
  await store.write(key, new Uint8Array(size))
  let requests = 0
  const into = Array.from({ length: connections }, () => new Uint8Array(size))
  const until = async (end: number): Promise<void> => {
    await Promise.all(into.map(async (memory) => {
      while (performance.now() < end) {
        await store.read(key, { offset: 0, length: size }, memory)
        requests++
      }
    }))
  }
  await until(performance.now() + 300)
  requests = 0
  const cpu = process.cpuUsage(), begin = performance.now()
  await until(begin + seconds * 1000)
  const wall = (performance.now() - begin) / 1000, used = process.cpuUsage(cpu)
  const cpuSeconds = (used.user + used.system) / 1e6, bytes = requests * size
  process.stdout.write(`${transport.padEnd(6)} ${formatBytes(size).padStart(8)} ${(requests / wall).toFixed(0).padStart(6)} GET/s ${(bytes / 1e9 / wall).toFixed(2)} GB/s ${(bytes / 1e9 / cpuSeconds).toFixed(3)} GB per CPU-second (${(cpuSeconds / wall * 100).toFixed(0)} % of a core)\n`)
  await store.close()
  return bytes / 1e9 / cpuSeconds
}
