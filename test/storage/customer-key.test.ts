// Refusals for want of a customer's key, or for another one: the key is named as the cause. As S3 and MinIO answer them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStore } from '../../src/storage/index.ts'
import { requestHeaders } from '../../src/storage/s3/request-headers.ts'
import { isFault, type StorageReason } from '../../src/util/fault.ts'
import { errorXml, startRawServer, text } from './s3/raw-server.ts'

const key = Buffer.alloc(32, 7).toString('base64')
const needed = '<Error><Code>InvalidRequest</Code><Message>The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.</Message></Error>'
const bare = (status: string): string => `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`

const rows: readonly (readonly [what: string, method: 'read' | 'head', isSent: boolean, answer: string, reason: StorageReason, hint: RegExp])[] = [
  ['a read with another key', 'read', true, text('403 Forbidden', errorXml('AccessDenied')), 'denied', /^check that storage_options\.sse_customer_key is the one that the object was written with; if it is, the credentials need s3:GetObject/],
  ['a look with another key', 'head', true, bare('403 Forbidden'), 'denied', /sse_customer_key is the one/],
  ['a read of an object that has no such key', 'read', true, text('400 Bad Request', errorXml('InvalidRequest')), 'invalid', /sse_customer_key is the one/],
  ['a read without the key', 'read', false, text('400 Bad Request', needed), 'invalid', /is encrypted with a customer's key: set storage_options\.sse_customer_key/],
  ['a look without the key', 'head', false, bare('400 Bad Request'), 'invalid', /^the session may have expired, or its token not be right: log in again; else the object may be encrypted with a customer's key: set storage_options\.sse_customer_key$/],
  ['a look with a key that is refused without a word', 'head', true, bare('400 Bad Request'), 'invalid', /^the session may have expired, .*: log in again; else check that storage_options\.sse_customer_key is the one/],
  ['a read without a permission', 'read', false, text('403 Forbidden', errorXml('AccessDenied')), 'denied', /^the credentials need s3:GetObject/],
  ['a read of another fault', 'read', false, text('400 Bad Request', errorXml('InvalidRequest')), 'invalid', /may not support this request/],
]
for (const transport of ['direct', 'undici', 'sdk'] as const) {
  for (const [what, method, isSent, answer, reason, hint] of rows) {
    test(`${what} through ${transport}`, async () => {
      const server = await startRawServer(({ socket }) => { socket.write(answer) })
      const headers = isSent ? requestHeaders([], { sseCustomerKey: key }) : undefined
      const store = await openStore(server.spec({ transport, ...(headers ? { headers } : {}) }))
      try {
        await assert.rejects(method === 'head' ? store.head('k') : store.read('k', { offset: 0, length: 1 }, new Uint8Array(1)), (error) => {
          assert.ok(isFault(error, 'storage'), String(error))
          assert.equal(error.info.reason, reason)
          assert.match(error.hint!, hint)
          assert.ok(!JSON.stringify([error.message, error.hint, error.info]).includes(key))
          return true
        })
      } finally {
        await store.close()
        await server.close()
      }
    })
  }
}
