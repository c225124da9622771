// Who may import whom: the table of docs/architecture.md, held against the text of every source file.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { repoRoot } from './support/root.ts'

/** folder → folders it may import besides itself, and npm packages → files that may import them. */
const layers: Record<string, { imports: readonly string[]; npm: Record<string, readonly string[]> }> = {
  util: { imports: [], npm: { '@node-rs/crc32': ['util/crc.ts'] } },
  workload: { imports: ['util'], npm: { 'js-yaml': ['workload/yaml.ts'], zod: ['workload/zod-schema.ts'] } },
  storage: { imports: ['util'], npm: { '@aws-sdk/client-s3': ['storage/s3-sdk.ts', 'storage/s3/credentials-chain.ts'], '@aws-sdk/lib-storage': ['storage/s3-sdk.ts'], undici: ['storage/s3/undici-lines.ts'] } },
  format: { imports: ['util'], npm: { '@napi-rs/image': ['format/image-pixels.ts'], 'csv-parse': ['format/csv-cells.ts'], h5wasm: ['format/hdf5-library.ts'], 'parquet-wasm': ['format/parquet-decode.ts'], protobufjs: ['format/tf-example.ts'] } },
  dataset: { imports: ['storage', 'format', 'workload', 'util'], npm: {} },
  checkpoint: { imports: ['storage', 'workload', 'util'], npm: {} },
  collective: { imports: ['util'], npm: {} },
  metrics: { imports: ['workload', 'util'], npm: {} },
  loader: { imports: ['dataset', 'workload', 'util'], npm: { piscina: ['loader/pool.ts'] } },
  worker: { imports: ['loader/protocol.ts', 'dataset', 'format', 'storage', 'workload', 'util'], npm: {} },
  train: { imports: ['loader', 'checkpoint', 'collective', 'metrics', 'dataset', 'workload', 'util'], npm: {} },
  bench: { imports: ['storage', 'metrics', 'util'], npm: {} },
  report: { imports: ['metrics', 'workload', 'util'], npm: {} },
  server: { imports: ['util'], npm: {} },
  cli: { imports: ['*'], npm: { commander: ['cli/program.ts'] } },
}

interface Import { readonly file: string; readonly specifier: string }

/** Static, dynamic, re-exported and type-only imports, and `new URL('./x', import.meta.url)`-free: text is enough with verbatimModuleSyntax. */
export function importsOf(file: string, text: string): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const patterns = [/\bfrom\s+'([^']+)'/g, /\bimport\s+'([^']+)'/g, /\bimport\(\s*'([^']+)'\s*\)/g]
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => ({ file, specifier: match[1]! })))
}

export function violationsOf({ file, specifier }: Import): string[] {
  const folder = file.split('/')[0]!
  const layer = layers[folder]
  if (specifier.startsWith('node:')) return []
  if (!specifier.startsWith('.')) {
    const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
    const owners = Object.values(layers).flatMap((each) => each.npm[name] ?? [])
    return owners.includes(file) ? [] : [`${file} imports the package ${name}, which belongs to ${owners.join(' and ') || 'nobody'}`]
  }
  if (!specifier.endsWith('.ts') && !specifier.endsWith('.json')) return [`${file} imports ${specifier} without its ending`]
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier))
  const targetFolder = target.split('/')[0]!
  if (!file.includes('/')) return []
  if (!layer) return [`${file}: the folder ${folder} is not in the table`]
  if (targetFolder === folder || layer.imports.some((allowed) => allowed === '*' || allowed === targetFolder || allowed === target)) return []
  return [`${file} imports ${target}: ${folder} may import ${layer.imports.join(', ') || 'nothing'}`]
}

const sourceRoot = path.join(repoRoot, 'src')
const sourceFiles = readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' }).map((name) => name.split(path.sep).join('/')).filter((name) => name.endsWith('.ts')).toSorted()

test('every file of src imports only what its folder may', () => {
  assert.ok(sourceFiles.length > 50)
  const violations = sourceFiles.flatMap((file) => importsOf(file, readFileSync(path.join(sourceRoot, file), 'utf8')).flatMap(violationsOf))
  assert.deepEqual(violations, [])
})

test('the files that may import a package do import it', () => {
  for (const [name, owners] of Object.values(layers).flatMap((layer) => Object.entries(layer.npm))) {
    for (const owner of owners) {
      const imported = importsOf(owner, readFileSync(path.join(sourceRoot, owner), 'utf8')).some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`))
      assert.ok(imported, `${owner} does not import ${name} any more`)
    }
  }
})

test('every dependency has an importing file and a line in docs/architecture.md', () => {
  const manifest = JSON.parse(readFileSync(path.join(repoRoot, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
  const page = readFileSync(path.join(repoRoot, 'docs', 'architecture.md'), 'utf8')
  const owned = Object.values(layers).flatMap((layer) => Object.keys(layer.npm)).toSorted()
  assert.deepEqual(Object.keys(manifest.dependencies).toSorted(), owned)
  for (const name of owned) assert.ok(page.includes(`| \`${name}\` |`), `docs/architecture.md has no line for ${name}`)
})

test('the folder table of docs/architecture.md is this table', () => {
  const page = readFileSync(path.join(repoRoot, 'docs', 'architecture.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)\/` \| .* \| (.+) \|$/gm)].map(([, folder, imports]) => [folder!, imports!])
  const built = Object.entries(layers).filter(([folder]) => sourceFiles.some((file) => file.startsWith(`${folder}/`)))
  const expected = built.map(([folder, { imports }]) => [folder, imports.filter((name) => name === '*' || name.includes('/') || sourceFiles.some((file) => file.startsWith(`${name}/`))).join(', ').replace('*', 'everything') || '–'])
  assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(expected))
})

const planted: [string, string, boolean][] = [
  ['util/a.ts', "import { b } from '../storage/b.ts'", true],
  ['util/a.ts', "import '../workload/b.ts'", true],
  ['format/a.ts', "import type { ObjectStore } from '../storage/store.ts'", true],
  ['storage/a.ts', "const b = await import('../format/b.ts')", true],
  ['worker/a.ts', "import { x } from '../loader/pool.ts'", true],
  ['worker/a.ts', "import { x } from '../loader/protocol.ts'", false],
  ['dataset/a.ts', "import { x } from 'piscina'", true],
  ['dataset/a.ts', "import { x } from '../storage/store'", true],
  ['dataset/a.ts', "import { x } from '../storage/store.ts'", false],
  ['metrics/a.ts', "export { x } from '../report/text.ts'", true],
  ['cli/a.ts', "import { x } from '../report/text.ts'", false],
]
for (const [file, text, isViolation] of planted) {
  test(`the check ${isViolation ? 'finds' : 'allows'} ${text} in ${file}`, () => {
    assert.equal(importsOf(file, text).flatMap(violationsOf).length > 0, isViolation)
  })
}
