import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { trustOf } from '../../../src/storage/s3/address.ts'
import { isFault } from '../../../src/util/fault.ts'
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
