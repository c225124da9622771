// What signatures cover, as the transport gets it.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { S3Spec } from '../../../src/storage/index.ts'
import { S3Requests } from '../../../src/storage/s3/requests.ts'
import { specFor } from '../s3-under-test.ts'

const unsigned = 'UNSIGNED-PAYLOAD'
const body = Buffer.from('body')
const hash = createHash('sha256').update(body).digest('hex')

async function signedAs(endpoint: string, more: Partial<S3Spec>, request: { body?: Uint8Array; isBodySigned?: boolean }): Promise<string | undefined> {
  let said: string | undefined
  const spec = specFor({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } }, more)
  const requests = new S3Requests(spec, () => ({
    run: async ({ headers }) => {
      said = headers.find(([name]) => name === 'x-amz-content-sha256')?.[1]
      return { head: { status: 200, minorVersion: 1, headers: new Map() }, body: new Uint8Array(0), firstByte: 0 }
    },
    close: () => {},
  }))
  await requests.send({ operation: 'write', method: 'PUT', key: 'key', ...request }, undefined)
  return said
}

const rows: [string, NonNullable<S3Spec['payloadSigning']> | undefined, { body?: Uint8Array; isBodySigned?: boolean }, string][] = [
  ['http://h', undefined, {}, unsigned], ['https://h', undefined, {}, unsigned], ['https://h', 'always', {}, unsigned],
  ['http://h', undefined, { body }, hash], ['http://h', 'auto', { body }, hash], ['http://h', 'always', { body }, hash], ['http://h', 'never', { body }, unsigned],
  ['https://h', undefined, { body }, unsigned], ['https://h', 'auto', { body }, unsigned], ['https://h', 'always', { body }, hash], ['https://h', 'never', { body }, unsigned],
  ['https://h', 'never', { body, isBodySigned: true }, hash],
]
for (const [endpoint, payloadSigning, request, expected] of rows) {
  test(`${endpoint}, signing ${payloadSigning ?? 'unset'}, ${request.body ? 'a body' : 'no body'}${request.isBodySigned ? ' that must be signed' : ''}: ${expected.slice(0, 8)}`, async () => {
    assert.equal(await signedAs(endpoint, payloadSigning ? { payloadSigning } : {}, request), expected)
  })
}

test('without credentials nothing is said', async () => {
  assert.equal(await signedAs('http://h', { credentials: undefined as never }, { body }), undefined)
})
