// docs/cli.md is the program's own help: UPDATE_GOLDEN=1 writes it anew.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { createProgram } from '../../src/cli/program.ts'
import { repoRoot } from '../support/root.ts'

const file = path.join(repoRoot, 'docs', 'cli.md')

const meanings: Record<keyof typeof exitCodes, string> = {
  ok: 'done, goals met',
  bug: 'a bug in dlio-s3; stderr has the stack',
  usage: 'a flag, the workload, or the data set does not fit; nothing was measured',
  credentials: 'no credentials, or the store refused them',
  target: 'unreachable, no such bucket, not permitted, TLS, clock',
  errors: 'requests failed; data differ, are damaged or not supported',
  goal: 'measured, and `metric.au` was not met (only where the workload or an override sets it)',
  regression: 'reserved: regression confirmed',
  notJudged: 'NOT JUDGED: measured, but not what `metric.au` could be held against',
  deadline: 'reserved: deadline',
  lost: 'reserved: a rank or host was lost',
  interrupted: 'Ctrl-C: partial results are written',
  terminated: 'SIGTERM: partial results are written',
}

function helpOf(command: Command, name: string): string {
  const own = `## \`${name}\`\n\n\`\`\`text\n${command.configureHelp({ helpWidth: 80 }).helpInformation().trimEnd()}\n\`\`\`\n`
  return [own, ...command.commands.map((sub) => helpOf(sub, `${name} ${sub.name()}`))].join('\n')
}

function page(): string {
  const codes = Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCodes]} |`)
  return ['# Commands', '', 'stdout carries the answer, stderr everything else. `--json` prints one document.', '', helpOf(createProgram(() => {}), 'dlio-s3'),
    '## Exit codes', '', '| code | meaning |', '| --- | --- |', ...codes, ''].join('\n')
}

test('docs/cli.md is what --help prints', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, page())
  assert.equal(readFileSync(file, 'utf8'), page())
})

test('exit codes are what the contract says', () => {
  assert.deepEqual(exitCodes, { ok: 0, bug: 1, usage: 2, credentials: 3, target: 4, errors: 5, goal: 6, regression: 7, notJudged: 8, deadline: 9, lost: 10, interrupted: 130, terminated: 143 })
})
