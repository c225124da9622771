// What generating NPZ costs beside `bench put` of objects of the same size: both as commands, in turns, against the built-in
// server in a process of its own. usage: node test/bench/generate.ts [MiB per row] [rounds]

import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer } from '../../src/server/server.ts'
import { defaultPartSize, defaultTimeouts, openStore, type Credentials } from '../../src/storage/index.ts'
import { formatBytes, KiB, MiB } from '../../src/util/units.ts'
import { repoRoot } from '../support/root.ts'

interface ServedAt { readonly endpoint: string; readonly region: string; readonly credentials: Credentials }
interface Rate { readonly bytesPerSecond: number; readonly bytesPerCpuSecond: number }
interface Work { readonly servedAt: ServedAt; readonly size: number; readonly objects: number }

const bytesPerRow = Number(process.argv[2] ?? 1024) * MiB
const rounds = Number(process.argv[3] ?? 5)
const threads = String(availableParallelism())
const bucket = 'bench'
/** Bytes of an NPZ file besides its one sample of uint8: the directory, two NPY headers and a label. */
const npzOverhead = 498

if (process.send) {
  const { endpoint, region, credentials } = await startServer({ buckets: [bucket] })
  process.send({ endpoint, region, credentials })
} else await measure()

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url))
  const [servedAt] = await once(server, 'message') as [ServedAt]
  for (const size of [128 * KiB, 8 * MiB, 64 * MiB]) {
    const put: Rate[] = [], generated: Rate[] = []
    const work = { servedAt, size, objects: Math.ceil(bytesPerRow / size) }
    for (let round = 0; round < rounds; round++) {
      put.push(tell('bench put', size, await benchPut(work)))
      generated.push(tell('generate', size, await generate(work)))
    }
    process.stdout.write(`generate / bench put: ${ratio(generated, put, 'bytesPerSecond')} of bytes/s, ${ratio(generated, put, 'bytesPerCpuSecond')} of bytes per client CPU-second\n`)
  }
  server.kill()
}

/** The median of the rounds' ratios, and the lowest and highest of them. */
function ratio(over: readonly Rate[], under: readonly Rate[], key: keyof Rate): string {
  const sorted = over.map((rate, i) => rate[key] / under[i]![key]).toSorted((a, b) => a - b)
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(2)} (${sorted[0]!.toFixed(2)} to ${sorted.at(-1)!.toFixed(2)})`
}

function tell(name: string, size: number, rate: Rate): Rate {
  process.stdout.write(`${name.padEnd(9)} ${formatBytes(size).padStart(8)} ${(rate.bytesPerSecond / 1e9).toFixed(3)} GB/s ${(rate.bytesPerCpuSecond / 1e9).toFixed(3)} GB per CPU-second\n`)
  return rate
}

async function command(words: readonly string[], { endpoint, region, credentials }: ServedAt): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(repoRoot, 'bin', 'dlio-s3.js'), ...words, '--json', '-q', '--threads', threads, '--retries', '0', '--endpoint-url', endpoint, '--region', region], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
  })
  return (JSON.parse(stdout) as { summary: Record<string, number> }).summary
}

async function benchPut({ servedAt, size, objects }: Work): Promise<Rate> {
  const summary = await command(['bench', 'put', `s3://${bucket}`, '--size', String(size), '--objects', String(objects), '--count', String(objects), '--concurrency', '16'], servedAt)
  return { bytesPerSecond: summary['bytes_written']! / summary['elapsed_seconds']!, bytesPerCpuSecond: summary['bytes_written']! / summary['client_cpu_seconds']! }
}

/** The CPU is that of the whole run, from the opening of its store on. */
async function generate({ servedAt, size, objects }: Work): Promise<Rate> {
  const folder = `generated-${size}`
  const summary = await command([
    'run', 'quickstart', '--target', `s3://${bucket}/${folder}`, '--generate', '--out', '-', '++workload.workflow.train=False', '++workload.workflow.evaluation=False', '~workload.metric.au',
    `++workload.dataset.num_files_train=${objects}`, '++workload.dataset.num_files_eval=0', '++workload.dataset.num_samples_per_file=1', `++workload.dataset.record_dims=[${size - npzOverhead}]`,
  ], servedAt)
  await remove(servedAt, folder)
  return { bytesPerSecond: summary['write_bytes_per_second']!, bytesPerCpuSecond: summary['bytes_written']! / summary['client_cpu_seconds']! }
}

async function remove(servedAt: ServedAt, folder: string): Promise<void> {
  const store = await openStore({ kind: 's3', transport: 'direct', bucket, ...servedAt, addressing: 'auto', maxAttempts: 1, partSize: defaultPartSize, timeouts: defaultTimeouts })
  for await (const page of store.list(`${folder}/`)) await store.delete(page.map(({ key }) => key))
  await store.close()
}
