// What goes wrong outside, as a user meets it: one message with what, why and what to do; the code; no stack trace.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../src/storage/index.ts'
import { dlio, resultOf, temporaryFolder, type CliResult } from '../support/cli.ts'
import { startProxy } from '../support/proxy.ts'
import { serve } from '../support/served.ts'

const { server, env, spec } = await serve('data', 'empty')

function assertFault(result: CliResult, code: number, ...patterns: RegExp[]): void {
  assert.equal(result.code, code, `${result.stderr}\n${result.stdout}`)
  for (const pattern of patterns) assert.match(result.stderr, pattern)
  assert.match(result.stderr, /error: /)
  assert.match(result.stderr, /to do: /)
  assert.doesNotMatch(result.stderr, /^\s+at .*:\d+:\d+/m, 'a stack trace')
}

const small = ['quickstart', '++workload.dataset.num_files_train=4', '++workload.train.epochs=1', '~workload.metric.au']

test('no credentials', async (t) => {
  const result = await dlio(['run', ...small, '--target', 's3://data/x'], { cwd: await temporaryFolder(t), env: { AWS_ENDPOINT_URL_S3: server.endpoint, HOME: '/nonexistent' } })
  assertFault(result, 3, /credentials/, /AWS_ACCESS_KEY_ID/)
})

test('credentials that the store refuses', async (t) => {
  const result = await dlio(['run', ...small, '--target', 's3://data/x'], { cwd: await temporaryFolder(t), env: { ...env, AWS_SECRET_ACCESS_KEY: 'wrong-secret' } })
  assertFault(result, 3)
  assert.ok(!result.stderr.includes('wrong-secret') && !result.stdout.includes('wrong-secret'))
})

test('a request that is denied', async (t) => {
  const result = await dlio(['run', ...small, '--target', 's3://data/x', '--no-sign-request'], { cwd: await temporaryFolder(t), env })
  assertFault(result, 4, /AccessDenied|denied/)
})

test('an endpoint that nobody listens on', async (t) => {
  const result = await dlio(['run', ...small, '--target', 's3://data/x', '--endpoint-url', 'http://127.0.0.1:1', '--retries', '0'], { cwd: await temporaryFolder(t), env })
  assertFault(result, 4, /127\.0\.0\.1:1/)
})

for (const transport of ['direct', 'undici', 'sdk']) {
  test(`an HTTP server that is not S3, with ${transport}`, async (t) => {
    const other = createServer((_, response) => { response.writeHead(404, { 'content-type': 'text/html' }).end('<html><body>not here</body></html>') })
    await once(other.listen(0, '127.0.0.1'), 'listening')
    const { port } = other.address() as AddressInfo
    const result = await dlio(['run', ...small, '--target', 's3://data/x', '--endpoint-url', `http://127.0.0.1:${port}`, '--transport', transport], { cwd: await temporaryFolder(t), env })
    other.close()
    assertFault(result, 4, /S3/)
    assert.doesNotMatch(result.stderr, /--create-bucket/)
  })
}

for (const address of ['http://user:hidden@127.0.0.1:9', 'user:hidden@127.0.0.1:9']) {
  test(`a proxy for a transport that knows none: ${address}`, async (t) => {
    const result = await dlio(['run', ...small, '--target', 's3://data/x', '--proxy', address, '--json'], { cwd: await temporaryFolder(t), env })
    assertFault(result, 2, /--proxy does not go with --transport direct/, /--transport undici/)
    assert.doesNotMatch(result.stdout + result.stderr, /hidden/)
  })
}

test('all threads go through the proxy, and its password is not told', async (t) => {
  const proxy = await startProxy()
  const address = proxy.address.replace('://', '://user:hidden@')
  const result = await dlio(['run', ...small, '--target', 's3://data/proxied', '--transport', 'undici', '--proxy', address, '--json'], { cwd: await temporaryFolder(t), env })
  await proxy.close()
  assert.equal(result.code, 0, result.stderr)
  const { summary } = resultOf(result)
  assert.ok(proxy.asked.length >= Number(summary['objects_read']) + Number(summary['objects_written']), `${proxy.asked.length} requests`)
  assert.doesNotMatch(result.stdout + result.stderr, /hidden/)
})

test('HTTPS to a port that speaks HTTP', async (t) => {
  const result = await dlio(['run', ...small, '--target', 's3://data/x', '--endpoint-url', server.endpoint.replace('http:', 'https:'), '--retries', '0'], { cwd: await temporaryFolder(t), env })
  assertFault(result, 4, /http:\/\//)
  assert.doesNotMatch(result.stderr, /deps\/openssl/)
})

test('no such bucket, and the bucket that --create-bucket makes', async (t) => {
  assertFault(await dlio(['run', ...small, '--target', 's3://absent/x'], { cwd: await temporaryFolder(t), env }), 4, /absent/, /--create-bucket/)
  const made = await dlio(['run', ...small, '--target', 's3://made-by-us/x', '--create-bucket', '--json'], { cwd: await temporaryFolder(t), env })
  assert.equal(made.code, 0, made.stderr)
})

test('an empty prefix', async (t) => {
  const result = await dlio(['run', ...small, '--target', 's3://empty/nothing', '--skip-generate'], { cwd: await temporaryFolder(t), env })
  assertFault(result, 2, /nothing/, /0 of 4 files/, /generate_data=True/)
})

test('bad YAML, a misspelt key, and a wrong value are told with their places, all at once', async (t) => {
  const cwd = await temporaryFolder(t)
  await writeFile(path.join(cwd, 'broken.yaml'), 'dataset:\n  format: [npz\n')
  assertFault(await dlio(['run', 'broken.yaml', '--embedded'], { cwd }), 2, /broken\.yaml:\d+:\d+/)
  await writeFile(path.join(cwd, 'wrong.yaml'), 'dataset:\n  format: npzz\n  num_files_train: many\n')
  const wrong = await dlio(['validate', 'wrong.yaml'], { cwd })
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /wrong\.yaml:2:\d+.*npz/)
  assert.match(wrong.stderr, /wrong\.yaml:3:\d+/)
  await writeFile(path.join(cwd, 'misspelt.yaml'), 'dataset:\n  num_file_train: 4\n')
  const misspelt = await dlio(['validate', 'misspelt.yaml'], { cwd })
  assert.equal(misspelt.code, 0)
  assert.match(misspelt.stderr, /misspelt\.yaml:2.*num_files_train/)
  assert.equal((await dlio(['validate', 'misspelt.yaml', '--strict'], { cwd })).code, 2)
})

test('a format that this version cannot read', async (t) => {
  const result = await dlio(['run', 'quickstart', '++workload.dataset.format=hdf5_opt', '--embedded'], { cwd: await temporaryFolder(t) })
  assertFault(result, 2, /hdf5_opt/, /set hdf5/)
})

test('a data set that does not fit the built-in server', async (t) => {
  const result = await dlio(['run', 'unet3d_h100', '--embedded', '++workload.dataset.num_files_train=100000'], { cwd: await temporaryFolder(t) })
  assertFault(result, 2, /free memory/, /--embedded-dir/)
})

test('a corrupt file ends the run with code 5, names the object, and the result says failed', async (t) => {
  const cwd = await temporaryFolder(t)
  const args = ['run', ...small, '--target', 's3://data/corrupt']
  assert.equal((await dlio(args, { cwd, env })).code, 0)
  const store = await openStore(spec)
  const key = 'corrupt/train/img_2_of_4.npz'
  const { size } = await store.head(key)
  const bytes = new Uint8Array(size)
  await store.read(key, { offset: 0, length: size }, bytes)
  bytes[size - 1000]! ^= 1
  await store.write(key, bytes)
  await store.close()
  const result = await dlio([...args, '--json', '--out', path.join(cwd, 'out')], { cwd, env })
  assertFault(result, 5, /img_2_of_4\.npz/, /CRC/i)
  const document = resultOf(result)
  assert.equal(document.status, 'failed')
  assert.equal(document.failure?.code, 'format')
  assert.equal((JSON.parse(await readFile(path.join(cwd, 'out', 'result.json'), 'utf8')) as { status: string }).status, 'failed')
  assert.ok(!(await readdir(path.join(cwd, 'out'))).includes('summary.json'), 'a partial result must not look like a whole one')
})

test('objects that are not ours are not touched', async (t) => {
  const cwd = await temporaryFolder(t)
  const store = await openStore(spec)
  await store.write('foreign/train/img_1_of_4.npz', Buffer.from('somebody else\'s'))
  const result = await dlio(['run', ...small, '--target', 's3://data/foreign'], { cwd, env })
  assertFault(result, 2, /foreign/, /--adopt/)
  const keys: string[] = []
  for await (const page of store.list('foreign/')) keys.push(...page.map((meta) => meta.key))
  assert.deepEqual(keys, ['foreign/train/img_1_of_4.npz'])
  await store.close()
})

for (const [args, pattern] of [
  [['frobnicate'], /unknown command/],
  [['run', 'quickstart', '--frobnicate'], /unknown option/],
  [['run', 'quikstart', '--embedded'], /quickstart/],
  [['run', 'quickstart', '--embedded', '--accelerators', '0'], /at least 1/],
  [['run', 'quickstart', '--embedded', '--target', 's3://a/b'], /--target/],
  [['run', 'quickstart', '--target', 'bucket/prefix'], /s3:\/\/bucket\/prefix/],
  [['run', 'quickstart', '--embedded', '--generate', '--skip-generate'], /cannot be used with/],
  [['run'], /which workload/],
  [['run', 'quickstart', '--embedded', '++workload.reader.batch_size=100'], /not one step/],
  [['run', 'quickstart', '--embedded', '++workload.train.total_training_steps=1000'], /Only have enough data for 16 steps but 1000 wanted/],
  [['validate', 'quickstart', '++workload.reader.batch_size=100'], /not one step/],
  [['validate', 'quickstart', '--accelerators', '65'], /not one step/],
  [['inspect', '/nonexistent/x.npz'], /no file \/nonexistent\/x\.npz/],
  [['inspect', 's3://bucket/', '--format', 'npz', '--no-sign-request'], /names no object/],
  [['inspect', 'x.hdf5_opt'], /hdf5_opt is not supported/],
  [['run', 'quickstart', '--embedded', '++workload.train.epochs=[1'], /epochs/],
  [['schema', 'nothing'], /workload/],
  [['serve', '--port', '99999'], /A port is a whole number from 0 to 65535/],
  [['serve', '--port', '-1'], /A port is a whole number from 0 to 65535/],
  [['serve', '--port', '1.5'], /A port is a whole number from 0 to 65535/],
  [['bench', 'put', '--embedded', '--verify-checksums'], /unknown option '--verify-checksums'/],
  [['bench', 'put', '--embedded', '--part', '6GiB'], /S3 takes no parts above 5 GiB/],
  [['run', 'quickstart', '--embedded', '++workload.storage.storage_options.part_size=6442450944'], /part_size/],
  [['inspect', 'ftp://x/y.npz'], /s3:\/\//],
] as const) {
  test(`${args.join(' ')} is a usage error`, async (t) => {
    const result = await dlio(args, { cwd: await temporaryFolder(t) })
    assert.equal(result.code, 2, result.stderr)
    assert.match(result.stderr, pattern)
    assert.doesNotMatch(result.stderr, /^\s+at .*:\d+:\d+/m)
    const json = await dlio([...args, '--json'], { cwd: await temporaryFolder(t) })
    if (args[0] === 'frobnicate' || args[0] === 'schema') return
    assert.equal(json.code, 2)
    const document = JSON.parse(json.stdout) as { status: string; failure: { code: string } }
    assert.equal(document.status, 'failed')
    assert.ok(['usage', 'dataset'].includes(document.failure.code), document.failure.code)
  })
}
