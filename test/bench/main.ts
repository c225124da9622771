// `npm run bench`: what docs/performance.md promises, measured on this machine. Ends with 0 whatever the verdicts are.

import { writeFile } from 'node:fs/promises'
import { openBench } from './bench.ts'
import { allCases } from './cases/index.ts'
import { machineOf, machineText } from './machine.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { profileFiles, profileReads } from './profile-reads.ts'
import { runCase, type CaseResult } from './rounds.ts'
import { markdownTable } from './table.ts'
import { findTools } from './tools.ts'

let options: BenchOptions
try {
  options = parseOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exit(2)
}

const tell = (line: string): void => { process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${line}` : `${line}\n`) }
const tools = findTools(options.without)
const bench = await openBench(options, tools)
// Ctrl-C reaches the servers as well; the folder is then all that is left.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void bench.close().finally(() => process.exit(130)) })
try {
  await (options.profile ? printProfile() : printTable())
} finally {
  await bench.close()
}

async function printProfile(): Promise<void> {
  const text = await (options.files.length > 0 ? profileFiles(options.files) : profileReads(bench, tell))
  process.stderr.write('\n')
  process.stdout.write(text)
}

async function printTable(): Promise<void> {
  const machine = machineOf(tools)
  const { rounds, seconds, only } = options
  const results: CaseResult[] = []
  for (const each of allCases(bench)) {
    const result = await runCase(each, { rounds, only, tools, tell })
    if (result) results.push(result)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  process.stdout.write(`${machineText(machine)}.\n${rounds} rounds of ${seconds} s.\n\n${markdownTable(results.flatMap(({ outcomes }) => outcomes))}`)
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ schema: 'dlio-s3/bench@1', started: new Date(performance.timeOrigin).toISOString(), machine, options: { rounds, seconds, only }, cases: results }, undefined, 2)}\n`)
}
