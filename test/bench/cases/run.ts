// `run` without compute time beside `bench get` on the same objects: what planning, pool, decoding and checksums cost.

import { KiB, MiB } from '../../../src/util/units.ts'
import type { Bench } from '../bench.ts'
import type { Case, OpenCase } from '../case.ts'
import { benchCommand, connections, runRates, type Overrides } from '../commands.ts'
import { prepareDataset, type DatasetShape } from '../datasets.ts'
import { benchFormats, type BenchFormat } from '../formats.ts'
import { inflateChunks, storedChunks } from '../inflate-chunks.ts'

export const runShapes: readonly { readonly name: string; readonly files: number; readonly sampleBytes: number; readonly batchSize: number }[] = [
  { name: '128 KiB', files: 4096, sampleBytes: 128 * KiB, batchSize: 16 },
  { name: '8 MiB', files: 64, sampleBytes: 8 * MiB, batchSize: 2 },
]

export function runCases(bench: Bench): Case[] {
  return benchFormats.flatMap((format) => runShapes.map(({ name: size, batchSize, ...shape }): Case => {
    const name = `run ${format.name} ${size}`
    const against = format.against ?? 'bench get'
    const pair = { ours: 'run', against, ...(format.least === undefined ? {} : { target: { least: format.least } }) }
    return {
      name,
      rows: [
        { ...pair, name: `${name}: run / ${against}, per CPU-second`, measure: 'bytesPerCpuSecond' },
        { ...pair, name: `${name}: run / ${against}, per second`, measure: 'bytesPerSecond' },
      ],
      open: () => openRun(bench, { ...format, shape: { ...shape, files: shape.files / (format.fewer ?? 1), ...variantOf(format, shape.sampleBytes) } }, batchSize),
    }
  }))
}

function variantOf({ name, format, overrides }: BenchFormat, sampleBytes: number): Pick<DatasetShape, 'format' | 'variant'> {
  return { format, ...(overrides && { variant: { name: name.toLowerCase().replaceAll(' ', '-'), overrides: overrides(Math.floor(Math.sqrt(sampleBytes))) } }) }
}

/** As many requests in flight and threads as `bench get` has, and epochs for about the length of a sample at 1 GB/s, and one to warm up. */
export function runOverrides(bench: Bench, { files, sampleBytes }: DatasetShape, batchSize: number): Overrides {
  const epochs = 1 + Math.max(1, Math.round(bench.options.seconds * 1e9 / (files * sampleBytes)))
  return { 'reader.batch_size': batchSize, 'reader.read_threads': connections, 'reader.prefetch_size': 2 * connections, 'train.epochs': epochs, 'train.computation_time': 0 }
}

interface RunContenders { readonly shape: DatasetShape; readonly against?: 'zlib.inflateSync' }

async function openRun(bench: Bench, { shape, against }: RunContenders, batchSize: number): Promise<OpenCase> {
  const { seconds } = bench.options
  const { served, prefix, overrides } = await prepareDataset(bench, shape)
  const request = { target: { served, prefix }, args: ['--threads', '1'], overrides: { ...overrides, ...runOverrides(bench, shape, batchSize) } }
  const run = { sample: () => runRates(bench, request) }
  if (against) {
    const chunks = await storedChunks(served, `${prefix}/train`)
    return { contenders: { run, [against]: { sample: async () => inflateChunks(chunks, seconds) } } }
  }
  return { contenders: { run, 'bench get': { sample: () => benchCommand('get', served, { prefix: `${prefix}/train`, seconds }) } } }
}
