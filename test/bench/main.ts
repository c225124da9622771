// `npm run bench`: what docs/performance.md promises, measured on this machine. Ends with 0 whatever the verdicts are.

import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import { openBench } from './bench.ts'
import { allCases } from './cases/index.ts'
import { interruption } from './child.ts'
import { estimate, estimateText } from './estimate.ts'
import { machineOf, machineText } from './machine.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { profileCommands, profileFiles } from './profile-commands.ts'
import { runCase, type CaseResult } from './rounds.ts'
import { markdownRow, markdownTable } from './table.ts'
import { findTools } from './tools.ts'

let options: BenchOptions
try {
  options = parseOptions(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exit(2)
}

if (options.help) {
  process.stdout.write(usage)
  process.exit(0)
}

/** What is under way, on a terminal until the next line comes; and what stays. */
const tell = (line: string): void => { process.stderr.write(process.stderr.isTTY ? `\r\u001B[K${line}` : `${line}\n`) }
const keep = (line: string): void => { process.stderr.write(`${process.stderr.isTTY ? '\r\u001B[K' : ''}${line}\n`) }

const tools = findTools(options.without)
const bench = await openBench(options, tools)
// The first one ends what is being measured, and what is done is printed; a second one is not caught.
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    process.exitCode = 128 + os.constants.signals[name]
    interruption.abort()
  })
}
try {
  await (options.profile ? printProfile() : printTable())
} catch (error) {
  if (!interruption.signal.aborted) throw error
} finally {
  await bench.close()
}

async function printProfile(): Promise<void> {
  const text = await (options.files.length > 0 ? profileFiles(options.files) : profileCommands(bench, tell))
  process.stderr.write('\n')
  process.stdout.write(text)
}

async function printTable(): Promise<void> {
  const results: CaseResult[] = []
  let status: 'complete' | 'interrupted' | 'failed' = 'failed'
  try {
    await measure(results)
    status = interruption.signal.aborted ? 'interrupted' : 'complete'
  } finally {
    await report(status, results)
  }
}

async function measure(results: CaseResult[]): Promise<void> {
  const { rounds, only } = options
  const cases = allCases(bench)
  keep(estimateText(estimate(cases, options)))
  for (const each of cases) {
    const result = await runCase(each, { rounds, only, tools, tell, signal: interruption.signal })
    if (!result) continue
    results.push(result)
    for (const outcome of result.outcomes) keep(markdownRow(outcome))
  }
}

/** Of all rows that are done, whatever the end was. */
async function report(status: string, results: readonly CaseResult[]): Promise<void> {
  const machine = machineOf(tools)
  const { rounds, seconds, only, json } = options
  if (process.stderr.isTTY) process.stderr.write('\n')
  process.stdout.write(`${machineText(machine)}.\n${rounds} rounds of ${seconds} s${status === 'complete' ? '' : `, ${status}`}.\n\n${markdownTable(results.flatMap(({ outcomes }) => outcomes))}`)
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ schema: 'dlio-s3/bench@1', status, started: new Date(performance.timeOrigin).toISOString(), machine, options: { rounds, seconds, only }, cases: results }, undefined, 2)}\n`)
}
