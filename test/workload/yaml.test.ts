import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFault } from '../../src/util/fault.ts'
import { formatInline, formatYaml, parseYaml } from '../../src/workload/yaml.ts'
import type { Tree } from '../../src/workload/tree.ts'

for (const [written, value] of [
  ['', null], ['0', 0], ['~', null], ['null', null], ['Null', null],
  ['true', true], ['True', true], ['TRUE', true], ['yes', true], ['On', true], ['no', false], ['off', false], ['OFF', false],
  ['tRue', 'tRue'], ['constructor', 'constructor'], ['y', 'y'], ['n', 'n'], ['"off"', 'off'], ["'yes'", 'yes'],
  ['1e-3', 0.001], ['1E5', 100_000], ['1e+3', 1000], ['1.5e3', 1500], ['.5', 0.5], ['5.', 5], ['-2.5', -2.5], ['1_000', 1000], ['0x1F', 31], ['012', 10],
  ['.inf', Infinity], ['-.inf', -Infinity], ['inf', 'inf'], ['1e', '1e'], ['e3', 'e3'], ['1.2.3', '1.2.3'],
  ['2024-01-02', '2024-01-02'], ['[1, a]', [1, 'a']], ['{a: off}', { a: false }], ['s3://bucket/a', 's3://bucket/a'],
] as const satisfies readonly (readonly [string, Tree])[]) {
  test(`YAML reads ${written === '' ? 'nothing' : written} as DLIO does`, () => {
    assert.deepEqual(parseYaml(`k: ${written}\n`, 'f').value, { k: value })
  })
}

test('.nan is not a number', () => {
  const { value } = parseYaml('k: .nan', 'f')
  assert.ok(Number.isNaN((value as { k: number }).k))
})

const text = '\uFEFF# c\nbase: &b\n  x: 1\r\n  y: 2e0\nd:\n  <<: *b\n  x: [a, {z: 1}]\nt: *b\n"q k": "v"\n'
for (const [path, key, value, raw] of [
  [['base'], [2, 1], [3, 3], undefined],
  [['base', 'x'], [3, 3], [3, 6], '1'],
  [['d', 'y'], [4, 3], [4, 6], '2e0'], // merged: where the anchor is
  [['d', 'x'], [7, 3], [7, 6], undefined],
  [['d', 'x', '1', 'z'], [7, 11], [7, 14], '1'],
  [['t'], [8, 1], [8, 4], undefined],
  [['t', 'y'], [4, 3], [4, 6], '2e0'],
  [['q k'], [9, 1], [9, 8], undefined], // quotes are part of the place,
] as const) {
  test(`the place of ${path.join('.')}`, () => {
    const document = parseYaml(text, 'f')
    const position = document.position([...path])
    assert.deepEqual([position?.key.line, position?.key.column], key)
    assert.equal(position?.value.line, value[0])
    assert.equal(position?.value.column, value[1])
    assert.equal(position?.raw, raw)
  })
}

test('what is not in the file has no place', () => {
  for (const path of [[], ['x'], ['base', 'z'], ['base', 'x', 'deeper']]) assert.equal(parseYaml(text, 'f').position(path), undefined)
})

const aliases = ['a: &a [1,1,1,1,1,1,1,1,1,1]', ...'bcdef'.split('').map((name, i) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdef'[i]!}`).join(',')}]`)].join('\n')
for (const [name, bad, line, column, message] of [
  ['an unfinished list', 'a: [', 1, 5, /not valid YAML/],
  ['a key twice', 'a: 1\nb: 2\na: 3', 3, 1, /duplicated mapping key/],
  ['a tab', 'a:\n\tb: 1', 2, 1, /tab/],
  ['an unknown alias', 'a: *b', 1, 5, /alias/],
  ['an unknown tag', 'a: !!python/object x', 1, 4, /tag/],
  ['two documents', 'a: 1\n---\nb: 2', 3, 5, /one YAML document/],
  ['aliases that explode', aliases, 1, 1, /aliases expand/],
  ['an alias of itself', 'a: &x [*x]', 1, 1, /aliases expand/],
] as const) {
  test(`${name} is a Fault with its place`, () => {
    assert.throws(() => parseYaml(bad, 'f.yaml'), (error) => {
      assert.ok(isFault(error, 'usage'))
      assert.match(error.message, message)
      assert.equal(error.info.file, 'f.yaml')
      assert.equal(error.info.line, line)
      assert.equal(error.info.column, column)
      return true
    })
  })
}

test('what is written reads back the same', () => {
  const tree: Tree = { a: 'off', b: '1e-3', c: 1e-7, d: ['y', '', null, true], e: { 'f: g': 'x: y', h: '0123' }, m: 'one\ntwo', n: [], o: {} }
  assert.deepEqual(parseYaml(formatYaml(tree), 'f').value, tree)
  for (const [key, value] of Object.entries(tree)) assert.deepEqual(parseYaml(`${key}: ${formatInline(value)}`, 'f').value, { [key]: value })
  assert.ok(!formatInline('one\ntwo').includes('\n'))
})
