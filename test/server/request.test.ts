import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import test from 'node:test'
import { isBucketName } from '../../src/server/buckets.ts'
import { parseRequest } from '../../src/server/request.ts'

function parse(url: string, host = 'localhost:9000', more: string[] = []): { bucket: string; key: string } {
  const message = { url, method: 'GET', rawHeaders: ['Host', host, ...more] } as unknown as IncomingMessage
  const { bucket, key } = parseRequest(message, 'id', ['localhost', '127.0.0.1'])
  return { bucket, key }
}

const rows: [url: string, host: string, bucket: string, key: string][] = [
  ['/', 'localhost', '', ''], ['/data', 'localhost', 'data', ''], ['/data/', 'localhost', 'data', ''], ['/data/k', '127.0.0.1:9000', 'data', 'k'],
  ['/data//k', 'localhost', 'data', '/k'], ['/data/a/../b', 'localhost', 'data', 'a/../b'], ['/data/a+b%2B%20%25', 'localhost', 'data', 'a+b+ %'],
  ['/data/%2Fa', 'localhost', 'data', '/a'], ['/data/k?a=/x/y', 'localhost', 'data', 'k'], ['/data/%F0%9F%98%80', 'localhost', 'data', '😀'],
  ['/', 'data.localhost:9000', 'data', ''], ['/k/l', 'data.localhost', 'data', 'k/l'], ['//k', 'data.localhost', 'data', '/k'],
  ['/k', 'a.b.LOCALHOST', 'a.b', 'k'], ['/k', 'data.127.0.0.1:9000', 'data', 'k'], ['/data/k', 'some.other.name', 'data', 'k'],
]
for (const [url, host, bucket, key] of rows) {
  test(`${url} at ${host} is '${bucket}' and '${key}'`, () => { assert.deepEqual(parse(url, host), { bucket, key }) })
}

const bad: [name: string, url: string, code: string][] = [
  ['no path', '', 'InvalidURI'], ['an absolute form', 'http://localhost/data', 'InvalidURI'], ['half an escape', '/data/%2', 'InvalidURI'],
  ['bytes that are not UTF-8', '/data/%ff', 'InvalidURI'], ['a blank', '/data/a b', 'InvalidURI'], ['a fragment', '/data/a#b', 'InvalidURI'],
  ['a key without a bucket', '//k', 'InvalidBucketName'], ['a key of 1025 bytes', `/data/${'k'.repeat(1025)}`, 'KeyTooLongError'],
  ['a key of 513 letters and 1026 bytes', `/data/${'%C3%BC'.repeat(513)}`, 'KeyTooLongError'],
]
for (const [name, url, code] of bad) test(`refuses ${name}`, () => { assert.throws(() => parse(url), { code }) })

test('a key may have 1024 bytes', () => { assert.equal(parse(`/data/${'%C3%BC'.repeat(512)}`).key.length, 512) })

test('a header of one meaning may not be there twice', () => {
  assert.throws(() => parse('/', 'localhost', ['x-amz-date', 'a', 'X-Amz-Date', 'b']), { code: 'InvalidRequest' })
})

const names: [name: string, expected: boolean][] = [
  ['', false], ['ab', false], ['abc', true], ['a'.repeat(63), true], ['a'.repeat(64), false], ['a.b-c1', true], ['A.b', false], ['-ab', false], ['ab-', false],
  ['a..b', false], ['192.168.5.4', false], ['a_b', false], ['xn--abc', false], ['abc-s3alias', false], ['..', false], ['a/b', false],
]
for (const [name, expected] of names) test(`'${name}' ${expected ? 'is' : 'is not'} a bucket name`, () => { assert.equal(isBucketName(name), expected) })
