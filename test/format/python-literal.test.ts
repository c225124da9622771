import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LiteralError, parseLiteral } from '../../src/format/python-literal.ts'

const tuple = (...items: unknown[]): unknown => ({ kind: 'tuple', items })
const list = (...items: unknown[]): unknown => ({ kind: 'list', items })
const dict = (entries: Record<string, unknown>): unknown => ({ kind: 'dict', entries: new Map(Object.entries(entries)) })

for (const [text, value] of [
  ['0', 0],
  [' 12L\n', 12],
  ['-3', -3],
  ['True', true],
  ['False', false],
  ['None', null],
  ["''", ''],
  ["'a\\'b'", "a'b"],
  ['"a\\\\"', 'a\\'],
  ["u'\\u00e9\\x41'", 'éA'],
  ["b'x'", 'x'],
  ["'grüßα'", 'grüßα'],
  ['()', tuple()],
  ['(1)', 1],
  ['(1,)', tuple(1)],
  ['(2, 3L, )', tuple(2, 3)],
  ['[]', list()],
  ["[('a', '<i4'), ('b', '<f4', (2,))]", list(tuple('a', '<i4'), tuple('b', '<f4', tuple(2)))],
  ['{}', dict({})],
  ["{'a': 1, 'b': (), }", dict({ a: 1, b: tuple() })],
  ["{'a': 1,\n 'a': 2}", dict({ a: 2 })],
] as const) {
  test(`${JSON.stringify(text)} is a literal`, () => { assert.deepEqual(parseLiteral(text), value) })
}

for (const text of [
  '', ' ', '1 2', '1.5', '1e3', '0x10', '12LL', '1 + 1', 'x', 'true', "__import__('os')", "'a", "'a\nb'", "'\\q'", "'\\x4'", "'\\U00110000'", "'a' 'b'",
  '(', '(1', '(1 2)', '(,)', '(1,,)', '[1,,]', '[', '[1)', '{', "{'a'}", "{'a': }", "{'a': 1 'b': 2}", '{1: 2}', '{(): 1}', ')', '(1))', `${'('.repeat(40)}${')'.repeat(40)}`, '{'.repeat(100_000),
]) {
  test(`${JSON.stringify(text.slice(0, 30))} is none`, () => { assert.throws(() => parseLiteral(text), LiteralError) })
}
