import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countsIn, exitCode, table, total, type Counts, type Verdict } from './verdicts.ts'

const closing = (numbers: readonly number[]): string => ['tests', 'pass', 'fail', 'cancelled', 'skipped'].map((what, i) => `ℹ ${what} ${numbers[i]}`).join('\n')

const outputs: [name: string, output: string, counts: Counts | undefined][] = [
  ['nothing', '', undefined],
  ['no closing lines', '✔ one (1ms)\n', undefined],
  ['half of them', 'ℹ tests 3\nℹ pass 3\n', undefined],
  ['none ran', closing([0, 0, 0, 0, 0]), { pass: 0, fail: 0, skipped: 0 }],
  ['all kinds', `✔ a test called pass 9\n${closing([10, 5, 1, 2, 2])}\nℹ todo 0\n`, { pass: 5, fail: 3, skipped: 2 }],
  ['those of a test within come first', `${closing([1, 1, 0, 0, 0])}\nmore\n${closing([3, 2, 1, 0, 0])}`, { pass: 2, fail: 1, skipped: 0 }],
]
for (const [name, output, counts] of outputs) test(`counts of ${name}`, () => { assert.deepEqual(countsIn(output), counts) })

const passed: Verdict = { name: 'a direct', version: '1', outcome: 'passed', counts: { pass: 3, fail: 0, skipped: 2 }, seconds: 4.4 }
const failed: Verdict = { name: 'b', version: '22', outcome: 'failed', reason: 'it does not answer' }
const skipped: Verdict = { name: 'c', version: '3', outcome: 'skipped', reason: 'Go is not installed' }

const endings: [name: string, verdicts: readonly Verdict[], code: number][] = [
  ['none', [], 0], ['all skipped', [skipped], 0], ['passed', [passed, skipped], 0], ['one failed', [passed, failed, skipped], 1],
]
for (const [name, verdicts, code] of endings) test(`the exit code of ${name} is ${code}`, () => { assert.equal(exitCode(verdicts), code) })

const all = (server: string, outcome: Verdict['outcome'] = 'passed'): Verdict[] => ['direct', 'undici'].map((transport) => ({ name: `${server} ${transport}`, version: '1', outcome: transport === 'undici' ? outcome : 'passed' }))
const enoughRows: [name: string, verdicts: readonly Verdict[], code: number][] = [
  ['none failed', [...all('a'), skipped], 0], ['two passed', [...all('a'), ...all('b'), ...all('c', 'failed')], 0],
  ['one passed, one through one transport only', [...all('a'), ...all('b', 'failed')], 1], ['one passed, one was skipped', [...all('a'), skipped, failed], 1],
]
for (const [name, verdicts, code] of enoughRows) test(`where two are enough the exit code of ${name} is ${code}`, () => { assert.equal(exitCode(verdicts, 2), code) })

test('the table has a line per server', () => {
  const gap = ' '.repeat(29 + 2 + 3 + 2)
  assert.equal(table([passed, failed, skipped]), `a direct  1   PASSED   3 passed, 0 failed, 2 skipped  4 s\nb         22  FAILED   ${gap}it does not answer\nc         3   SKIPPED  ${gap}Go is not installed\n`)
})
test('the total is one line of a form that test runners have', () => { assert.equal(total([passed, passed, skipped]), 'interop: 6 passed, 0 failed, 4 skipped\n') })
