// What `bench get` costs beside a bare loop over the same store: both against the built-in server in a process of its own,
// one object, four requests in flight on one thread, in turns, each in a fresh process, cold alike. usage: node test/bench/command.ts [seconds per row] [rounds]

import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer } from '../../src/server/server.ts'
import { defaultPartSize, defaultTimeouts, openStore, type Credentials } from '../../src/storage/index.ts'
import { formatBytes, KiB, MiB } from '../../src/util/units.ts'
import { repoRoot } from '../support/root.ts'

interface ServedAt { readonly endpoint: string; readonly region: string; readonly credentials: Credentials }
interface Rate { readonly perSecond: number; readonly bytesPerCpuSecond: number }

const seconds = Number(process.argv[2] ?? 6)
const rounds = Number(process.argv[3] ?? 3)
const bucket = 'bench'
const connections = 4

if (process.argv[2] === 'loop') process.stdout.write(JSON.stringify(await loop(JSON.parse(process.argv[3]!) as LoopTask)))
else if (process.send) {
  const { endpoint, region, credentials } = await startServer({ buckets: [bucket] })
  process.send({ endpoint, region, credentials })
} else await measure()

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url))
  const [servedAt] = await once(server, 'message') as [ServedAt]
  for (const size of [128 * KiB, 8 * MiB]) {
    const bare: Rate[] = [], command: Rate[] = []
    for (let round = 0; round < rounds; round++) {
      bare.push(tell('loop', size, await loopAlone({ servedAt, size, seconds })))
      command.push(tell('bench get', size, await benchGet(servedAt, size)))
    }
    process.stdout.write(`bench get / loop, medians: ${ratio(command, bare, 'perSecond')} of GET/s, ${ratio(command, bare, 'bytesPerCpuSecond')} of bytes per CPU-second\n`)
  }
  server.kill()
}

function ratio(over: readonly Rate[], under: readonly Rate[], key: keyof Rate): string {
  const median = (rates: readonly Rate[]): number => rates.map((rate) => rate[key]).toSorted((a, b) => a - b)[Math.floor(rates.length / 2)]!
  return (median(over) / median(under)).toFixed(3)
}

function tell(name: string, size: number, rate: Rate): Rate {
  process.stdout.write(`${name.padEnd(9)} ${formatBytes(size).padStart(8)} ${rate.perSecond.toFixed(0).padStart(6)} GET/s ${(rate.perSecond * size / 1e9).toFixed(2)} GB/s ${(rate.bytesPerCpuSecond / 1e9).toFixed(3)} GB per CPU-second\n`)
  return rate
}

interface LoopTask { readonly servedAt: ServedAt; readonly size: number; readonly seconds: number }

async function loopAlone(task: LoopTask): Promise<Rate> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), 'loop', JSON.stringify(task)])
  return JSON.parse(stdout) as Rate
}

async function loop({ servedAt, size, seconds: length }: LoopTask): Promise<Rate> {
  const store = await openStore({ kind: 's3', transport: 'direct', bucket, ...servedAt, addressing: 'auto', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts })
  const key = `data-${size}/object`
  await store.write(key, new Uint8Array(size))
  let requests = 0
  const into = Array.from({ length: connections }, () => new Uint8Array(size))
  const until = (end: number): Promise<unknown> => Promise.all(into.map(async (memory) => {
    while (performance.now() < end) {
      await store.read(key, { offset: 0, length: size }, memory)
      requests++
    }
  }))
  await until(performance.now() + 300)
  requests = 0
  const cpu = process.cpuUsage(), begin = performance.now()
  await until(begin + length * 1000)
  const wall = (performance.now() - begin) / 1000, used = process.cpuUsage(cpu)
  await store.close()
  return { perSecond: requests / wall, bytesPerCpuSecond: requests * size / (used.user + used.system) * 1e6 }
}

async function benchGet({ endpoint, region, credentials }: ServedAt, size: number): Promise<Rate> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    path.join(repoRoot, 'bin', 'dlio-s3.js'), 'bench', 'get', `s3://${bucket}/data-${size}`, '--existing', '--threads', '1', '--concurrency', String(connections),
    '--duration', String(seconds), '--retries', '0', '--json', '-q', '--endpoint-url', endpoint, '--region', region,
  ], { env: { ...process.env, AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey } })
  const { summary } = JSON.parse(stdout) as { summary: Record<string, number> }
  return { perSecond: summary['requests']! / summary['elapsed_seconds']!, bytesPerCpuSecond: summary['bytes_read']! / summary['client_cpu_seconds']! }
}
