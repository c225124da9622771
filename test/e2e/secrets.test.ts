// Whatever a run says or writes, however it ends: no secret is in it.

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { startServer, type RunningServer } from '../../src/server/server.ts'
import { dlio, temporaryFolder, type CliResult } from '../support/cli.ts'
import { startProxy, type RunningProxy } from '../support/proxy.ts'

const credentials = { accessKeyId: 'AKIAHIDINGPLACE00001', secretAccessKey: 'hidden-secret/+0123456789', sessionToken: 'hidden-token//==0123456789' }
const proxyLogin = 'proxyuser:hidden-password'
/** Anything of these in an output is a leak; the access key is no secret, but is shown by its first letters only. */
const secrets = [credentials.secretAccessKey, credentials.sessionToken, 'hidden-', Buffer.from(proxyLogin).toString('base64'), encodeURIComponent(credentials.secretAccessKey), encodeURIComponent(credentials.sessionToken), credentials.accessKeyId.slice(8)]

let server: RunningServer
let proxy: RunningProxy
let refusing: RunningProxy
before(async () => {
  server = await startServer({ buckets: ['data'], credentials: [credentials] })
  proxy = await startProxy({ known: { 'store.test': server.endpoint } })
  refusing = await startProxy({ refuse: 407 })
})
after(async () => {
  await Promise.all([proxy.close(), refusing.close()])
  await server.close()
})

const withLogin = (address: string): string => address.replace('://', `://${proxyLogin}@`)

/** Everything below the folder, by name. */
async function filesBelow(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return new Map(await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file, 'latin1')] as const)))
}

async function assertNoSecret({ stdout, stderr }: CliResult, folder: string): Promise<Map<string, string>> {
  const files = await filesBelow(folder)
  for (const [name, text] of [['stdout', stdout], ['stderr', stderr], ...files] as const) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `${name} has ${secret}:\n${text}`)
  }
  return files
}

const inEnvironment = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_SESSION_TOKEN: credentials.sessionToken }
const onCommandLine = [`++workload.storage.storage_options.access_key_id=${credentials.accessKeyId}`, `++workload.storage.storage_options.secret_access_key=${credentials.secretAccessKey}`, `++workload.storage.storage_options.session_token=${credentials.sessionToken}`]
const viaProxy = (): string[] => ['--transport', 'undici', '--endpoint-url', 'http://store.test', '--proxy', withLogin(proxy.address)]
const small = ['quickstart', '--generate', '--target', 's3://data/x', '++workload.dataset.num_files_train=8', '++workload.train.epochs=1', '~workload.metric.au', '--verbose', '--threads', '1']

const rows: [name: string, code: number, args: () => string[], env: () => Record<string, string>][] = [
  ['a run with keys in the environment', 0, () => ['--endpoint-url', server.endpoint], () => inEnvironment],
  ['a run with keys on the command line, through a proxy', 0, () => [...viaProxy(), ...onCommandLine], () => ({})],
  ['a run with --json through a proxy of the environment', 0, () => ['--transport', 'undici', '--endpoint-url', 'http://store.test', '--json'], () => ({ ...inEnvironment, HTTP_PROXY: withLogin(proxy.address) })],
  ['the SDK', 0, () => ['--transport', 'sdk', '--endpoint-url', server.endpoint], () => inEnvironment],
  ['a proxy that refuses', 4, () => ['--transport', 'undici', '--endpoint-url', 'http://store.test', '--proxy', withLogin(refusing.address), '--retries', '0', '--json'], () => inEnvironment],
  ['a signature that is refused', 3, () => ['--endpoint-url', server.endpoint, '--json'], () => ({ ...inEnvironment, AWS_SECRET_ACCESS_KEY: `${credentials.secretAccessKey}x` })],
  ['a token that is refused', 3, () => ['--endpoint-url', server.endpoint], () => ({ ...inEnvironment, AWS_SESSION_TOKEN: `${credentials.sessionToken}x` })],
  ['a token that is refused, by the SDK', 3, () => ['--transport', 'sdk', '--endpoint-url', server.endpoint], () => ({ ...inEnvironment, AWS_SESSION_TOKEN: `${credentials.sessionToken}x` })],
  ['half of a pair', 3, () => ['--endpoint-url', server.endpoint, onCommandLine[1]!], () => ({})],
  ['an endpoint with a password', 2, () => ['--endpoint-url', 'http://user:hidden-password@127.0.0.1:1'], () => inEnvironment],
  ['endpoints with passwords', 2, () => ['++workload.storage.storage_options.endpoint_url=[http://u:hidden-password@a,http://u:hidden-password@b]'], () => inEnvironment],
  ['a proxy that is none', 2, () => ['--transport', 'undici', '--endpoint-url', 'http://store.test', '--proxy', 'socks://u:hidden-password@h'], () => inEnvironment],
  ['a bucket that is not there', 4, () => ['--endpoint-url', server.endpoint, '--target', 's3://absent/x', ...onCommandLine], () => ({})],
  ['an override that does not fit', 2, () => ['--endpoint-url', server.endpoint, ...onCommandLine, '++workload.storage.storage_options.secret_access_key={a: hidden-secret}'], () => ({})],
]
for (const [name, code, args, env] of rows) {
  test(name, async (context) => {
    const folder = await temporaryFolder(context)
    const result = await dlio(['run', ...small, '--out', path.join(folder, 'out'), ...args()], { env: env() })
    assert.equal(result.code, code, result.stderr)
    const files = await assertNoSecret(result, folder)
    if (code === 0) for (const file of ['out/result.json', 'out/events.jsonl', 'out/report.txt', 'out/.hydra/config.yaml', 'out/.hydra/overrides.yaml']) assert.ok(files.get(file), file)
  })
}

test('a YAML file with secrets in it works, and each is warned of with its line', async (context) => {
  const folder = await temporaryFolder(context)
  const file = path.join(folder, 'own.yaml')
  const text = `storage:\n  storage_options:\n    endpoint_url: ${server.endpoint}\n    access_key_id: ${credentials.accessKeyId}\n    secret_access_key: ${credentials.secretAccessKey}\n    session_token: ${credentials.sessionToken}\n`
  await writeFile(file, text)
  const out = path.join(folder, 'out')
  const result = await dlio(['run', ...small, '--config', file, '--out', out])
  assert.equal(result.code, 0, result.stderr)
  for (const [line, key] of [[4, 'access_key_id'], [5, 'secret_access_key'], [6, 'session_token']] as const) assert.match(result.stderr, new RegExp(`warning: \\S*own\\.yaml:${line}: storage\\.storage_options\\.${key} is a secret in a file`))
  await assertNoSecret(result, out)
})

test('bench', async (context) => {
  const folder = await temporaryFolder(context)
  const common = ['--count', '4', '--objects', '2', '--size', '1KiB', '--concurrency', '2']
  for (const more of [['--json'], []]) {
    const result = await dlio(['bench', 'put', 's3://data/b', ...viaProxy(), ...common, ...more], { env: inEnvironment })
    assert.equal(result.code, 0, result.stderr)
    await assertNoSecret(result, folder)
  }
})

test('the process’s own command line is hidden while it runs', { skip: process.platform === 'linux' ? false : 'only Linux shows it in /proc' }, async (context) => {
  const folder = await temporaryFolder(context)
  let seen = ''
  const result = await dlio(['run', ...small, '++workload.train.computation_time=0.3', '--out', path.join(folder, 'out'), ...viaProxy(), ...onCommandLine], {
    onStderr: (child, stderr) => { if (seen === '' && stderr.includes('warning: ') || stderr.includes('credentials from')) void readFile(`/proc/${child.pid!}/cmdline`, 'latin1').then((text) => { seen ||= text }, () => {}) },
  })
  assert.equal(result.code, 0, result.stderr)
  assert.match(seen, /^dlio-s3 run quickstart .*secret_access_key=\*\*\*/)
  for (const secret of secrets) assert.ok(!seen.includes(secret), seen)
})
