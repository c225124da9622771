import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { amzDate, canonicalQuery, sha256, Signer, unsignedPayload } from '../../../src/storage/s3/sigv4.ts'
import { encodePath } from '../../../src/storage/s3/uri.ts'

// Source: Amazon S3 API Reference, "Signature calculations for the Authorization header: transferring payload in a single chunk".
const emptyPayload = sha256('')
const published = new Signer({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }, 'us-east-1')
const date = '20130524T000000Z'
const host = ['host', 'examplebucket.s3.amazonaws.com'] as const
const dated = ['x-amz-date', date] as const

describe("AWS's published examples", () => {
  const rows = [
    ['GET object', { method: 'GET', path: '/test.txt', query: '', payloadHash: emptyPayload, headers: [host, ['range', 'bytes=0-9'], ['x-amz-content-sha256', emptyPayload], dated] }, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
    ['PUT object', {
      method: 'PUT', path: `/${encodePath('test$file.text')}`, query: '', payloadHash: sha256('Welcome to Amazon S3.'),
      headers: [['date', 'Fri, 24 May 2013 00:00:00 GMT'], host, ['x-amz-content-sha256', sha256('Welcome to Amazon S3.')], dated, ['x-amz-storage-class', 'REDUCED_REDUNDANCY']],
    }, '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'],
    ['GET lifecycle', { method: 'GET', path: '/', query: canonicalQuery({ lifecycle: '' }), payloadHash: emptyPayload, headers: [host, ['x-amz-content-sha256', emptyPayload], dated] }, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['list objects', { method: 'GET', path: '/', query: canonicalQuery({ prefix: 'J', 'max-keys': '2' }), payloadHash: emptyPayload, headers: [host, ['x-amz-content-sha256', emptyPayload], dated] }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ] as const
  for (const [name, request, signature] of rows) {
    test(name, () => {
      const names = request.headers.map(([header]) => header).join(';')
      assert.equal(published.authorization(request, date), `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=${names}, Signature=${signature}`)
    })
  }
})

test('the key is of the day: two days in turn', () => {
  const request = { method: 'GET', path: '/', query: '', payloadHash: unsignedPayload, headers: [host] }
  const fresh = (day: string): string => new Signer({ accessKeyId: 'a', secretAccessKey: 'b' }, 'r').authorization(request, day)
  const kept = new Signer({ accessKeyId: 'a', secretAccessKey: 'b' }, 'r')
  for (const day of ['20240101T000000Z', '20240102T000000Z', '20240101T235959Z']) assert.equal(kept.authorization(request, day), fresh(day))
})

describe('amzDate', () => {
  for (const [milliseconds, text] of [[0, '19700101T000000Z'], [999, '19700101T000000Z'], [1369353600000, '20130524T000000Z'], [1709251199999, '20240229T235959Z']] as const) {
    test(`${milliseconds}`, () => { assert.equal(amzDate(milliseconds), text) })
  }
})

interface Captured { method: string; path: string; query: Record<string, string>; headers: Record<string, string> }

describe("the SDK's signer", () => {
  let state = 20_260_101
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
  const alphabet = Array.from('abcXYZ019-._~/ +%&=?#$@!*\'(),:;<>[]{}|\\^`"éß日本🎉\t\u0001/')
  const word = (length: number): string => Array.from({ length }, () => alphabet[random(alphabet.length)]!).join('')

  test('signs 300 random requests as we do, and encodes their keys so', async () => {
    let captured: Captured | undefined
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/+=' }
    for (const [region, sessionToken] of [['us-east-1', undefined], ['eu-central-2', 'token/+=with=odd&chars']] as const) {
      const keys = { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) }
      const client = new S3Client({
        region, endpoint: 'http://127.0.0.1:9000', forcePathStyle: true, credentials: keys, maxAttempts: 1, requestChecksumCalculation: 'WHEN_REQUIRED',
        requestHandler: { handle: async (request: unknown) => { captured = request as Captured; throw new Error('captured') } },
      })
      const signer = new Signer(keys, region)
      for (let i = 0; i < 150; i++) {
        const key = `k${word(1 + random(30))}k`
        const command = [
          () => new GetObjectCommand({ Bucket: 'bucket', Key: key, Range: `bytes=${random(1e6)}-${1e6 + random(1e6)}`, IfMatch: '"abc"' }),
          () => new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: word(random(50)), Metadata: { note: 'a  b' } }),
          () => new ListObjectsV2Command({ Bucket: 'bucket', Prefix: word(5), StartAfter: word(8), Delimiter: '/' }),
        ][i % 3]!()
        await assert.rejects(client.send(command as GetObjectCommand), /captured/)
        const { method, path, query, headers } = captured!
        const theirs = headers['authorization']!
        const names = /SignedHeaders=([^,]+)/.exec(theirs)![1]!.split(';')
        const ours = signer.authorization({
          method, path, query: canonicalQuery(query), payloadHash: headers['x-amz-content-sha256']!,
          headers: names.map((name) => [name, headers[name]!.replaceAll(/ +/g, ' ').trim()] as const),
        }, headers['x-amz-date']!)
        assert.equal(ours, theirs)
        if (i % 3 < 2) assert.equal(path, `/bucket/${encodePath(key)}`)
      }
      client.destroy()
    }
  })
})
