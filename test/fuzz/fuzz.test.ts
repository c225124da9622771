// The long runs' machinery: few inputs, and children that hang or die.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { formatNames, loadFormat } from '../../src/format/index.ts'
import { decodes } from './attempt.ts'
import { inputOf } from './input.ts'
import { encodedOriginals, fixtureOriginals } from './originals.ts'
import type { Finding } from './progress.ts'
import { seals } from './seals.ts'
import { watch } from './watch.ts'

const moduleOf = (name: string): string => fileURLToPath(new URL(`./${name}${path.extname(import.meta.url)}`, import.meta.url))

async function fuzz(...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return await promisify(execFile)(process.execPath, [moduleOf('main'), ...args]).then((output) => ({ ...output, code: 0 }), (error: unknown) => error as { stdout: string; stderr: string; code: number })
}

const countsOf = (lines: readonly string[]): string[][] => lines.map((line) => line.split(/ +/).slice(0, 5))

test('each format that is asked for has a line, and the same seed the same counts', async () => {
  const args = ['--format', 'npy', '--format', 'tfrecord', '--inputs', '60', '--seed', '5']
  const { stdout, stderr, code } = await fuzz(...args)
  assert.deepEqual([code, stderr], [0, ''])
  const [title, head, ...lines] = stdout.trimEnd().split('\n')
  assert.equal(title, 'seed 5')
  assert.match(head!, /^format +inputs +decoded +refused +found +worst MiB +seconds$/)
  assert.deepEqual(countsOf(lines).map(([format, inputs, , , found]) => [format, inputs, found]), [['npy', '60', '0'], ['tfrecord', '60', '0']])
  assert.deepEqual(countsOf((await fuzz(...args)).stdout.trimEnd().split('\n').slice(2)), countsOf(lines))
})

test('--seconds ends a run', async () => {
  const { stdout, code } = await fuzz('--format', 'synthetic', '--seconds', '1')
  assert.equal(code, 0)
  assert.match(stdout, /^synthetic +\d+ +\d+ +0 +0 +[\d.]+ +[1-9]\d*$/m)
})

for (const args of [['--nothing'], ['--format', 'zarr'], ['--inputs', '0'], ['--seconds', ''], ['--seed', '-1'], ['--seed', '1.5']]) {
  test(`${args.join(' ')} is refused with the flags there are`, async () => {
    const { stderr, code } = await fuzz(...args)
    assert.equal(code, 2)
    assert.match(stderr, /usage: npm run fuzz/)
  })
}

for (const [what, found, decoded] of [
  ['nothing', [], 10],
  ['hang', ['hangs: no progress for 2 s'], 9],
  ['exit', ['ends the process with code 3'], 9],
  ['abort', ['ends the process with SIGKILL'], 9],
  ['find', ['a mistake'], 10],
] as const) {
  test(`a child that does ${what} at seed 12 is told of, and the seeds behind it are run`, { timeout: 60_000 }, async () => {
    const findings: Finding[] = []
    const tally = await watch({ module: moduleOf('misbehaving-child'), format: what, seed: 10, inputs: 10, seconds: 60, patience: 2000, onFinding: (finding) => { findings.push(finding) } })
    assert.deepEqual(findings, found.map((text) => ({ found: text, seed: 12, file: 'file 12' })))
    assert.deepEqual([tally.decoded, tally.findings, tally.worst], [decoded, found.length, 7])
  })
}

for (const name of formatNames) {
  test(`${name}: what is encoded for the fuzz decodes, a seed gives the same input twice, and inputs differ`, async () => {
    const format = await loadFormat(name)
    const originals = await encodedOriginals(name, format)
    for (const { key, objects } of originals) assert.ok(await decodes(format, key, objects), key)
    const all = [...fixtureOriginals(name), ...originals]
    assert.ok(all.length > originals.length)
    const texts = Array.from({ length: 20 }, (_, seed) => JSON.stringify([...inputOf(name, all, seed).objects]))
    assert.deepEqual(Array.from({ length: 20 }, (_, seed) => JSON.stringify([...inputOf(name, all, seed).objects])), texts)
    assert.ok(new Set(texts).size > (name === 'synthetic' ? 5 : 10))
  })
}

for (const [name, seal] of Object.entries(seals)) {
  test(`${name}: what is sealed without having been changed is the same`, async () => {
    const [{ key, objects } = assert.fail()] = await encodedOriginals(name as keyof typeof seals, await loadFormat(name as keyof typeof seals))
    const bytes = Buffer.from(objects.get(key)!)
    seal(bytes, objects.get(key)!)
    assert.deepEqual(bytes, objects.get(key))
  })
}
