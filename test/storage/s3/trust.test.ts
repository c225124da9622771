import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { trustOf } from '../../../src/storage/s3/address.ts'
import { isFault } from '../../../src/util/fault.ts'
import { dlio } from '../../support/cli.ts'
import { repoRoot } from '../../support/root.ts'

const tlsFile = (name: string): string => path.join(repoRoot, 'test/fixtures/tls', name)

test('files that fit are taken', () => {
  assert.ok(trustOf({ caFile: tlsFile('server-ca.cert.pem') }, {}).ca)
  const { cert, key } = trustOf({ clientCertFile: tlsFile('client.cert.pem'), clientKeyFile: tlsFile('client.key.pem') }, {})
  assert.ok(cert && key)
})

test('a certificate and the key of another are a usage Fault', () => {
  assert.throws(() => trustOf({ clientCertFile: tlsFile('client.cert.pem'), clientKeyFile: tlsFile('localhost.key.pem') }, {}),
    (error) => isFault(error, 'usage') && /client\.cert\.pem and the key \S+localhost\.key\.pem cannot be used: /.test(error.message))
})

test('authorities that are a key, or damaged, are a usage Fault', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'dlio-s3-trust-'))
  try {
    const damaged = path.join(folder, 'damaged.pem')
    await writeFile(damaged, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    for (const caFile of [tlsFile('client.key.pem'), damaged]) {
      assert.throws(() => trustOf({ caFile }, {}), (error) => isFault(error, 'usage') && error.message === `there is no certificate that can be read in ${caFile}`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('authorities that cannot be read, by what names them', () => {
  const missing = path.join(tlsFile('no-such-folder'), 'ca.pem')
  const none = path.join(repoRoot, 'package.json')
  for (const [name, spec, env, message] of [
    ['a spec', { caFile: missing }, {}, `cannot read the certificate authorities in ${missing}`],
    ['--ca-file', { caFile: missing, caFileFrom: '--ca-file' }, {}, `cannot read the certificate authorities in ${missing}, which --ca-file names`],
    ['AWS_CA_BUNDLE, a folder', { caFile: repoRoot, caFileFrom: 'AWS_CA_BUNDLE' }, {}, `cannot read the certificate authorities in ${repoRoot}, which AWS_CA_BUNDLE names`],
    ['AWS_CA_BUNDLE, without certificates', { caFile: none, caFileFrom: 'AWS_CA_BUNDLE' }, {}, `there is no certificate authorities in ${none}, which AWS_CA_BUNDLE names`],
    ['AWS_CA_BUNDLE, a key', { caFile: tlsFile('client.key.pem'), caFileFrom: 'AWS_CA_BUNDLE' }, {}, `there is no certificate that can be read in ${tlsFile('client.key.pem')}, which AWS_CA_BUNDLE names`],
    ['NODE_EXTRA_CA_CERTS', {}, { NODE_EXTRA_CA_CERTS: missing }, `cannot read the certificate authorities in ${missing}, which NODE_EXTRA_CA_CERTS names`],
    ['NODE_EXTRA_CA_CERTS beside --ca-file', { caFile: tlsFile('server-ca.cert.pem'), caFileFrom: '--ca-file' }, { NODE_EXTRA_CA_CERTS: missing }, `cannot read the certificate authorities in ${missing}, which NODE_EXTRA_CA_CERTS names`],
  ] as const) {
    test(name, () => { assert.throws(() => trustOf(spec, env), (error) => isFault(error, 'usage') && error.message === message) })
  }
  test('an empty variable names none', () => { assert.deepEqual(trustOf({}, { NODE_EXTRA_CA_CERTS: '' }), { rejectUnauthorized: true }) })
})

for (const [variable, transport] of [['AWS_CA_BUNDLE', 'direct'], ['AWS_CA_BUNDLE', 'sdk'], ['NODE_EXTRA_CA_CERTS', 'direct'], ['NODE_EXTRA_CA_CERTS', 'undici'], ['NODE_EXTRA_CA_CERTS', 'sdk']] as const) {
  test(`a command names ${variable} when its file is missing, through ${transport}`, async () => {
    const { code, stderr } = await dlio(['bench', 'put', 's3://data/x', '--endpoint-url', 'https://127.0.0.1:1', '--transport', transport, '--retries', '0', '-q'], { env: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', NODE_NO_WARNINGS: '1', [variable]: '/nonexistent/ca.pem' } })
    assert.equal(code, 2, stderr)
    assert.match(stderr, new RegExp(`error: cannot read the certificate authorities in /nonexistent/ca\\.pem, which ${variable} names\n {2}to do: `))
  })
}
