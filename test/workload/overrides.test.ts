import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOverrides, type Override } from '../../src/workload/overrides.ts'
import type { Tree } from '../../src/workload/tree.ts'

function valueOf(text: string): Tree | undefined {
  const { overrides, problems } = parseOverrides([`++workload.x=${text}`])
  assert.deepEqual(problems, [])
  return overrides[0]!.value
}

for (const [text, value] of [
  ['', ''], ['  ', ''], ['null', null], ['NULL', null], ['Null', null],
  ['true', true], ['TRUE', true], ['tRuE', true], ['False', false], ['off', 'off'], ['yes', 'yes'],
  ['0', 0], ['3', 3], ['-3', -3], ['+3', 3], ['1_000', 1000], ['0123', '0123'],
  ['1e-3', 0.001], ['1E3', 1000], ['.5', 0.5], ['5.', 5], ['-0.5', -0.5], ['1.5e+2', 150], ['inf', Infinity], ['-INF', -Infinity],
  ['abc', 'abc'], ['a b', 'a b'], [' a b ', 'a b'], ['a-b/c.d:e@f?g', 'a-b/c.d:e@f?g'], ['s3://bucket/pre/fix', 's3://bucket/pre/fix'],
  ['aGVsbG8+/w==', 'aGVsbG8+/w=='], ['1.2.3', '1.2.3'], ['v=1', 'v=1'], ['a\\,b', 'a,b'], ['\\[x\\]', '[x]'], ['a\\ ', 'a'],
  ['"a, [b]"', 'a, [b]'], ["'it\\'s'", "it's"], ['"3"', '3'], ['"null"', 'null'], ['""', ''], ['"c:\\dir\\"', undefined], ['"c:\\dir\\\\"', 'c:\\dir\\'], ["'C:\\x'", 'C:\\x'],
  ['[]', []], ['[ ]', []], ['[1,2]', [1, 2]], ['[ 1 , a b , "c,d" , [null] ]', [1, 'a b', 'c,d', [null]]], ['[s3://b/a]', ['s3://b/a']],
  ['{}', {}], ['{ }', {}], ['{a:1}', { a: 1 }], ['{a: 1, b c: [x], "d:e": {f: off}, 1: true}', { a: 1, 'b c': ['x'], 'd:e': { f: 'off' }, 1: true }],
  ['{u: http://h:9000/x}', { u: 'http://h:9000/x' }],
  ['${a.b}', '${a.b}'], ['x-${a.b}/${oc.env:H,{}}', 'x-${a.b}/${oc.env:H,{}}'], ['[${a}]', ['${a}']],
] as const satisfies readonly (readonly [string, Tree | undefined])[]) {
  if (value === undefined) continue
  test(`the value ${text === '' ? 'nothing' : text}`, () => {
    assert.deepEqual(valueOf(text), value)
  })
}

test('the value nan', () => {
  assert.ok(Number.isNaN(valueOf('NaN')))
})

const parts = ({ action, root, path, value }: Override): unknown[] => [action, root, path.join('.'), value]
for (const [text, ...expected] of [
  ['workload=unet3d_h100', 'set', 'name', '', 'unet3d_h100'],
  ['+workload=a/b.yaml', 'add', 'name', '', 'a/b.yaml'],
  ['workload=7', 'set', 'name', '', '7'],
  ['workload.train.epochs=3', 'set', 'workload', 'train.epochs', 3],
  ['train.epochs=3', 'set', 'workload', 'train.epochs', 3],
  ['framework=pytorch', 'set', 'workload', 'framework', 'pytorch'],
  ['data_reader.batch_size=1', 'set', 'workload', 'data_reader.batch_size', 1],
  ['+workload.a.b=v', 'add', 'workload', 'a.b', 'v'],
  ['++workload.a.b= v', 'force', 'workload', 'a.b', 'v'],
  ['~workload.a', 'delete', 'workload', 'a', undefined],
  ['~workload.a.b=1', 'delete', 'workload', 'a.b', 1],
  ['hydra.run.dir=./x', 'set', 'hydra', 'run.dir', './x'],
  ['++hydra.output_subdir=dlio_config', 'force', 'hydra', 'output_subdir', 'dlio_config'],
  [' ++ train.epochs = 3 ', 'force', 'workload', 'train.epochs', 3],
] as const) {
  test(`the override ${text}`, () => {
    const { overrides, problems } = parseOverrides([text])
    assert.deepEqual(problems, [])
    assert.deepEqual(parts(overrides[0]!), expected)
  })
}

for (const [text, position, message] of [
  ['', 1, /expected a key/],
  ['=3', 1, /expected a key/],
  ['++=3', 3, /expected a key/],
  ['train.epochs', 13, /expected "="/],
  ['++train.epochs', 15, /expected "="/],
  ['train..epochs=3', 7, /empty/],
  ['.train=3', 1, /empty/],
  ['train epochs=3', 6, /cannot hold " "/],
  ['trian.epochs=3', 1, /trian is no section/],
  ['+foo=1', 2, /foo is no section/],
  ['train.epochs=1,2', 15, /expected the end, found ","/],
  ['train.epochs=[1,2', 18, /expected "]", found the end/],
  ['train.epochs=[1,]', 17, /expected a value, found "]"/],
  ['train.epochs={a}', 16, /expected ":", found "}"/],
  ['train.epochs={a:1', 18, /expected "}", found the end/],
  ['train.epochs={a:}', 17, /expected a value, found "}"/],
  ['train.epochs="3', 14, /no end/],
  ['train.epochs="3"x', 17, /expected the end, found "x"/],
  ['train.epochs=a]', 15, /expected the end, found "]"/],
  ['train.epochs=choice(1,2)', 20, /functions and sweeps/],
  ['train.epochs=x${a', 15, /interpolation \$\{ has no end/],
  ['workload=', 1, /name of a workload/],
  ['workload=null', 1, /name of a workload/],
  ['++workload={a: 1}', 3, /name of a workload/],
  ['~workload', 2, /name of a workload/],
] as const) {
  test(`the override ${text === '' ? 'of nothing' : text} is wrong at ${position}`, () => {
    const { overrides, problems } = parseOverrides([text])
    assert.deepEqual(overrides, [])
    assert.match(problems[0]!.message, message)
    assert.equal(problems[0]!.position, position)
  })
}

test('all that cannot be read is told', () => {
  const { overrides, problems } = parseOverrides(['train.epochs=1', 'train', 'x=1'])
  assert.equal(overrides.length, 1)
  assert.deepEqual(problems.map(({ origin }) => origin), [{ kind: 'override', text: 'train', index: 1 }, { kind: 'override', text: 'x=1', index: 2 }])
})

for (const text of [
  '++workload.storage.storage_options.secret_access_key=hunter2',
  'storage.storage_options.session_token="hunter2, hunter2"',
  'storage.storage_options={secret_access_key: hunter2, access_key_id: "hunter2 hunter2"}',
  'storage.storage_options={secret_access_key: "hunter2',
  '++workload.storage.storage_options.secret_acess_key=hunter2',
  '~storage.storage_options.secret_access_key=hunter2',
  'storage.storage_options.endpoint_url=https://me:hunter2@host/',
]) {
  test(`no secret is left in ${text.split('=')[0]!}`, () => {
    const { overrides, problems } = parseOverrides([text])
    const told = JSON.stringify([overrides.map((override) => override.text), problems])
    assert.ok(!told.includes('hunter2'), told)
    assert.ok(told.includes('***'))
  })
}
