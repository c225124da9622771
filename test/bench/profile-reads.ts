// Profiles of the reads that matter, taken of the program itself and all its threads; or of files that are there.

import { mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Bench } from './bench.ts'
import { getPrefix, prepareObject } from './cases/get.ts'
import { runOverrides, runShapes } from './cases/run.ts'
import { benchCommand, runCommand } from './commands.ts'
import { prepareDataset } from './datasets.ts'
import { functionTimes, profileTable, withReads, type CpuProfile } from './profile.ts'
import { totalsOf } from './process-totals.ts'

/** Microseconds between two looks. The default of 1 ms would see a read of 128 KiB once in seven times. */
const interval = 200

export async function profileFiles(files: readonly string[]): Promise<string> {
  const profiles = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as CpuProfile))
  return profileTable(files.map((file) => path.basename(file)).join(', '), functionTimes(profiles))
}

export async function profileReads(bench: Bench, tell: (line: string) => void): Promise<string> {
  const { seconds } = bench.options
  const texts: string[] = []
  for (const { name, batchSize, ...shape } of runShapes) {
    const dataset = { format: 'npz', ...shape }
    const { served } = await prepareObject(bench, shape.sampleBytes)
    texts.push(await profiled(bench, `\`bench get\` of ${name}`, tell, (nodeFlags) => benchCommand('get', served, { prefix: getPrefix(shape.sampleBytes), seconds, nodeFlags })))
    const { prefix, overrides } = await prepareDataset(bench, dataset)
    texts.push(await profiled(bench, `\`run\` of NPZ files of ${name}`, tell, (nodeFlags) => runCommand(bench, {
      target: { served, prefix }, args: ['--threads', '1'], overrides: { ...overrides, ...runOverrides(bench, dataset, batchSize) }, nodeFlags,
    })))
  }
  return texts.join('\n')
}

async function profiled(bench: Bench, title: string, tell: (line: string) => void, work: (nodeFlags: readonly string[]) => Promise<unknown>): Promise<string> {
  tell(`profile: ${title}`)
  const folder = path.join(bench.folder, 'profiles', title.replaceAll(/\W+/g, '-'))
  await mkdir(folder, { recursive: true })
  const { cpuMicroseconds } = await totalsOf(folder, (nodeFlags) => work([...nodeFlags, '--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', String(interval)]))
  // A thread that is terminated writes none; those that end by themselves all do.
  const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'))
  const profiles = await Promise.all(files.map(async (file) => JSON.parse(await readFile(path.join(folder, file), 'utf8')) as CpuProfile))
  return profileTable(title, withReads(functionTimes(profiles), cpuMicroseconds))
}
