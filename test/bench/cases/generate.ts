// Writing a data set beside `bench put` of objects of the same size, by as many threads and with as many requests in flight.
// Judged by time: that is what a user waits for. Of CPU generation takes more, since it makes the content and its CRC-32 too,
// while `bench put` sends the same bytes again with a few words changed.

import os from 'node:os'
import { KiB, MiB } from '../../../src/util/units.ts'
import { openStore } from '../../../src/storage/index.ts'
import type { Bench } from '../bench.ts'
import type { Case, OpenCase, Sample } from '../case.ts'
import { benchCommand, runCommand } from '../commands.ts'
import { datasetOverrides } from '../datasets.ts'
import type { Served } from '../served.ts'

export function generateCases(bench: Bench): Case[] {
  return [['128 KiB', 128 * KiB] as const, ['8 MiB', 8 * MiB] as const].map(([size, sampleBytes]): Case => {
    const name = `generate NPZ ${size}`
    return {
      name,
      rows: [
        { name: `${name}: generate / bench put, per second`, measure: 'bytesPerSecond', ours: 'generate', against: 'bench put', target: { least: 0.7 } },
        { name: `${name}: generate / bench put, per CPU-second`, measure: 'bytesPerCpuSecond', ours: 'generate', against: 'bench put' },
      ],
      open: () => openGenerate(bench, sampleBytes),
    }
  })
}

/** The built-in server keeps what is written in memory until it is removed. Bytes. */
const mostGenerated = 1024 * MiB
/** Uploads in flight of a generation, unless the workload asks for more. */
const uploads = 16
/** The server takes a core as well. */
const threads = Math.min(4, os.availableParallelism())
/** For the length of a sample, by what the built-in server takes. Bytes per second. */
const expectedRate = 400 * MiB

async function openGenerate(bench: Bench, sampleBytes: number): Promise<OpenCase> {
  const served = await bench.writeServer()
  const { seconds } = bench.options
  const files = Math.ceil(Math.min(mostGenerated, seconds * expectedRate) / sampleBytes)
  return {
    contenders: {
      generate: { sample: () => generateOnce(bench, served, { files, sampleBytes }) },
      'bench put': { sample: () => benchCommand('put', served, { prefix: `generate-put-${sampleBytes}`, seconds, size: sampleBytes, threads, concurrency: uploads }) },
    },
  }
}

/** CPU counts from when the command line is understood on: the start of the threads is in it, which `bench put` leaves out. */
async function generateOnce(bench: Bench, served: Served, { files, sampleBytes }: { files: number; sampleBytes: number }): Promise<Sample> {
  const prefix = `generate-${sampleBytes}`
  const overrides = { ...datasetOverrides({ format: 'npz', files, sampleBytes }), 'workflow.train': false }
  const { summary } = await runCommand(bench, { target: { served, prefix }, args: ['--generate', '--threads', String(threads)], overrides })
  await removeAll(served, prefix)
  const bytes = summary['bytes_written']!, bytesPerSecond = summary['write_bytes_per_second']!, cpuSeconds = summary['client_cpu_seconds']!
  return { bytes, objects: summary['objects_written']!, cpuSeconds, bytesPerSecond, bytesPerCpuSecond: bytes / cpuSeconds }
}

async function removeAll({ spec }: Served, prefix: string): Promise<void> {
  const store = await openStore(spec)
  for await (const page of store.list(`${prefix}/`)) await store.delete(page.map(({ key }) => key))
  await store.close()
}
