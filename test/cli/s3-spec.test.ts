import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Embedded } from '../../src/cli/embedded.ts'
import { embeddedSpec, resolveS3 } from '../../src/cli/s3-spec.ts'
import { isFault } from '../../src/util/fault.ts'
import type { StorageOptions } from '../../src/workload/schema.ts'

const key = ['x-amz-server-side-encryption-customer-key: aGlkZGVu']
const rows: [endpointUrl: string[], header: string[], isRefused: boolean][] = [
  [['http://store.example:9000'], [], false],
  [['http://store.example:9000'], ['x-amz-request-payer: requester'], false],
  [['http://store.example:9000'], key, true],
  [['store.example'], key, true],
  [['https://a.example', 'http://b.example'], key, true],
  [['http://localhost.example'], key, true],
  [['https://store.example'], key, false],
  [['http://127.0.0.1:9000'], key, false],
  [['http://localhost'], key, false],
  [['http://[::1]:9000'], key, false],
]
for (const [endpointUrl, header, isRefused] of rows) {
  test(`${header.length === 0 ? 'no header' : header[0]!.split(':')[0]} to ${endpointUrl.join(' and ')} is ${isRefused ? 'refused' : 'taken'}`, async () => {
    const resolving = resolveS3('bucket', { transport: 'direct', endpointUrl, header, signRequest: false })
    if (!isRefused) { await resolving; return }
    await assert.rejects(resolving, (error) => isFault(error, 'usage') && /would go to "\S+" in clear/.test(error.message) && !error.message.includes('aGlkZGVu'))
  })
}

for (const [flag, option, total] of [[undefined, undefined, undefined], [undefined, 2.5, 2500], [90, 2.5, 90_000], [0, 2.5, undefined], [undefined, 0, undefined]] as const) {
  test(`--request-timeout ${flag} over request_timeout ${option} is a limit of ${total} ms`, () => {
    const flags = { transport: 'direct' as const, ...(flag === undefined ? {} : { requestTimeout: flag }) }
    const options = option === undefined ? undefined : { requestTimeout: option } as StorageOptions
    assert.equal(embeddedSpec({ bucket: 'b', region: 'r', endpoint: 'http://127.0.0.1:9', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } } as Embedded, flags, options).timeouts.total, total)
  })
}
