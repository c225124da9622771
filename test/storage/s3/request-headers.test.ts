// Headers of a user's: what is taken, and which requests they go with, by all transports.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { startServer, type RunningServer } from '../../../src/server/server.ts'
import { openStore } from '../../../src/storage/index.ts'
import { requestHeaders, type NamedHeaders } from '../../../src/storage/s3/request-headers.ts'
import { isFault } from '../../../src/util/fault.ts'
import { MiB } from '../../../src/util/units.ts'
import { bytesOf, readAll } from '../conformance.ts'
import { specFor } from '../s3-under-test.ts'

const key = Buffer.alloc(32, 7).toString('base64')

describe('requestHeaders', () => {
  const rows: [string, string[], NamedHeaders, unknown][] = [
    ['none', [], {}, undefined],
    ['nobody pays', [], { requesterPays: false }, undefined],
    ['the requester pays', [], { requesterPays: true }, { all: [['x-amz-request-payer', 'requester']], made: [], content: [] }],
    ['a line', ['X-Amz-Request-Payer:  requester '], {}, { all: [['x-amz-request-payer', 'requester']], made: [], content: [] }],
    ['of making', ['x-amz-meta-by: me: and you', 'x-amz-tagging: a=b'], { storageClass: 'GLACIER_IR', serverSideEncryption: 'aws:kms', kmsKeyId: 'k' }, {
      all: [], content: [],
      made: [['x-amz-server-side-encryption', 'aws:kms'], ['x-amz-server-side-encryption-aws-kms-key-id', 'k'], ['x-amz-storage-class', 'GLACIER_IR'], ['x-amz-meta-by', 'me: and you'], ['x-amz-tagging', 'a=b']],
    }],
    ['a key of our own', ['x-amz-expected-bucket-owner: 123456789012'], { sseCustomerKey: key }, {
      all: [['x-amz-expected-bucket-owner', '123456789012']], made: [],
      content: [['x-amz-server-side-encryption-customer-algorithm', 'AES256'], ['x-amz-server-side-encryption-customer-key', key], ['x-amz-server-side-encryption-customer-key-md5', 'ckuYHPSOm0/4uOPNxlDzwA==']],
    }],
  ]
  for (const [name, lines, named, expected] of rows) {
    test(name, () => {
      const found = requestHeaders(lines, named)
      if (named.sseCustomerKey !== undefined) assert.match(found!.content[2]![1], /^[\w+/]{22}==$/)
      assert.deepEqual(found && { ...found, content: found.content.map(([header, value]) => [header, header.endsWith('md5') ? 'ckuYHPSOm0/4uOPNxlDzwA==' : value]) }, expected)
    })
  }
  for (const [lines, named] of [
    [[''], {}], [['x-amz-request-payer'], {}], [['host: evil'], {}], [['authorization: hidden'], {}], [['x-amz-date: 1'], {}], [['x-amz-security-token: hidden'], {}], [['x-amz-checksum-crc32: x'], {}], [['x-amz-copy-source: a'], {}],
    [['x-amz-meta-a:'], {}], [['x-amz-meta-a: hidden\r\nx: y'], {}], [['x-amz-meta-a: hidden\u00e9'], {}], [['x-amz-meta-a: 1', 'x-amz-meta-A: 2'], {}], [['x-amz-storage-class: A'], { storageClass: 'B' }],
    [[], { kmsKeyId: 'k' }], [[], { kmsKeyId: 'k', serverSideEncryption: 'AES256' }], [[], { sseCustomerKey: 'hidden' }], [[], { sseCustomerKey: `${key}=` }], [[], { storageClass: '' }],
  ] as const) {
    test(`${JSON.stringify([lines, named])} is a usage Fault that tells no value`, () => {
      assert.throws(() => requestHeaders(lines, named), (error) => isFault(error, 'usage') && error.hint !== undefined && !error.message.includes('hidden'))
    })
  }
})

describe('which requests they go with', () => {
  let server: RunningServer
  let front: http.Server
  const seen: string[] = []
  before(async () => {
    server = await startServer({ buckets: ['test-bucket'], allowAnonymous: true })
    front = http.createServer((request, response) => {
      const { method = '', url = '', headers } = request
      const sent = [['x-amz-request-payer', 'all'], ['x-amz-storage-class', 'made'], ['x-amz-server-side-encryption-customer-key', 'content']].filter(([name]) => headers[name!] !== undefined).map(([, kind]) => kind)
      const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []
      const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name))
      const what = new URL(url, 'http://x').searchParams
      seen.push(`${method}${what.has('uploads') ? ' uploads' : what.has('partNumber') ? ' part' : what.has('uploadId') ? ' end' : what.has('list-type') ? ' list' : ''}: ${sent.join(' ')}${unsigned.length === 0 ? '' : ` UNSIGNED ${unsigned.join(' ')}`}`)
      // The built-in server takes no such headers: behind this one the request goes without them, and unsigned.
      const plain = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization' && !name.startsWith('x-amz-')))
      const onward = http.request(server.endpoint, { method, path: url, headers: plain }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      })
      request.pipe(onward)
    }).listen(0, '127.0.0.1')
    await once(front, 'listening')
  })
  after(async () => {
    front.closeAllConnections()
    front.close()
    await server.close()
  })
  for (const transport of ['direct', 'undici', 'sdk'] as const) {
    test(`${transport}, all of them signed`, async () => {
      seen.length = 0
      const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
      const headers = requestHeaders([], { requesterPays: true, storageClass: 'STANDARD_IA', sseCustomerKey: key })!
      const store = await openStore({ ...specFor({ ...server, endpoint }, { transport }), headers })
      try {
        await store.write('small', bytesOf(10))
        await readAll(store, 'small', 10)
        await store.head('small')
        for await (const _ of store.list('')) break
        await store.write('large', bytesOf(6 * MiB))
        await store.delete(['small'])
      } finally {
        await store.close()
      }
      assert.deepEqual(seen, [
        'PUT: all made content', 'GET: all content', 'HEAD: all content', 'GET list: all', 'POST uploads: all made content', 'PUT part: all content', 'PUT part: all content', 'POST end: all content', 'HEAD: all content', 'DELETE: all',
      ])
    })
  }
})
