// Profiles of the reads and writes that matter, taken of the program itself and all its threads; or of files that are there.

import { mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { KiB } from '../../src/util/units.ts'
import type { Bench } from './bench.ts'
import { getPrefix, prepareObject } from './cases/get.ts'
import { runOverrides, runShapes } from './cases/run.ts'
import { benchCommand, connections, runCommand } from './commands.ts'
import { prepareDataset } from './datasets.ts'
import { functionTimes, helperNote, profileTable, withRest, type CpuProfile, type Direction } from './profile.ts'
import { totalsOf } from './process-totals.ts'

/** Microseconds between two looks. The default of 1 ms would see a read of 128 KiB once in seven times. */
const interval = 200

export async function profileFiles(files: readonly string[]): Promise<string> {
  const profiles = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as CpuProfile))
  return profileTable(files.map((file) => path.basename(file)).join(', '), functionTimes(profiles))
}

interface Profiled {
  readonly title: string
  readonly direction: Direction
  /** Makes what the command needs; the command itself is what is profiled. */
  readonly prepare: () => Promise<(nodeFlags: readonly string[]) => Promise<unknown>>
}

/** Of those whose title contains `--only`. */
export async function profileCommands(bench: Bench, tell: (line: string) => void): Promise<string> {
  const texts: string[] = []
  for (const each of [...readsOf(bench), writeOf(bench)].filter(({ title }) => title.includes(bench.options.only))) texts.push(await profiled(bench, each, tell))
  return texts.join('\n')
}

function readsOf(bench: Bench): Profiled[] {
  const { seconds } = bench.options
  return runShapes.flatMap(({ name, batchSize, ...shape }): Profiled[] => [
    { title: `\`bench get\` of ${name}`, direction: 'reading', prepare: async () => {
      const { served } = await prepareObject(bench, shape.sampleBytes)
      return (nodeFlags) => benchCommand('get', served, { prefix: getPrefix(shape.sampleBytes), seconds, nodeFlags })
    } },
    { title: `\`run\` of NPZ files of ${name}`, direction: 'reading', prepare: async () => {
      const dataset = { format: 'npz', ...shape }
      const { served, prefix, overrides } = await prepareDataset(bench, dataset)
      return (nodeFlags) => runCommand(bench, { target: { served, prefix }, args: ['--threads', '1'], overrides: { ...overrides, ...runOverrides(bench, dataset, batchSize) }, nodeFlags })
    } },
  ])
}

/** Over as many objects as the row of PUT has. */
function writeOf(bench: Bench): Profiled {
  const size = 128 * KiB
  return { title: '`bench put` of 128 KiB, payload unsigned', direction: 'writing', prepare: async () => {
    const served = await bench.writeServer()
    return (nodeFlags) => benchCommand('put', served, { prefix: `profile-put-${size}`, seconds: bench.options.seconds, size, objects: connections, signPayload: 'never', nodeFlags })
  } }
}

async function profiled(bench: Bench, { title, direction, prepare }: Profiled, tell: (line: string) => void): Promise<string> {
  tell(`profile: ${title}`)
  const work = await prepare()
  const folder = path.join(bench.folder, 'profiles', title.replaceAll(/\W+/g, '-'))
  await mkdir(folder, { recursive: true })
  const totals = await totalsOf(folder, (nodeFlags) => work([...nodeFlags, '--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(interval)]))
  // A thread that is terminated writes none; those that end by themselves all do.
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'))
  const profiles = await Promise.all(files.map(async (file) => JSON.parse(await readFile(path.join(folder, file), 'utf8')) as CpuProfile))
  return profileTable(title, withRest(functionTimes(profiles), totals, direction)) + helperNote(totals, direction)
}
