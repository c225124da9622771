// What is published, and what it promises.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import * as library from '../src/index.ts'
import { repoRoot } from './support/root.ts'

interface PackageManifest {
  readonly name: string
  readonly license: string
  readonly engines: Record<string, string>
  readonly bin: Record<string, string>
  readonly exports: Record<string, { types: string; default: string } | string>
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
  readonly scripts: Record<string, string>
}

const manifest = JSON.parse(readFileSync(path.join(repoRoot, 'package.json'), 'utf8')) as PackageManifest

test('the library exports what its users may rely on, and nothing else', () => {
  assert.deepEqual(Object.keys(library).toSorted(), ['Fault', 'isFault', 'listObjects', 'readCsv', 'readHdf5', 'readImage', 'readIndexedBinary', 'readNpy', 'readNpz', 'readParquet', 'readTfrecord', 'run'])
})

test('entry points exist', () => {
  const entry = manifest.exports['.'] as { types: string; default: string }
  for (const file of [manifest.bin['dlio-s3']!, entry.types, entry.default]) assert.ok(existsSync(path.join(repoRoot, file)), file)
})

test('Node 20.19 is enough, the licence is Apache-2.0, and nothing runs at a user\'s install', () => {
  assert.equal(manifest.engines['node'], '>=20.19')
  assert.equal(manifest.license, 'Apache-2.0')
  assert.deepEqual(['preinstall', 'install', 'postinstall'].filter((name) => name in manifest.scripts), [])
})

test('versions are exact, and the lockfile names no host', () => {
  for (const [name, version] of [...Object.entries(manifest.dependencies), ...Object.entries(manifest.devDependencies)]) assert.match(version, /^\d+\.\d+\.\d+$/, name)
  const lock = readFileSync(path.join(repoRoot, 'package-lock.json'), 'utf8')
  assert.doesNotMatch(lock, /"resolved": "http/)
})

test('the tarball has the program, its workloads and configs, and no tests', () => {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { cwd: repoRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], shell: process.platform === 'win32' })
  const [{ files }] = JSON.parse(listing) as [{ files: { path: string }[] }]
  const paths = files.map((file) => file.path)
  for (const needed of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'bin/dlio-s3.js', 'dist/src/cli/main.js', 'dist/src/worker/main.js', 'dist/src/server/thread-main.js', 'dist/src/index.d.ts', 'workloads/quickstart.yaml', 'configs/minio.yaml']) {
    assert.ok(paths.includes(needed), `${needed} is not in the package`)
  }
  assert.deepEqual(paths.filter((name) => /(^|\/)test\//.test(name)), [])
})
