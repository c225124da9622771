// Several endpoints of one store, and TLS, as a user names them.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { dlio, resultOf, temporaryFolder, type CliResult } from '../support/cli.ts'
import { fixture } from '../support/root.ts'

interface Figures { readonly endpoint: string; readonly requests: number; readonly bytes: number; readonly errors: number }
const figuresOf = (result: CliResult): readonly Figures[] => (JSON.parse(result.stdout) as { endpoints: Figures[] }).endpoints

let server: RunningServer
let env: Record<string, string>
const closing: (() => void)[] = []

/** Another way to the server, over TLS when there are options. */
async function startFront(options?: tls.TlsOptions): Promise<number> {
  const inner = new URL(server.endpoint)
  const sockets = new Set<net.Socket>()
  const pass = (socket: net.Socket): void => {
    const behind = net.connect(Number(inner.port), inner.hostname)
    socket.pipe(behind).pipe(socket)
    for (const each of [socket, behind]) {
      sockets.add(each)
      each.on('error', () => { socket.destroy(); behind.destroy() })
      each.on('close', () => { socket.destroy(); behind.destroy() })
    }
  }
  const front = options ? tls.createServer(options, pass) : net.createServer(pass)
  front.on('tlsClientError', () => {})
  front.listen(0, options ? undefined : '127.0.0.1')
  await once(front, 'listening')
  closing.push(() => { for (const socket of sockets) socket.destroy(); front.close() })
  return (front.address() as AddressInfo).port
}

before(async () => {
  server = await startServer({ buckets: ['data'] })
  env = { AWS_ACCESS_KEY_ID: server.credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey }
})
after(async () => {
  for (const close of closing) close()
  await server.close()
})

test('run spreads its requests over the endpoints of a workload file, in all threads, and says what each did', async (context) => {
  const folder = await temporaryFolder(context)
  const port = await startFront()
  const file = path.join(folder, 'two.yaml')
  await writeFile(file, `storage:\n  storage_options:\n    endpoint_url: [${server.endpoint}, http://127.0.0.1:${port}]\n`)
  const args = ['run', 'quickstart', '--config', file, '--target', 's3://data/two', '--threads', '2', '++workload.train.epochs=1']
  const result = await dlio([...args, '--generate', '--out', '-', '--json'], { env })
  assert.equal(result.code, 0, result.stderr)
  const figures = figuresOf(result)
  assert.deepEqual(figures.map(({ endpoint, errors }) => [endpoint, errors]), [[server.endpoint, 0], [`http://127.0.0.1:${port}`, 0]])
  const { summary } = resultOf(result)
  assert.ok(figures.every(({ requests }) => requests > 40), JSON.stringify(figures))
  // Pages of a listing that are empty are requests, but no calls.
  assert.ok(figures[0]!.requests + figures[1]!.requests >= Number(summary['requests']))
  assert.ok(figures[0]!.bytes + figures[1]!.bytes >= Number(summary['bytes_read']) + Number(summary['bytes_written']))
  const text = await dlio([...args, '--out', '-'], { env })
  assert.match(text.stdout, new RegExp(`Endpoints {2}${server.endpoint}: \\d+ requests · .* · 0 failed\\n {11}http://127.0.0.1:${port}: `))
})

test('bench goes on while one of two endpoints is dead', async () => {
  const closed = net.createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  const result = await dlio(['bench', 'get', 's3://data/dead', '--endpoint-url', `http://127.0.0.1:${port}`, '--endpoint-url', server.endpoint, '--count', '40', '--objects', '4', '--size', '4KiB', '--concurrency', '4', '--threads', '2', '--retries', '0', '--json'], { env })
  assert.equal(result.code, 0, result.stderr)
  assert.equal(resultOf(result).summary['errors'], 0)
  const [dead, alive] = figuresOf(result)
  assert.ok(dead!.errors >= 1 && dead!.bytes === 0)
  assert.ok(alive!.requests >= 40 && alive!.errors === 0)
})

for (const transport of ['undici', 'sdk']) {
  test(`${transport}: requests are spread, and a dead endpoint costs none`, async () => {
    const port = await startFront()
    const dead = await startFront()
    closing.pop()!()
    const urls = [server.endpoint, `http://127.0.0.1:${port}`, `http://127.0.0.1:${dead}`]
    const result = await dlio(['bench', 'get', `s3://data/${transport}`, '--transport', transport, ...urls.flatMap((url) => ['--endpoint-url', url]), '--count', '60', '--objects', '4', '--size', '4KiB', '--concurrency', '4', '--threads', '2', '--retries', '0', '--json'], { env })
    assert.equal(result.code, 0, result.stderr)
    assert.equal(resultOf(result).summary['errors'], 0)
    const [one, two, gone] = figuresOf(result)
    assert.deepEqual([one!.endpoint, two!.endpoint, gone!.endpoint], urls)
    for (const { requests, bytes, errors } of [one!, two!]) assert.ok(requests >= 10 && bytes >= 10 * 4096 && errors === 0, JSON.stringify([one, two]))
    assert.ok(gone!.errors >= 1 && gone!.errors === gone!.requests && gone!.bytes === 0, JSON.stringify(gone))
  })
}

const hasLoopback6 = Object.values(os.networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
test('serve on IPv6, and benches of it through each transport', { skip: hasLoopback6 ? false : 'this machine has no IPv6 loopback' }, async () => {
  const own = { AWS_ACCESS_KEY_ID: 'server-key', AWS_SECRET_ACCESS_KEY: 'server-secret' }
  const serving = await dlio(['serve', '--host', '::1', '--bucket', 'bench'], {
    env: own,
    onStart: async (child) => {
      const said = await new Promise<string>((resolve) => { child.stdout!.once('data', resolve) })
      const [, endpoint = ''] = /^export AWS_ENDPOINT_URL_S3=(http:\/\/\[::1\]:\d+)$/m.exec(said) ?? []
      try {
        for (const transport of ['direct', 'undici', 'sdk']) {
          const result = await dlio(['bench', 'put', 's3://bench/six', '--endpoint-url', endpoint, '--transport', transport, '--count', '8', '--objects', '2', '--size', '1KiB', '--concurrency', '2', '--retries', '0', '--json'], { env: own })
          assert.equal(result.code, 0, `${transport}: ${result.stderr}`)
          assert.equal(resultOf(result).summary['errors'], 0)
        }
      } finally { child.kill('SIGINT') }
    },
  })
  assert.equal(serving.code, 0)
})

test('a range of ports, and all addresses of a name', async () => {
  const { port } = new URL(server.endpoint)
  const common = ['--count', '8', '--objects', '2', '--size', '1KiB', '--concurrency', '2', '--retries', '2', '--json']
  const range = await dlio(['bench', 'put', 's3://data/range', '--endpoint-url', `http://127.0.0.{1...2}:${port}`, ...common], { env })
  assert.equal(range.code, 0, range.stderr)
  assert.deepEqual(figuresOf(range).map(({ endpoint }) => endpoint), [`http://127.0.0.1:${port}`, `http://127.0.0.2:${port}`])
  const all = await dlio(['bench', 'put', 's3://data/all', '--endpoint-url', `http://localhost:${port}`, '--all-addresses', ...common], { env })
  assert.equal(all.code, 0, all.stderr)
  const figures = figuresOf(all)
  assert.ok(figures.some(({ endpoint, bytes }) => endpoint === `http://localhost:${port} at 127.0.0.1` && bytes > 0), JSON.stringify(figures))
})

test('--all-addresses needs an endpoint', async () => {
  const { code, stderr } = await dlio(['bench', 'put', 's3://data/x', '--all-addresses'], { env })
  assert.equal(code, 2)
  assert.match(stderr, /--endpoint-url/)
})

const authority = fixture('tls', 'localhost.cert.pem')
const identity = { key: readFileSync(fixture('tls', 'localhost.key.pem')), cert: readFileSync(authority) }

for (const [name, args, more, expected] of [
  ['unknown to all', [], {}, 4],
  ['--ca-file', ['--ca-file', authority], {}, 0],
  ['AWS_CA_BUNDLE', [], { AWS_CA_BUNDLE: authority }, 0],
  ['NODE_EXTRA_CA_CERTS', [], { NODE_EXTRA_CA_CERTS: authority }, 0],
  ['NODE_EXTRA_CA_CERTS beside another authority', ['--ca-file', fixture('tls', 'client-ca.cert.pem')], { NODE_EXTRA_CA_CERTS: authority }, 0],
  ['--insecure, loudly', ['--insecure'], {}, 0],
] as const) {
  test(`an authority of one's own: ${name}`, async () => {
    const port = await startFront(identity)
    const result = await dlio(['bench', 'put', 's3://data/tls', '--endpoint-url', `https://localhost:${port}`, '--count', '4', '--objects', '2', '--size', '1KiB', '--concurrency', '2', '--json', ...args], { env: { ...env, ...more } })
    assert.equal(result.code, expected, result.stderr)
    assert.equal(/warning: --insecure: TLS certificates are NOT checked/.test(result.stderr), args.includes('--insecure' as never))
  })
}

for (const transport of ['direct', 'undici', 'sdk']) {
  test(`${transport}: a client certificate, asked for and shown`, async () => {
    const port = await startFront({ ...identity, requestCert: true, rejectUnauthorized: true, ca: readFileSync(fixture('tls', 'client-ca.cert.pem')) })
    const common = ['bench', 'put', 's3://data/mutual', '--transport', transport, '--endpoint-url', `https://localhost:${port}`, '--ca-file', authority, '--count', '2', '--objects', '2', '--size', '1KiB', '--concurrency', '1', '--retries', '0', '--json']
    const shown = await dlio([...common, '--client-cert', fixture('tls', 'client.cert.pem'), '--client-key', fixture('tls', 'client.key.pem')], { env })
    assert.equal(shown.code, 0, shown.stderr)
    // In TLS 1.3 a client learns of the refusal after the handshake: as an alert, or as a closed connection.
    assert.ok([4, 5].includes((await dlio(common, { env })).code!))
    const half = await dlio([...common, '--client-cert', fixture('tls', 'client.cert.pem')], { env })
    assert.equal(half.code, 2, half.stderr)
    assert.match(half.stderr, /needs both files, and there is no key/)
  })
}
