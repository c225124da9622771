// `run` without compute time beside `bench get` on the same objects: what planning, pool, decoding and checksums cost.

import { KiB, MiB } from '../../../src/util/units.ts'
import type { Bench } from '../bench.ts'
import { boto3Sample } from '../boto3.ts'
import { calibrate, type Work } from '../calibration.ts'
import { ratesOf, type Case, type Contender, type OpenCase, type Row } from '../case.ts'
import { benchCommand, connections, runCounts, type Overrides } from '../commands.ts'
import { prepareDataset, type DatasetShape } from '../datasets.ts'
import { benchFormats, type BenchFormat } from '../formats.ts'
import { inflateChunks, storedChunks } from '../inflate-chunks.ts'

interface RunShape {
  readonly name: string
  /** As many batches as requests in flight go into, so that none of these is idle at the end of an epoch. */
  readonly files: number
  readonly sampleBytes: number
  readonly batchSize: number
  /** Times what boto3 and NumPy reach. */
  readonly overBoto3: number
}

/** Batches as ResNet-50 has them in DLIO (400 samples of 112 KiB), and CosmoFlow about (one of 2.7 MiB). */
export const runShapes: readonly RunShape[] = [
  { name: '128 KiB', files: 6400, sampleBytes: 128 * KiB, batchSize: 400, overBoto3: 25 },
  { name: '8 MiB', files: 64, sampleBytes: 8 * MiB, batchSize: 2, overBoto3: 2.5 },
]
/** Of files that are too few for large batches. */
const smallBatch = 16
/** DLIO was measured with files of 16 MiB. */
const largeSample = 8 * MiB
const overDlio = 2

export function runCases(bench: Bench): Case[] {
  const judged = benchFormats.flatMap((format) => runShapes.map((shape) => runCase(bench, format, shape)))
  const [small] = runShapes as [RunShape]
  const { name, format } = benchFormats[0]!
  return [...judged, runCase(bench, { name, format }, { ...small, name: `${small.name}, ${smallBatch} a batch`, batchSize: smallBatch })]
}

function runCase(bench: Bench, format: BenchFormat, shape: RunShape): Case {
  const name = `run ${format.name} ${shape.name}`
  return { name, openSeconds: format.fewer === undefined ? 4 : 6, rows: rowsOf(name, format, shape), open: () => openRun(bench, format, shape) }
}

function rowsOf(name: string, { against: decoder, least, dlio, isNumpy = false }: BenchFormat, { sampleBytes, overBoto3 }: RunShape): Row[] {
  const against = decoder ?? 'bench get'
  const perCpu = { ours: 'run', measure: 'bytesPerCpuSecond' } as const
  const judged = least === undefined ? {} : { target: { least } }
  return [
    { ...perCpu, name: `${name}: run / ${against}, per CPU-second`, against, ...judged },
    { ours: 'run', measure: 'bytesPerSecond', name: `${name}: run / ${against}, per second`, against, ...judged },
    ...(isNumpy ? [{ ...perCpu, name: `${name}: run / boto3 and NumPy`, against: 'boto3', target: { least: overBoto3 } }] : []),
    ...(dlio !== undefined && sampleBytes === largeSample ? [{ ...perCpu, name: `${name}: run / DLIO 2.0, measured elsewhere`, fixed: dlio, target: { least: overDlio } }] : []),
  ]
}

function variantOf({ name, format, overrides }: BenchFormat, sampleBytes: number): Pick<DatasetShape, 'format' | 'variant'> {
  return { format, ...(overrides && { variant: { name: name.toLowerCase().replaceAll(/[ ,]+/g, '-'), overrides: overrides(Math.floor(Math.sqrt(sampleBytes))) } }) }
}

/** As many requests in flight and threads as `bench get` has. */
function readerOverrides(batchSize: number): Overrides {
  return { 'reader.batch_size': batchSize, 'reader.read_threads': connections, 'reader.prefetch_size': 2 * connections, 'train.computation_time': 0 }
}

/** Epochs for about the length of a sample at 1 GB/s, and one to warm up. */
export function runOverrides(bench: Bench, { files, sampleBytes }: DatasetShape, batchSize: number): Overrides {
  return { ...readerOverrides(batchSize), 'train.epochs': 1 + plainEpochs(bench, { files, sampleBytes }) }
}

function plainEpochs({ options: { seconds } }: Bench, { files, sampleBytes }: Pick<DatasetShape, 'files' | 'sampleBytes'>): number {
  return Math.max(1, Math.round(seconds * 1e9 / (files * sampleBytes)))
}

async function openRun(bench: Bench, format: BenchFormat, { files, sampleBytes, batchSize: largest }: RunShape): Promise<OpenCase> {
  const { seconds } = bench.options
  const { against, fewer, isNumpy = false } = format
  const batchSize = fewer === undefined ? largest : Math.min(largest, smallBatch)
  const most = { files: Math.ceil(files / (fewer ?? 1)), sampleBytes, ...variantOf(format, sampleBytes) }
  const settings = readerOverrides(batchSize)
  const work: Work = fewer === undefined ? { files, epochs: plainEpochs(bench, most) } : await calibrate(bench, most, { batchSize, settings })
  const { served, prefix, overrides } = await prepareDataset(bench, { ...most, files: work.files })
  const request = { target: { served, prefix }, args: ['--threads', '1'], overrides: { ...overrides, ...settings, 'train.epochs': 1 + work.epochs } }
  const run: Contender = { sample: async () => ratesOf(await runCounts(bench, request)) }
  if (against) {
    const chunks = await storedChunks(served, `${prefix}/train`)
    return { contenders: { run, [against]: { sample: async () => inflateChunks(chunks, seconds) } } }
  }
  return {
    contenders: {
      run, 'bench get': { sample: () => benchCommand('get', served, { prefix: `${prefix}/train`, seconds }) },
      ...(isNumpy && { boto3: { needs: 'boto3', sample: () => boto3Sample(bench.tools.boto3!, served, { prefix: `${prefix}/train/`, seconds }) } }),
    },
  }
}
