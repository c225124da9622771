// Accelerator utilization where the store is not what is measured: with an engine that is given its batches at once,
// and with the whole program and its pool on the synthetic format, whose readers read nothing.

import { pathToFileURL } from 'node:url'
import path from 'node:path'
import type { Bench } from '../bench.ts'
import type { Case, OpenCase, Row, Sample } from '../case.ts'
import { clientSample } from '../child.ts'
import { runCommand } from '../commands.ts'
import { datasetOverrides } from '../datasets.ts'

const accelerators = [1, 64] as const
const computes = [{ milliseconds: 10, least: 99 }, { milliseconds: 3.5, least: 97 }] as const
/** Of each accelerator. */
const steps = 256
/** Of a sample. */
const meanSeconds: number = computes.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / computes.length * steps / 1000
/** A store that is infinitely fast. */
const tiny = { format: 'synthetic', files: 64 * steps, sampleBytes: 64 }

function contender(who: 'engine' | 'run', count: number, milliseconds: number): string {
  return `${who}, ${count} × ${milliseconds} ms`
}

export function acceleratorCases(bench: Bench): Case[] {
  const rows = (['engine', 'run'] as const).flatMap((who) => accelerators.flatMap((count) => computes.map(({ milliseconds, least }): Row => ({
    name: `accelerators: ${who === 'engine' ? 'engine alone' : 'run of the synthetic format'}, ${count} × ${milliseconds} ms`,
    measure: 'auPercent', ours: contender(who, count, milliseconds), target: { least },
  }))))
  return [{ name: 'accelerators', rows, sampleSeconds: meanSeconds, openSeconds: 3, open: () => openAccelerators(bench) }]
}

async function openAccelerators(bench: Bench): Promise<OpenCase> {
  const target = pathToFileURL(path.join(bench.folder, 'tiny')).href
  let made: Promise<unknown> | undefined
  const sampleRun = async (count: number, milliseconds: number): Promise<Sample> => {
    await (made ??= runCommand(bench, { target, args: ['--generate'], overrides: { ...datasetOverrides(tiny), 'workflow.train': false } }))
    const { summary } = await runCommand(bench, {
      target, args: ['--accelerators', String(count)],
      overrides: { ...datasetOverrides(tiny), 'reader.batch_size': 1, 'reader.read_threads': 4, 'reader.prefetch_size': 8, 'train.total_training_steps': steps, 'train.computation_time': milliseconds / 1000 },
    })
    return { auPercent: summary['au_percent']!, steps: summary['steps']!, cpuSeconds: summary['client_cpu_seconds']! }
  }
  const pairs = accelerators.flatMap((count) => computes.map(({ milliseconds }) => [count, milliseconds] as const))
  return {
    contenders: Object.fromEntries(pairs.flatMap(([count, milliseconds]) => [
      [contender('engine', count, milliseconds), { sample: () => clientSample({ kind: 'engine', accelerators: count, milliseconds, steps }) }],
      [contender('run', count, milliseconds), { sample: () => sampleRun(count, milliseconds) }],
    ])),
  }
}
