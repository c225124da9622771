// Credentials as a run meets them: none, and such that end while it goes on.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import type { Credentials } from '../../src/storage/index.ts'
import { dlio, resultOf, temporaryFolder } from '../support/cli.ts'

interface Issuer {
  readonly server: RunningServer
  readonly env: Record<string, string>
  /** Key pairs that were given out. */
  readonly issued: () => number
}

/** A store, and a container's credentials endpoint beside it whose keys the store takes for `lifetime` seconds and no longer. After `most` of them it has no more. */
async function startIssuer(context: TestContext, lifetime: number, most = Infinity): Promise<Issuer> {
  const valid: Credentials[] = [{ accessKeyId: 'AKNOBODY', secretAccessKey: 'unused' }]
  const timers = new Set<NodeJS.Timeout>()
  let issued = 0
  const issuer = createServer((_, response) => {
    if (issued >= most) { response.writeHead(500, { 'content-type': 'application/json' }).end('{"Code":"Internal","Message":"the role was removed"}'); return }
    const number = ++issued
    const credentials = { accessKeyId: `AKTURN${number}`, secretAccessKey: `turning-secret-${number}`, sessionToken: `turning-token-${number}` }
    valid.push(credentials)
    const expiry = Date.now() + lifetime * 1000
    timers.add(setTimeout(() => { valid.splice(valid.indexOf(credentials), 1) }, lifetime * 1000))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ AccessKeyId: credentials.accessKeyId, SecretAccessKey: credentials.secretAccessKey, Token: credentials.sessionToken, Expiration: new Date(expiry).toISOString() }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => { issuer.once('listening', resolve) })
  const server = await startServer({ buckets: ['data'], credentials: valid })
  context.after(async () => {
    for (const timer of timers) clearTimeout(timer)
    issuer.closeAllConnections()
    issuer.close()
    await server.close()
  })
  return {
    server, issued: () => issued,
    env: { AWS_ENDPOINT_URL_S3: server.endpoint, AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys` },
  }
}

for (const transport of ['direct', 'sdk']) {
  test(`bench with ${transport} goes on while its keys are renewed, without one failure`, async (context) => {
    const { env, issued } = await startIssuer(context, 2)
    const result = await dlio(['bench', 'get', 's3://data/turning', '--transport', transport, '--duration', '3s', '--size', '64KiB', '--objects', '8', '--concurrency', '4', '--threads', '2', '--retries', '0', '--json'], { env })
    assert.equal(result.code, 0, result.stderr)
    assert.equal(resultOf(result).summary['errors'], 0)
    assert.ok(issued() >= 2, `${issued()} key pairs`)
    assert.match(result.stderr, /credentials from the container's credentials endpoint; they expire at .* and are renewed before/)
    assert.match(result.stderr, /the credentials were renewed and now expire at/)
    assert.doesNotMatch(result.stdout + result.stderr, /turning-(?:secret|token)/)
  })
}

test('a run renews too, and says so with --verbose', async (context) => {
  const { env, issued } = await startIssuer(context, 2)
  const folder = await temporaryFolder(context)
  const result = await dlio(['run', 'quickstart', '--target', 's3://data/turning', '--generate', '--verbose', '--out', path.join(folder, 'out'), '++workload.train.epochs=1', '++workload.train.computation_time=0.2', '--json'], { env })
  assert.equal(result.code, 0, result.stderr)
  assert.equal(resultOf(result).summary['errors'], 0)
  assert.ok(issued() >= 2, `${issued()} key pairs`)
  assert.match(result.stderr, /credentials from the container's credentials endpoint/)
})

for (const command of ['bench', 'run']) {
  test(`${command}: keys that end and cannot be renewed end it with code 3, and both are said`, async (context) => {
    const { env } = await startIssuer(context, 2, 1)
    const args = command === 'bench'
      ? ['bench', 'get', 's3://data/ending', '--duration', '30s', '--size', '4KiB', '--objects', '4', '--concurrency', '2', '--threads', '1', '--json']
      : ['run', 'quickstart', '--target', 's3://data/ending', '--generate', '--out', '-', '++workload.train.epochs=1', '++workload.train.computation_time=1', '--json']
    const begin = performance.now()
    const { code, stdout, stderr } = await dlio(args, { env })
    const seconds = (performance.now() - begin) / 1000
    assert.equal(code, 3, stderr)
    assert.ok(seconds < 25, `${seconds} s`)
    assert.match(stderr, /error: cannot .* answered 403 InvalidAccessKeyId, .*; the credentials expired? at \S+(?: and could not be renewed yet: no credentials there|, and new ones had been asked for but were not there yet)\n {2}to do: log in again/)
    const { status, failure } = JSON.parse(stdout) as { status: string; failure?: { code: string; message: string } }
    assert.equal(status, 'failed')
    assert.match(failure?.message ?? '', /answered 403 .*; the credentials expired? at/)
    assert.doesNotMatch(stdout + stderr, /turning-(?:secret|token)/)
  })
}

test('with nothing configured a run says where it looked, and exits with 3', async (context) => {
  const folder = await temporaryFolder(context)
  const { code, stderr } = await dlio(['run', 'quickstart', '--target', 's3://data/nothing', '--out', '-'], { env: { HOME: folder } })
  assert.equal(code, 3)
  assert.match(stderr, /error: no S3 credentials found\n {2}looked at {3}1 storage_options access_key_id +not set\n/)
  assert.match(stderr, /to do: export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…, or --profile NAME, or --no-sign-request/)
})

test('a metadata service that takes connections and never answers is asked twice, for half a second each', async (context) => {
  const folder = await temporaryFolder(context)
  const times: number[] = []
  let asked = 0
  const silent = net.createServer((socket) => {
    asked++
    times.push(performance.now())
    socket.on('error', () => {}).on('close', () => { times.push(performance.now()) }).resume()
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  context.after(() => silent.close())
  const { code, stderr } = await dlio(['run', 'quickstart', '--target', 's3://data/nothing', '--out', '-'], {
    env: { HOME: folder, AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` },
  })
  assert.equal(code, 3)
  assert.match(stderr, /EC2 metadata http:\S+ +no answer/)
  assert.equal(asked, 2)
  // From the first connection to the end of the last one, which the program does not outlive: not the start of a process on a machine that runs other tests.
  const milliseconds = times.at(-1)! - times[0]!
  assert.ok(milliseconds > 900 && milliseconds < 1900, `${milliseconds} ms`)
})
