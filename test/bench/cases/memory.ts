// Peak memory of a run of large objects beside what it was allowed.

import { MiB } from '../../../src/util/units.ts'
import type { Bench } from '../bench.ts'
import type { Case, OpenCase } from '../case.ts'
import { runCommand } from '../commands.ts'
import { prepareDataset } from '../datasets.ts'
import { totalsOf } from '../process-totals.ts'

const limitBytes = 256 * MiB
/** Four accelerators with four readers each could hold twice the limit. */
const shape = { format: 'npz', files: 32, sampleBytes: 32 * MiB }

export function memoryCases(bench: Bench): Case[] {
  return [{
    name: 'memory', sampleSeconds: 4, openSeconds: 4,
    rows: [{ name: 'memory: peak of a run of 32 MiB objects, above --memory-limit 256MiB', measure: 'excessBytes', ours: 'run', target: { most: 200e6 } }],
    open: () => openMemory(bench),
  }]
}

async function openMemory(bench: Bench): Promise<OpenCase> {
  const { served, prefix, overrides } = await prepareDataset(bench, shape)
  return {
    contenders: { run: { async sample() {
      const { peakRssBytes } = await totalsOf(bench.folder, (nodeFlags) => runCommand(bench, {
        target: { served, prefix }, args: ['--accelerators', '4', '--memory-limit', String(limitBytes)], nodeFlags,
        overrides: { ...overrides, 'reader.batch_size': 1, 'reader.read_threads': 4, 'train.epochs': 3, 'train.computation_time': 0 },
      }))
      return { peakRssBytes, excessBytes: peakRssBytes - limitBytes }
    } } },
  }
}
