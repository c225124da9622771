import assert from 'node:assert/strict'
import test from 'node:test'
import { formatAmzDate } from '../../src/server/authorization.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { canonicalRequest, sign, signingKey, stringToSign } from '../../src/server/signature.ts'
import { parseQuery } from '../../src/server/uri.ts'
import { exchange, requestBytes } from './raw-client.ts'
import { runServer } from './running-server.ts'

interface PresignOptions { method?: string; secondsAgo?: number; expires?: string; region?: string; more?: string; leaveOut?: string }

function presign(server: RunningServer, path: string, { method = 'GET', secondsAgo = 0, expires = '60', region = 'us-east-1', more = '', leaveOut = 'nothing' }: PresignOptions): string {
  const date = formatAmzDate(Date.now() - secondsAgo * 1000)
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`
  const fields = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': encodeURIComponent(`${server.credentials.accessKeyId}/${scope}`),
    'X-Amz-Date': date, 'X-Amz-Expires': expires, 'X-Amz-SignedHeaders': 'host',
  }
  const query = Object.entries(fields).filter(([name]) => name !== leaveOut).map(([name, value]) => `${name}=${value}`).join('&') + more
  const canonical = canonicalRequest({
    method, path, query: parseQuery(query).canonical, headers: new Map([['host', new URL(server.endpoint).host]]), signedHeaders: ['host'], payloadHash: 'UNSIGNED-PAYLOAD',
  })
  return `${path}?${query}&X-Amz-Signature=${sign(signingKey(server.credentials.secretAccessKey, scope), stringToSign(date, scope, canonical))}`
}

test('presigned URLs write and read', async (t) => {
  const server = await runServer(t)
  const put = await fetch(server.endpoint + presign(server, '/data/k%20%C3%BC', { method: 'PUT' }), { method: 'PUT', body: 'abc' })
  assert.equal(put.status, 200)
  const got = await fetch(server.endpoint + presign(server, '/data/k%20%C3%BC', { more: '&response-content-type=text%2Fx' }))
  assert.deepEqual([got.status, got.headers.get('content-type'), await got.text()], [200, 'text/x', 'abc'])
})

const refused: [name: string, options: PresignOptions, status: number, code: string][] = [
  ['expired', { secondsAgo: 61 }, 403, 'AccessDenied'],
  ['of the future', { secondsAgo: -1000 }, 403, 'AccessDenied'],
  ['good for nothing', { expires: '0' }, 400, 'AuthorizationQueryParametersError'],
  ['good for more than a week', { expires: '604801' }, 400, 'AuthorizationQueryParametersError'],
  ['good for x seconds', { expires: 'x' }, 400, 'AuthorizationQueryParametersError'],
  ['of another region', { region: 'eu-west-1' }, 400, 'AuthorizationQueryParametersError'],
  ['for another method', { method: 'PUT' }, 403, 'SignatureDoesNotMatch'],
  ['without a date', { leaveOut: 'X-Amz-Date' }, 400, 'AuthorizationQueryParametersError'],
  ['without an end', { leaveOut: 'X-Amz-Expires' }, 400, 'AuthorizationQueryParametersError'],
  ['with the token of no session', { more: '&X-Amz-Security-Token=x' }, 400, 'InvalidToken'],
]
for (const [name, options, status, code] of refused) {
  test(`a presigned URL ${name} is refused`, async (t) => {
    const server = await runServer(t)
    const response = await exchange(server, requestBytes('GET', presign(server, '/data', options), { host: new URL(server.endpoint).host }))
    assert.deepEqual([response.status, response.code], [status, code], response.text)
  })
}

test('a presigned URL is good for as long as it says', async (t) => {
  const server = await runServer(t)
  const { status } = await fetch(server.endpoint + presign(server, '/data', { secondsAgo: 3600, expires: '3700' }))
  assert.equal(status, 200)
})

test('parameters added later, and a second signature, are refused', async (t) => {
  const server = await runServer(t)
  const target = presign(server, '/data', {})
  const added = await exchange(server, requestBytes('GET', `${target}&prefix=a`, { host: new URL(server.endpoint).host }))
  assert.equal(added.code, 'SignatureDoesNotMatch')
  const both = await exchange(server, requestBytes('GET', target, { host: new URL(server.endpoint).host, authorization: 'AWS4-HMAC-SHA256 x' }))
  assert.equal(both.code, 'InvalidArgument')
})
