// The bench as a program: short samples of few rows, whose figures mean nothing.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/cli.ts'
import { flagNames } from './options.ts'
import { findTools } from './tools.ts'

const main = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url))

async function bench(...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return await promisify(execFile)(process.execPath, [main, ...args]).then((output) => ({ ...output, code: 0 }), (error: unknown) => error as { stdout: string; stderr: string; code: number })
}

interface Report { readonly status: string; readonly machine: object; readonly options: object; readonly cases: readonly { readonly name: string; readonly samples: Record<string, readonly Record<string, number>[]> }[] }

test('rows that are picked are measured in every round, and all samples are written', async (context) => {
  const json = path.join(await temporaryFolder(context), 'bench.json')
  const { stdout, stderr, code } = await bench('--only', 'clock: mean error of 3.5 ms', '--rounds', '2', '--seconds', '0.01', '--json', json)
  assert.equal(code, 0)
  assert.match(stderr, /^about 3 s for 2 samples$/m, 'before anything is measured')
  assert.match(stdout, /^.+, Node \d+\.\d+\.\d+, .*\.\n2 rounds of 0.01 s\.\n\n\| row \|.*\n\| --- .*\n\| clock: mean error of 3\.5 ms \| .* % \| – \| – \| ≤ 1\.00 % \| (met|missed) \|\n$/)
  const { status, machine, options, cases } = JSON.parse(await readFile(json, 'utf8')) as Report
  assert.equal(status, 'complete')
  assert.deepEqual(Object.keys(machine), ['cpuModel', 'cores', 'memoryBytes', 'kernel', 'node', 'tools'])
  assert.deepEqual(options, { rounds: 2, seconds: 0.01, only: 'clock: mean error of 3.5 ms' })
  assert.deepEqual(cases.map(({ name, samples }) => [name, Object.entries(samples).map(([contender, each]) => [contender, each.length])]), [['clock', [['3.5 ms', 2]]]])
})

for (const [signal, expected] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  test(`${signal} ends what is measured, and what is done is printed and written`, async (context) => {
    const json = path.join(await temporaryFolder(context), 'bench.json')
    // The clock's rows are done soon; the next case takes seconds.
    const child = spawn(process.execPath, [main, '--only', ' 3.5 ms', '--rounds', '1', '--seconds', '0.01', '--json', json], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => { said.stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text
      if (/^accelerators: round 1/m.test(said.stderr)) child.kill(signal)
    })
    const [code] = await once(child, 'close') as [number | null]
    assert.equal(code, expected)
    const row = /^\| clock: mean error of 3\.5 ms \|.*\|$/m
    assert.match(said.stderr, row, 'as soon as it is done')
    assert.match(said.stdout, /^1 rounds of 0\.01 s, interrupted\.$/m)
    assert.match(said.stdout, row)
    assert.doesNotMatch(said.stdout, /accelerators/)
    const { status, cases } = JSON.parse(await readFile(json, 'utf8')) as Report
    assert.equal(status, 'interrupted')
    assert.deepEqual(cases.map(({ name }) => name), ['clock', 'accelerators'])
  })
}

for (const server of ['built-in server', 'nginx'] as const) {
  const skip = server === 'nginx' && !findTools([]).nginx ? 'nginx is not installed' : false
  test(`objects of the ${server} are read by our client and by others, and a row about a tool that is not there says so`, { skip }, async () => {
    const { stdout, code } = await bench('--only', 'GET 128 KiB: store loop', '--rounds', '1', '--seconds', '0.01', '--without', 'wrk', ...(server === 'nginx' ? [] : ['--without', 'nginx']))
    assert.equal(code, 0)
    assert.match(stdout, /^\| GET 128 KiB: store loop \/ undici \| [\d.]+ GB per CPU-second \| [\d.]+ \| [\d.]+ × \| ≥ 4\.00 × \| (met|missed) \|$/m)
    assert.match(stdout, /^\| GET 128 KiB: store loop \/ SDK \| .* \| (met|missed) \|$/m)
    assert.match(stdout, /^\| GET 128 KiB: store loop \/ wrk, per second \| – \| – \| – \| ≥ 0\.880 × \| wrk is not installed \|$/m)
  })
}

for (const size of ['128 KiB', '8 MiB']) {
  test(`PUT of ${size} is measured with node:http too`, async () => {
    const { stdout, code } = await bench('--only', `PUT ${size}: bench put, payload unsigned / node:http`, '--rounds', '1', '--seconds', '0.2')
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`^\\| PUT ${size}: bench put, payload unsigned / node:http \\| [\\d.]+ GB per CPU-second \\| [\\d.]+ \\| [\\d.]+ × \\| – \\| for scale \\|$`, 'm'))
  })
}

test('--profile says where the CPU of writing goes, by itself where it is picked', async () => {
  const { stdout, code } = await bench('--profile', '--only', 'bench put', '--seconds', '0.5')
  assert.equal(code, 0)
  assert.match(stdout, /^`bench put` of 128 KiB, payload unsigned: \d+\.\d\d s of CPU\n\n\| where \| share \|/)
  for (const drawer of ['writing, other system calls and native code', 'signing', 'HTTP: connections and parsing']) assert.match(stdout, new RegExp(`^\\| ${drawer} \\| \\d+\\.\\d % \\|`, 'm'))
  assert.doesNotMatch(stdout, /bench get|`run`|reading from sockets/, 'reads were not asked for')
})

for (const flag of ['--help', '-h']) {
  test(`${flag} says all flags there are on stdout, and nothing is measured`, async () => {
    const { stdout, stderr, code } = await bench(flag)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^usage: npm run bench/)
    for (const name of flagNames) assert.match(stdout, new RegExp(`^  --${name} .*\\w`, 'm'))
  })
}

for (const args of [['--nothing'], ['--rounds', '0'], ['--without', 'python']]) {
  test(`${args.join(' ')} is refused with the flags there are`, async () => {
    const { stderr, code } = await bench(...args)
    assert.equal(code, 2)
    assert.match(stderr, /usage: npm run bench/)
  })
}
