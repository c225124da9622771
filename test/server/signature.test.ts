import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { createChunkVerifier } from '../../src/server/chunk-signatures.ts'
import { emptySha256 } from '../../src/server/payload.ts'
import { canonicalRequest, sha256Hex, sign, signingKey, stringToSign } from '../../src/server/signature.ts'
import { encodePath, parseQuery } from '../../src/server/uri.ts'

// Source: Amazon S3 API Reference, "Signature Calculations for the Authorization Header" and "… Query Parameters".
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const date = '20130524T000000Z'
const scope = '20130524/us-east-1/s3/aws4_request'
const host = 'examplebucket.s3.amazonaws.com'
const key = signingKey(secret, scope)

interface Row { name: string; method?: string; path: string; query?: string; headers: Record<string, string>; hash?: string; signature: string }

const welcome = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'
const rows: Row[] = [
  {
    name: 'GET of an object with a range', path: '/test.txt',
    headers: { host, range: 'bytes=0-9', 'x-amz-content-sha256': emptySha256, 'x-amz-date': date },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT of an object with a key to encode', method: 'PUT', path: '/test$file.text', hash: welcome,
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', host, 'x-amz-content-sha256': welcome, 'x-amz-date': date, 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET of a lifecycle: a parameter without a value', path: '/', query: 'lifecycle',
    headers: { host, 'x-amz-content-sha256': emptySha256, 'x-amz-date': date },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET of a listing: sorted parameters', path: '/', query: 'prefix=J&max-keys=2',
    headers: { host, 'x-amz-content-sha256': emptySha256, 'x-amz-date': date },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
  {
    name: 'presigned GET', path: '/test.txt', hash: 'UNSIGNED-PAYLOAD', headers: { host },
    query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`AKIAIOSFODNN7EXAMPLE/${scope}`)}&X-Amz-Date=${date}&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=not-signed`,
    signature: 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  },
]

for (const { name, method = 'GET', path, query = '', headers, hash = emptySha256, signature } of rows) {
  test(`AWS's example is signed as AWS does: ${name}`, () => {
    const canonical = canonicalRequest({
      method, path: encodePath(path), query: parseQuery(query).canonical, headers: new Map(Object.entries(headers)),
      signedHeaders: Object.keys(headers), payloadHash: hash,
    })
    assert.equal(sign(key, stringToSign(date, scope, canonical)), signature)
  })
}

test('header values are trimmed and their blanks made one', () => {
  const parts = { method: 'GET', path: '/', query: '', signedHeaders: ['x-amz-meta-a'], payloadHash: '' }
  const canonical = canonicalRequest({ ...parts, headers: new Map([['x-amz-meta-a', '  b   c  ']]) })
  assert.match(canonical, /\nx-amz-meta-a:b c\n/)
})

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'

test('AWS\'s example of a chunked upload: seed and chunks', () => {
  const headers = {
    'content-encoding': 'aws-chunked', 'content-length': '66824', host: 's3.amazonaws.com', 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': date, 'x-amz-decoded-content-length': '66560', 'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  }
  const canonical = canonicalRequest({
    method: 'PUT', path: '/examplebucket/chunkObject.txt', query: '', headers: new Map(Object.entries(headers)),
    signedHeaders: Object.keys(headers), payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  })
  assert.equal(sign(key, stringToSign(date, scope, canonical)), seed)
  const verifier = createChunkVerifier({ key, date, scope, signature: seed })
  verifier.chunk(sha('a'.repeat(65_536)), 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648')
  verifier.chunk(sha('a'.repeat(1024)), '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497')
  verifier.chunk(emptySha256, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9')
})

test('AWS\'s example of a chunked upload with a trailer', () => {
  const verifier = createChunkVerifier({ key, date, scope, signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e' })
  verifier.chunk(sha('a'.repeat(65_536)), 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2')
  verifier.chunk(sha('a'.repeat(1024)), '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7')
  verifier.chunk(emptySha256, '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992')
  verifier.trailer(sha256Hex('x-amz-checksum-crc32c:sOO8/Q==\n'), 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435')
})

test('a chunk with another signature is refused', () => {
  const verifier = createChunkVerifier({ key, date, scope, signature: seed })
  assert.throws(() => { verifier.chunk(emptySha256, '0'.repeat(64)) }, { code: 'SignatureDoesNotMatch' })
})
