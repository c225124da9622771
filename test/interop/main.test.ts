// `npm run interop` where it has nothing to work with, and the programs it runs.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/cli.ts'
import { endpointIn, environmentOf, subjectIn } from './endpoint.ts'
import { run, start, stop } from './program.ts'

const main = fileURLToPath(new URL(`./main${path.extname(import.meta.url)}`, import.meta.url))
const node = process.execPath

test('without Go, Python and clients every server is skipped by name, loudly, and nothing fails', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, output } = await run({ file: node, args: [main], env: { PATH: folder, DLIO_S3_INTEROP_CACHE: path.join(folder, 'cache'), DLIO_S3_TEST_ENDPOINT: '' }, limitSeconds: 60 })
  assert.equal(code, 0, output)
  for (const line of ['minio is skipped: Go is not installed', 'versitygw is skipped: Go is not installed', 'moto is skipped: Python is not installed', 'NOTHING WAS TESTED', 'interop: 0 passed, 0 failed, 0 skipped']) assert.ok(output.includes(line), `${line}: ${output}`)
  assert.ok(!existsSync(path.join(folder, 'cache')))
})
test('a name that is none of the servers\' is told', async () => {
  const { code, output } = await run({ file: node, args: [main, 'minnio'], limitSeconds: 60 })
  assert.equal(code, 2)
  assert.match(output, /"minnio" is none of minio, versitygw, moto, clients/)
})
test('a program that does not end is ended at its limit, its children with it', async () => {
  const child = 'console.log(process.pid); setInterval(() => {}, 1000)'
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`
  const { code, isTimedOut, output } = await run({ file: node, args: ['-e', parent], limitSeconds: 2 })
  assert.deepEqual([code, isTimedOut], [null, true])
  // Its output ended, so nobody holds the other end any more: the child is gone.
  assert.match(output, /^\d+\n$/)
})
test('a program that is not there ends with 127', async () => {
  assert.equal((await run({ file: '/nonexistent/program', args: [] })).code, 127)
})
test('a server that is stopped has ended', async () => {
  const server = start({ file: node, args: ['-e', 'setInterval(() => {}, 1000)'] })
  await stop(server)
  assert.equal(await server.ended, null)
})

const endpoint = { endpoint: 'http://127.0.0.1:9000', region: 'eu-west-1', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } }
test('no endpoint is undefined', () => { assert.equal(endpointIn({}), undefined) })
test('an endpoint goes through the environment', () => { assert.deepEqual(endpointIn(environmentOf(endpoint)), endpoint) })
test('an endpoint with a session token goes through the environment', () => {
  const session = { ...endpoint, credentials: { ...endpoint.credentials, sessionToken: 'token' } }
  assert.deepEqual(endpointIn(environmentOf(session)), session)
})
test('an authority and the style of addresses go through the environment', () => {
  const secure = { ...endpoint, caFile: 'ca.pem', isVirtual: true }
  assert.deepEqual(endpointIn(environmentOf(secure)), secure)
  assert.throws(() => endpointIn({ ...environmentOf(endpoint), DLIO_S3_TEST_ADDRESSING: 'neither' }), /path or virtual/)
})
test('the region is us-east-1 where none is named', () => { assert.equal(endpointIn({ ...environmentOf(endpoint), DLIO_S3_TEST_REGION: undefined })?.region, 'us-east-1') })
test('an endpoint without keys is refused', () => { assert.throws(() => endpointIn({ DLIO_S3_TEST_ENDPOINT: 'http://127.0.0.1:9000' }), /DLIO_S3_TEST_ACCESS_KEY/) })
test('all transports, or the one that is named', () => {
  assert.deepEqual(subjectIn({}), { name: 'endpoint', transports: ['direct', 'undici', 'sdk'] })
  assert.deepEqual(subjectIn({ DLIO_S3_TEST_SERVER: 'ours', DLIO_S3_TEST_TRANSPORT: 'sdk' }), { name: 'ours', transports: ['sdk'] })
  assert.throws(() => subjectIn({ DLIO_S3_TEST_TRANSPORT: 'carrier-pigeon' }), /direct, undici, sdk/)
})
