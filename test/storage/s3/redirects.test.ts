// Whether a redirect is followed: what is secret stays with the store that was named.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { addressOf, addressesOf } from '../../../src/storage/s3/address.ts'
import { createEndpointBoard } from '../../../src/storage/s3/endpoint-board.ts'
import { requestHeaders } from '../../../src/storage/s3/request-headers.ts'
import { followed } from '../../../src/storage/s3/redirects.ts'
import { S3Requests } from '../../../src/storage/s3/requests.ts'
import { isFault, type Fault } from '../../../src/util/fault.ts'
import { partial, startRawServer, text } from './raw-server.ts'
import { specFor } from '../s3-under-test.ts'

const customerKey = Buffer.alloc(32, 7).toString('base64')
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret', sessionToken: 'very-secret-token' }

function specAt(endpoint: string | undefined, more: Partial<S3Spec> = {}): S3Spec {
  const { endpoint: _, ...spec } = specFor({ endpoint: '', region: 'us-east-1', credentials: keys }, { bucket: 'data', ...more })
  return { ...spec, ...(endpoint === undefined ? {} : { endpoint }) }
}

/** Where a request of `spec` that is answered with `location` goes then, or the Fault. */
function led(spec: S3Spec, location: string): { to?: string; path?: string; query?: string; region?: string; fault?: Fault<'storage'> } {
  try {
    const found = followed(location, { from: spec.endpoints ? addressesOf(spec)[0]! : addressOf(spec), spec, context: { operation: 'read', key: 'k', status: 307 } })
    return found ? { to: found.address.origin, path: found.path, ...(found.query === undefined ? {} : { query: found.query }), ...(found.region === undefined ? {} : { region: found.region }) } : {}
  } catch (error) {
    assert.ok(isFault(error, 'storage'), String(error))
    return { fault: error }
  }
}

const { credentials: _, ...unsigned } = specAt('http://lab:9000')
const sseC = requestHeaders([], { sseCustomerKey: customerKey })!
const several: Partial<S3Spec> = { endpoints: { all: [{ url: 'http://lab:9000', ip: '10.0.0.1' }, { url: 'http://lab2:9000' }], board: createEndpointBoard(2) } }

describe('followed', () => {
  const rows: [string, S3Spec, string, ReturnType<typeof led>][] = [
    ['no address', specAt('http://lab:9000'), 'http://[', {}],
    ['no HTTP', specAt('http://lab:9000'), 'ftp://lab/data/k', {}],
    ['a path', specAt('http://lab:9000'), '/x/k', { to: 'http://lab:9000', path: '/x/k' }],
    ['a query, in order', specAt('http://lab:9000'), '/k?pid=x%2By&b=', { to: 'http://lab:9000', path: '/k', query: 'b=&pid=x%2By' }],
    ['another port', specAt('http://lab:9000'), 'http://lab:9001/data/k', { to: 'http://lab:9001', path: '/data/k' }],
    ['to TLS', specAt('http://lab:9000'), 'https://lab/data/k', { to: 'https://lab', path: '/data/k' }],
    ['to the bucket as a host', specAt('http://lab:9000'), 'http://data.lab:9000/k', { to: 'http://data.lab:9000', path: '/k' }],
    ['from the bucket as a host', specAt('http://lab:9000', { addressing: 'virtual' }), 'http://lab:9000/data/k', { to: 'http://lab:9000', path: '/data/k' }],
    ['another endpoint of the store', specAt('http://lab:9000', several), 'http://lab2:7000/data/k', { to: 'http://lab2:7000', path: '/data/k' }],
    ['an endpoint with a chosen address stays at that one', specAt('http://lab:9000', several), 'http://lab:9000/k', { to: 'http://10.0.0.1:9000', path: '/k' }],
    ['a region of AWS', specAt(undefined), 'https://data.s3.eu-west-3.amazonaws.com/k', { to: 'https://data.s3.eu-west-3.amazonaws.com', path: '/k', region: 'eu-west-3' }],
    ['a region of AWS, as it was spelt', specAt(undefined), 'https://data.s3-us-west-2.amazonaws.com/k', { to: 'https://data.s3-us-west-2.amazonaws.com', path: '/k', region: 'us-west-2' }],
    ['AWS without a region', specAt(undefined), 'https://s3.amazonaws.com/data/k', { to: 'https://s3.amazonaws.com', path: '/data/k' }],
    ['AWS, two protocols', specAt(undefined), 'https://data.s3.dualstack.eu-west-1.amazonaws.com/k', { to: 'https://data.s3.dualstack.eu-west-1.amazonaws.com', path: '/k', region: 'eu-west-1' }],
    ['AWS in China', specAt(undefined, { region: 'cn-north-1' }), 'https://data.s3.cn-northwest-1.amazonaws.com.cn/k', { to: 'https://data.s3.cn-northwest-1.amazonaws.com.cn', path: '/k', region: 'cn-northwest-1' }],
    ['elsewhere, as AIStore leads from its proxies to its targets', specAt('http://lab:9000', { credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret' } }), 'http://target:9000/data/k', { to: 'http://target:9000', path: '/data/k' }],
    ['elsewhere, unsigned', unsigned, 'http://other:9000/data/k', { to: 'http://other:9000', path: '/data/k' }],
  ]
  for (const [name, spec, location, expected] of rows) test(name, () => { assert.deepEqual(led(spec, location), expected) })

  const refused: [string, S3Spec, string][] = [
    ['another host', specAt('http://lab:9000'), 'http://other:9000'],
    ['a host below the one that was named', specAt('http://lab:9000'), 'http://other.lab:9000'],
    ['a host whose name only begins like it', specAt('https://lab'), 'https://lab.example.org'],
    ['a host above it', specAt('https://data.example.org'), 'https://example.org'],
    ['from AWS to one of its customers', specAt(undefined), 'https://s3.us-east-1.elb.amazonaws.com'],
    ['from AWS to a machine there', specAt(undefined), 'https://ec2-3-1-2-3.compute-1.amazonaws.com'],
    ['from AWS to a name that looks like it', specAt(undefined), 'https://s3.us-east-1.amazonaws.com.example.org'],
    ['from AWS to another host and port', specAt(undefined), 'https://data.s3.eu-west-1.amazonaws.com:8443'],
    ['from AWS to AWS in China', specAt(undefined), 'https://data.s3.cn-north-1.amazonaws.com.cn'],
    ['from a lab to AWS', specAt('http://lab:9000'), 'https://data.s3.us-east-1.amazonaws.com'],
    ["unsigned, with a customer's key", { ...unsigned, headers: sseC }, 'http://other:9000'],
    ['unsigned, with a client certificate', { ...unsigned, clientCertFile: 'c.pem', clientKeyFile: 'k.pem' }, 'http://other:9000'],
  ]
  for (const [name, spec, origin] of refused) {
    test(`refused: ${name}`, () => {
      const { fault } = led(spec, `${origin}/data/k?X-Amz-Signature=theirs`)
      assert.equal(fault?.info.reason, 'redirect')
      assert.equal(fault.message, `cannot read "k": ${addressOf(spec).origin} answered 307 and leads to ${origin}, another host, which is not sent session tokens, customers' keys and client certificates`)
      assert.match(fault.hint ?? '', new RegExp(`--endpoint-url ${origin};`))
    })
  }
  for (const spec of [specAt(undefined), specAt('https://lab'), { ...unsigned, endpoint: 'https://lab' }]) {
    test(`refused: from TLS to plain text, ${spec.credentials ? 'signed' : 'unsigned'} at ${spec.endpoint ?? 'AWS'}`, () => {
      const { fault } = led(spec, addressOf(spec).origin.replace('https:', 'http:'))
      assert.equal(fault?.info.reason, 'redirect')
      assert.match(fault.message, /^cannot read "k": https:\S+ answered 307 and leads to http:\S+, from TLS to plain text, which is not followed$/)
    })
  }
})

for (const transport of ['direct', 'undici', 'sdk'] as const) {
  test(`another host gets no request, no token and no customer's key through ${transport}`, async (context) => {
    const other = await startRawServer(({ socket }) => { socket.write(`${partial(0, 3)}abc`) })
    context.after(() => other.close())
    const location = other.endpoint.replace('127.0.0.1', 'localhost')
    for (const status of ['301 Moved Permanently', '307 Temporary Redirect']) {
      const first = await startRawServer(({ socket }) => { socket.write(text(status, '', `Location: ${location}/bucket/key\r\n`)) })
      const store = await openStore(first.spec({ transport, credentials: keys, headers: sseC }))
      context.after(async () => {
        await store.close()
        await first.close()
      })
      const error: unknown = await store.read('key', { offset: 0, length: 3 }, new Uint8Array(3)).catch((fault: unknown) => fault)
      assert.ok(isFault(error, 'storage') && error.info.reason === 'redirect', String(error))
      if (transport !== 'sdk') assert.ok(error.message.includes(first.endpoint) && error.message.includes(location), error.message)
      assert.doesNotMatch(error.message + error.hint, /very-secret/)
    }
    assert.equal(other.numConnections(), 0)
  })
}

test('another host is asked with a signature that is good for it alone', async () => {
  const second = await startRawServer(({ socket }) => { socket.write(`${partial(0, 3)}abc`) })
  const location = second.endpoint.replace('127.0.0.1', 'localhost')
  const first = await startRawServer(({ socket }) => { socket.write(text('307 Temporary Redirect', '', `Location: ${location}/bucket/key\r\n`)) })
  const store = await openStore(first.spec({ credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret' } }))
  await store.read('key', { offset: 0, length: 3 }, new Uint8Array(3))
  const [there, here] = [second.requests[0]!, first.requests[0]!].map(({ head }) => ({ host: /^host: (.*)$/m.exec(head)?.[1], signature: /Signature=(\w+)/.exec(head)?.[1] }))
  assert.equal(`http://${there!.host}`, location)
  assert.ok(there!.signature !== undefined && there!.signature !== here!.signature)
  await store.close()
  await Promise.all([first.close(), second.close()])
})

test('the same host gets all of it, signed anew', async () => {
  const second = await startRawServer(({ socket }) => { socket.write(`${partial(0, 3)}abc`) })
  const first = await startRawServer(({ socket }) => { socket.write(text('307 Temporary Redirect', '', `Location: ${second.endpoint}/bucket/key\r\n`)) })
  const store = await openStore(first.spec({ credentials: keys, headers: sseC }))
  await store.read('key', { offset: 0, length: 3 }, new Uint8Array(3))
  for (const { head } of [first.requests[0]!, second.requests[0]!]) {
    assert.match(head, /^x-amz-security-token: very-secret-token$/m)
    assert.ok(head.includes(`x-amz-server-side-encryption-customer-key: ${customerKey}`))
  }
  await store.close()
  await Promise.all([first.close(), second.close()])
})

test('the region of a host of AWS is signed for, and kept', async () => {
  const asked: string[] = []
  const requests = new S3Requests(specAt(undefined), ({ origin }) => ({
    run: async ({ headers }) => {
      asked.push(`${origin} ${/\/\d{8}\/([^/]+)\//.exec(new Map(headers).get('authorization')!)![1]}`)
      const isThere = origin.includes('eu-west-3')
      const location: [string, string][] = isThere ? [] : [['location', 'https://data.s3-eu-west-3.amazonaws.com/k']]
      return { head: { status: isThere ? 200 : 307, minorVersion: 1, headers: new Map(location) }, body: new Uint8Array(0), firstByte: 0 }
    },
    close: () => {},
  }))
  for (let i = 0; i < 2; i++) await requests.send({ operation: 'head', method: 'HEAD', key: 'k' }, undefined)
  assert.deepEqual(asked, ['https://data.s3.us-east-1.amazonaws.com us-east-1', 'https://data.s3-eu-west-3.amazonaws.com eu-west-3', 'https://data.s3.eu-west-3.amazonaws.com eu-west-3'])
})
