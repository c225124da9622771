// What is loaded before anybody needs it: the AWS SDK alone takes longer to load than a small run lasts.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { repoRoot } from './support/root.ts'

/** Loaded by `import()` where they are needed, and by nothing else. */
const onDemand = /^(?:@aws-sdk\/|undici$|h5wasm|parquet-wasm|@napi-rs\/image|csv-parse|protobufjs)/

/** Modules that `text` has loaded with it: no types, and no `import()`. */
export function loadedBy(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\bfrom\s+)?'([^']+)'/gm)].map((match) => match[1]!)
}

/** Each package that comes with `root`, and by which way. */
function packagesOf(root: string): Map<string, string> {
  const found = new Map<string, string>()
  const seen = new Set<string>()
  const visit = (file: string, way: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const specifier of loadedBy(readFileSync(path.join(repoRoot, 'src', file), 'utf8'))) {
      if (specifier.startsWith('.')) visit(path.posix.join(path.posix.dirname(file), specifier), `${way} → ${specifier}`)
      else if (!found.has(specifier)) found.set(specifier, way)
    }
  }
  visit(root, root)
  return found
}

const roots = ['cli/main.ts', 'cli/run.ts', 'cli/bench.ts', 'cli/serve.ts', 'worker/main.ts', 'worker/generate-main.ts', 'bench/thread-main.ts', 'storage/index.ts', 'storage/s3/client.ts', 'storage/s3/transport-direct.ts', 'storage/s3/credentials.ts']
for (const root of roots) {
  test(`${root} brings no library that only some need`, () => {
    assert.ok(existsSync(path.join(repoRoot, 'src', root)), 'the file is gone: name its heir')
    const packages = packagesOf(root)
    assert.ok(packages.size > 0, 'nothing was found, not even of Node')
    assert.deepEqual([...packages].filter(([name]) => onDemand.test(name)), [])
  })
}

test('what brings a library is found out, at any depth', () => {
  assert.equal(packagesOf('storage/s3-sdk.ts').has('@aws-sdk/client-s3'), true)
  assert.equal(packagesOf('storage/s3/transport-undici.ts').has('undici'), true)
})

const rows: [text: string, loaded: string[]][] = [
  ['', []],
  ["import a from 'a'", ['a']],
  ["import 'a'", ['a']],
  ["import {\n  a,\n  type B,\n} from './a.ts'\nexport * from './b.ts'", ['./a.ts', './b.ts']],
  ["import type { A } from 'a'\nexport type { B } from 'b'", []],
  ["const { a } = await import('a')", []],
  ["// import 'a'\n/* import 'b' */", []],
]
for (const [text, loaded] of rows) test(`${JSON.stringify(text)} loads ${loaded.join(', ') || 'nothing'}`, () => { assert.deepEqual(loadedBy(text), loaded) })
