// The surface: keys, their defaults, the JSON Schema, the reference page.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { workloadReference } from '../../src/workload/reference.ts'
import { entries, ignoredKeys, isKnownKey, mapPaths, sections } from '../../src/workload/table.ts'
import { valueAt, type Tree } from '../../src/workload/tree.ts'
import { workloadJsonSchema } from '../../src/workload/json-schema.ts'
import { fixture, repoRoot } from '../support/root.ts'
import { load } from './support.ts'

const updating = process.env['UPDATE_GOLDEN'] === '1'

async function pinned(file: string, text: string): Promise<void> {
  if (updating) await writeFile(file, text)
  assert.equal(text, await readFile(file, 'utf8'), `${path.relative(repoRoot, file)} differs: UPDATE_GOLDEN=1 rewrites it`)
}

interface Node { readonly type?: string; readonly properties?: Readonly<Record<string, Node>>; readonly anyOf?: readonly Node[]; readonly default?: unknown; readonly description?: string; readonly additionalProperties?: unknown }

function* schemaKeys(node: Node, above = ''): Generator<string> {
  const properties = node.properties ?? node.anyOf?.find((one) => one.properties && above !== '' && mapPaths.has(above.slice(0, -1)))?.properties
  for (const [name, below] of Object.entries(properties ?? {})) {
    yield above + name
    yield* schemaKeys(below, `${above}${name}.`)
  }
}

test('the keys of the JSON Schema are pinned', async () => {
  await pinned(fixture('workload', 'schema-keys.txt'), `${[...schemaKeys(workloadJsonSchema())].join('\n')}\n`)
})

test('the JSON Schema is draft-07, closed, described, with defaults', () => {
  const schema: Node & { readonly $schema?: string } = workloadJsonSchema()
  assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#')
  assert.equal(schema.additionalProperties, false)
  const dataset = schema.properties?.['dataset']?.properties
  assert.deepEqual(dataset?.['num_files_train'], { type: 'integer', minimum: 0, default: 8, description: 'Files of the training set.' })
  assert.equal(dataset?.['format']?.default, 'tfrecord')
  assert.ok(JSON.stringify(schema).length > 10_000)
})

test('docs/workload-file.md is what the table says', async () => {
  await pinned(path.join(repoRoot, 'docs', 'workload-file.md'), workloadReference())
})

test('every key is described once, and every default is a value of its key', async () => {
  assert.equal(new Set(entries.map((entry) => entry.path)).size, entries.length)
  const { workload } = await load('')
  for (const entry of entries) {
    assert.match(entry.doc, /^\S.*\.$/, entry.path)
    assert.equal(entry.why !== undefined, entry.status === 'inert' || entry.status === 'unsupported', entry.path)
    assert.ok(isKnownKey(entry.path))
    if (entry.path.startsWith('checkpoint.ksm.')) continue
    const value = valueAt(workload as unknown as Tree, entry.property)
    if (entry.path !== 'reader.data_loader') assert.deepEqual(value, entry.fallback, entry.path)
    if (value === undefined || entry.kind === 'time') continue
    const words = entry.path.split('.')
    const said = await load(words.map((word, i) => `${'  '.repeat(i)}${word}:`).join('\n') + ` ${JSON.stringify(value)}\n`)
    assert.deepEqual(valueAt(said.workload as unknown as Tree, entry.property), value, entry.path)
    assert.deepEqual(said.warnings, [], entry.path)
  }
})

test('no ignored key is a key', () => {
  for (const key of Object.keys(ignoredKeys)) assert.ok(!isKnownKey(key), key)
})

test('sections are those of DLIO, in its order', () => {
  assert.deepEqual(sections, ['framework', 'workflow', 'model', 'storage', 'dataset', 'reader', 'train', 'evaluation', 'metric', 'output', 'profiling', 'checkpoint'])
})
