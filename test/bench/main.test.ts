// The bench as a program: short samples of few rows, whose figures mean nothing.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/cli.ts'
import { findTools } from './tools.ts'

const main = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url))

async function bench(...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return await promisify(execFile)(process.execPath, [main, ...args]).then((output) => ({ ...output, code: 0 }), (error: unknown) => error as { stdout: string; stderr: string; code: number })
}

interface Report { readonly machine: object; readonly options: object; readonly cases: readonly { readonly name: string; readonly samples: Record<string, readonly Record<string, number>[]> }[] }

test('rows that are picked are measured in every round, and all samples are written', async (context) => {
  const json = path.join(await temporaryFolder(context), 'bench.json')
  const { stdout, code } = await bench('--only', 'clock: mean error of 3.5 ms', '--rounds', '2', '--seconds', '0.01', '--json', json)
  assert.equal(code, 0)
  assert.match(stdout, /^.+, Node \d+\.\d+\.\d+, .*\.\n2 rounds of 0.01 s\.\n\n\| row \|.*\n\| --- .*\n\| clock: mean error of 3\.5 ms \| .* % \| – \| – \| ≤ 1\.00 % \| (met|missed) \|\n$/)
  const { machine, options, cases } = JSON.parse(await readFile(json, 'utf8')) as Report
  assert.deepEqual(Object.keys(machine), ['cpuModel', 'cores', 'memoryBytes', 'kernel', 'node', 'tools'])
  assert.deepEqual(options, { rounds: 2, seconds: 0.01, only: 'clock: mean error of 3.5 ms' })
  assert.deepEqual(cases.map(({ name, samples }) => [name, Object.entries(samples).map(([contender, each]) => [contender, each.length])]), [['clock', [['3.5 ms', 2]]]])
})

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

for (const args of [['--nothing'], ['--rounds', '0'], ['--without', 'python']]) {
  test(`${args.join(' ')} is refused with the flags there are`, async () => {
    const { stderr, code } = await bench(...args)
    assert.equal(code, 2)
    assert.match(stderr, /usage: npm run bench/)
  })
}
