import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openStore, type S3Spec } from '../../../src/storage/index.ts'
import { addressOf } from '../../../src/storage/s3/address.ts'
import { decodeListed, encodePath, encodeText } from '../../../src/storage/s3/uri.ts'
import { isFault } from '../../../src/util/fault.ts'

type Place = [bucket: string, endpoint: string | undefined, region: string, addressing: S3Spec['addressing']]

function at([bucket, endpoint, region, addressing]: Place): string {
  const { origin, host, basePath } = addressOf({ bucket, region, addressing, ...(endpoint === undefined ? {} : { endpoint }) })
  assert.equal(new URL(origin).host, host)
  return origin + basePath
}

describe('addressOf', () => {
  const rows: [Place, string][] = [
    [['b', undefined, 'us-east-1', 'auto'], 'https://b.s3.us-east-1.amazonaws.com'],
    [['b', undefined, 'cn-north-1', 'auto'], 'https://b.s3.cn-north-1.amazonaws.com.cn'],
    [['b.with.dots', undefined, 'eu-west-1', 'auto'], 'https://s3.eu-west-1.amazonaws.com/b.with.dots'],
    [['b', undefined, 'eu-west-1', 'path'], 'https://s3.eu-west-1.amazonaws.com/b'],
    [['b', 'http://127.0.0.1:9000', 'r', 'auto'], 'http://127.0.0.1:9000/b'],
    [['b', '127.0.0.1:9000', 'r', 'auto'], 'http://127.0.0.1:9000/b'],
    [['b', 'http://[::1]:9000/', 'r', 'auto'], 'http://[::1]:9000/b'],
    [['d--use1-az4--x-s3', undefined, 'us-east-1', 'auto'], 'https://d--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com'],
    [['d--use1-az4--x-s3', undefined, 'us-east-1', 'virtual'], 'https://d--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com'],
    [['d--use1-az4--x-s3', 'http://localhost:9000', 'r', 'auto'], 'http://d--use1-az4--x-s3.localhost:9000'],
    [['d--use1-az4--x-s3', 'http://[::1]:9000', 'r', 'auto'], 'http://[::1]:9000/d--use1-az4--x-s3'],
    [['d--use1-az4--x-s3', 'http://localhost:9000', 'r', 'path'], 'http://localhost:9000/d--use1-az4--x-s3'],
    [['b', 'https://s3.example.org:443/', 'r', 'virtual'], 'https://b.s3.example.org'],
    [['b', 'https://s3.example.org/store/s3/', 'r', 'path'], 'https://s3.example.org/store/s3/b'],
    [['Odd Bucket', 'http://h', 'r', 'auto'], 'http://h/Odd%20Bucket'],
  ]
  for (const [place, expected] of rows) test(`${JSON.stringify(place)} is ${expected}`, () => { assert.equal(at(place), expected) })
  for (const place of [
    ['', 'http://h', 'r', 'auto'], ['d--use1-az4--x-s3', undefined, 'r', 'path'], ['b', 'ftp://h', 'r', 'auto'], ['b', 'http://', 'r', 'auto'], ['b', '', 'r', 'auto'], ['b', 'http://127.0.0.1:9000', 'r', 'virtual'], ['Upper', 'http://h', 'r', 'virtual'],
  ] as Place[]) {
    test(`${JSON.stringify(place)} is a usage Fault`, () => { assert.throws(() => at(place), (error) => isFault(error, 'usage') && error.hint !== undefined) })
  }
})

describe('an endpoint with a password in it', () => {
  const endpoints = ['https://user:hunter2@s3.example.org', 'user:hunter2@127.0.0.1:9000', 'https://hunter2@s3.example.org/path', 'https://:hunter2@h', 'ftp://user:hunter2@h', 'http://user:hunter2@no host', 'http://user:hunter2@', 'user:hunter2@/@h:x', 'HTTP://u:hunter2\n@']
  for (const endpoint of endpoints) {
    for (const transport of ['direct', 'sdk'] as const) {
      test(`${JSON.stringify(endpoint)} is refused without repeating it, by ${transport}`, async () => {
        const spec: S3Spec = { kind: 's3', transport, bucket: 'b', endpoint, region: 'r', addressing: 'auto', maxAttempts: 1, partSize: 1, timeouts: { connect: 1, firstByte: 1, idle: 1 } }
        await assert.rejects(openStore(spec), (error) => {
          assert.ok(isFault(error, 'usage'), String(error))
          assert.doesNotMatch(`${error.stack} ${error.hint} ${JSON.stringify(error.info)}`, /hunter2/)
          return true
        })
      })
    }
  }
})

describe('percent-encoding', () => {
  for (const [text, encoded] of [['', ''], ['aZ09-._~', 'aZ09-._~'], ['a/b', 'a/b'], [' +&=', '%20%2B%26%3D'], ["!'()*", '%21%27%28%29%2A'], ['é', '%C3%A9'], ['🎉', '%F0%9F%8E%89'], ['%20', '%2520'], ['//', '//'], ['\u0000', '%00']] as const) {
    test(`path ${JSON.stringify(text)} is ${encoded}`, () => { assert.equal(encodePath(text), encoded) })
  }
  test('text has no slashes', () => { assert.equal(encodeText('a/b'), 'a%2Fb') })
  test('half a surrogate pair is refused', () => { assert.throws(() => encodePath('\ud800'), URIError) })
  for (const wrong of ['a%', 'a%zz', 'a%FFb']) test(`a listed key that is wrongly encoded: ${wrong}`, () => { assert.equal(decodeListed(wrong), undefined) })
  test('listed keys', () => { assert.equal(decodeListed('a+b%2Bc%2F%F0%9F%8E%89'), 'a b+c/🎉') })
})
