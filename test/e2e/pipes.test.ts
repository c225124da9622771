// Output whose reader goes away costs neither the run nor its files, and no secret reaches any of them.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { dlio, temporaryFolder } from '../support/cli.ts'
import { repoRoot } from '../support/root.ts'

for (const closed of ['stdout', 'stderr', 'both'] as const) {
  test(`a closed ${closed} on Ctrl-C still leaves a whole partial result`, async (t) => {
    const out = await temporaryFolder(t)
    const child = spawn(process.execPath, [path.join(repoRoot, 'bin', 'dlio-s3.js'), 'run', 'quickstart', '--embedded', '--out', out, '-v', '++workload.train.epochs=1000', '++workload.storage.storage_options.s3_profile=x'], { stdio: ['ignore', 'pipe', 'pipe'] })
    if (closed !== 'stderr') child.stdout.destroy()
    if (closed !== 'stdout') child.stderr.destroy()
    const code = new Promise((resolve) => { child.on('close', resolve) })
    const events = path.join(out, 'events.jsonl')
    while (child.exitCode === null && !(await readFile(events, 'utf8').catch(() => '')).includes('"type":"epoch-end"')) await new Promise((resolve) => { setImmediate(resolve) })
    child.kill('SIGINT')
    assert.equal(await code, 130)
    assert.equal((JSON.parse(await readFile(path.join(out, 'result.json'), 'utf8')) as { status: string }).status, 'interrupted')
  })
}

test('secrets given in every way reach no file and no stream', async (t) => {
  const out = await temporaryFolder(t)
  const secrets = ['hush-override', 'hush,comma', 'hush-url', 'hush-environment']
  const result = await dlio(['run', 'quickstart', '--embedded', '--out', out, '-v',
    '++workload.storage.storage_options.secret_access_key=hush-override', '++workload.storage.storage_options.session_token="hush,comma"'], { env: { AWS_SECRET_ACCESS_KEY: 'hush-environment' } })
  assert.equal(result.code, 0, result.stderr)
  const failing = await dlio(['run', 'quickstart', '--target', 's3://b-b-b/x', '--retries', '0', '--endpoint-url', 'http://user:hush-url@127.0.0.1:1', '--out', path.join(out, 'failing'), '-v'], { env: { AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 'hush-environment' } })
  assert.notEqual(failing.code, 0)
  const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  assert.ok(files.length > 8)
  const texts = [result.stdout, result.stderr, failing.stdout, failing.stderr, ...await Promise.all(files.map((entry) => readFile(path.join(entry.parentPath, entry.name), 'utf8')))]
  for (const secret of secrets) assert.ok(!texts.some((text) => text.includes(secret)), `${secret} was written`)
})
