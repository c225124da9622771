import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'

function leaves(command: Command, name = command.name()): [name: string, command: Command][] {
  return command.commands.length === 0 ? [[name, command]] : command.commands.flatMap((sub) => leaves(sub, `${name} ${sub.name()}`))
}

for (const [name, command] of leaves(createProgram(() => {}))) {
  test(`the help of ${name} speaks of no flag that it does not have`, () => {
    const own = new Set(command.options.flatMap(({ long }) => long ?? []))
    for (const { flags, description } of command.options) {
      for (const [flag] of description.matchAll(/--[a-z]+(-[a-z]+)*/g)) assert.ok(own.has(flag), `${flags}: ${description}`)
    }
  })
}

test('each bench says what its seed is of', () => {
  const seeds = leaves(createProgram(() => {})).filter(([name]) => name.startsWith('dlio-s3 bench')).map(([name, { options }]) => [name, options.find(({ long }) => long === '--seed')?.description])
  assert.deepEqual(seeds, [['dlio-s3 bench get', 'of content, order and ranges; default: a random one, printed'], ['dlio-s3 bench put', 'of content; default: a random one, printed']])
})
