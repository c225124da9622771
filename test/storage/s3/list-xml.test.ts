import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseListPage, unquote } from '../../../src/storage/s3/list-xml.ts'

function page(entries: string, frame = '<IsTruncated>false</IsTruncated>'): Uint8Array {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType>${frame}${entries}</ListBucketResult>`)
}

function entry(key: string, more = ''): string {
  return `<Contents><Key>${key}</Key><LastModified>2024-02-29T12:34:56.000Z</LastModified><ETag>&quot;d41d8&quot;</ETag><Size>42</Size>${more}</Contents>`
}

describe('parseListPage', () => {
  test('nothing', () => { assert.deepEqual(parseListPage(page('')), { objects: [], isAscii: true }) })
  test('all fields', () => {
    assert.deepEqual(parseListPage(page(entry('a'))), { objects: [{ key: 'a', size: 42, etag: 'd41d8' }], isAscii: true })
  })
  for (const [written, key] of [
    ['a%20b', 'a b'], ['a+b', 'a b'], ['a%2Bb', 'a+b'], ['%E6%97%A5', '日'], ['a/b', 'a/b'], ['a%2Fb', 'a/b'], ['a&amp;b', 'a&b'], ['%26lt%3B', '&lt;'], ['a%3Cb%3E', 'a<b>'], ['日', '日'],
  ] as const) test(`key ${written} is ${key}`, () => { assert.equal(parseListPage(page(entry(written)))?.objects[0]?.key, key) })
  for (const [key, isAscii] of [['a/b', true], ['a&amp;b', true], ['%E6%97%A5', false], ['&#x65e5;', false], ['日', false]] as const) {
    test(`the keys a, ${key} are ${isAscii ? '' : 'not '}known to be ASCII`, () => { assert.equal(parseListPage(page(entry('a') + entry(key)))?.isAscii, isAscii) })
  }
  test('without encoding-type only entities are decoded', () => {
    const text = new TextDecoder().decode(page(entry('a+b%20&#x65e5;&#10;&quot;é'))).replace('<EncodingType>url</EncodingType>', '')
    assert.equal(parseListPage(Buffer.from(text))?.objects[0]?.key, 'a+b%20日\n"é')
  })
  test('fields that are absent or of no interest', () => {
    const xml = '<Contents><Size>0</Size><Owner><ID>1</ID></Owner><StorageClass>STANDARD</StorageClass><Key>k</Key></Contents>'
    assert.deepEqual(parseListPage(page(xml + entry('l')))?.objects, [{ key: 'k', size: 0 }, { key: 'l', size: 42, etag: 'd41d8' }])
  })
  test('fields in any order, elements within elements, with attributes, or closed at once', () => {
    const xml = '<Contents><Owner><DisplayName>o</DisplayName><ID>1</ID></Owner><ETag/><Restore a="b"><Key2>no</Key2></Restore>\n<Size>7</Size><ChecksumAlgorithm></ChecksumAlgorithm><Key></Key></Contents>'
    assert.deepEqual(parseListPage(page(xml + entry('l')))?.objects, [{ key: '', size: 7 }, { key: 'l', size: 42, etag: 'd41d8' }])
  })
  for (const [written, token] of [['b/é', 'b/é'], ['日本/😀&amp;&lt;', '日本/😀&<'], ['&#x65e5;é', '日é']] as const) {
    test(`the token ${written} is ${token}`, () => {
      for (const entries of ['', entry('a')]) assert.equal(parseListPage(page(`${entries}<IsTruncated>true</IsTruncated><NextContinuationToken>${written}</NextContinuationToken>`, ''))?.next, token)
    })
  }
  test('white space between the elements', () => {
    assert.equal(parseListPage(page(`\n  ${entry('a')}\n  ${entry('b')}\n`))?.objects.length, 2)
  })
  for (const [where, xml] of [['before', page(entry('a'), '<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>')], ['behind', page(`${entry('a')}<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>`, '')]] as const) {
    test(`the token ${where} the entries`, () => { assert.equal(parseListPage(xml)?.next, 't&1') })
  }
  for (const [name, bytes] of [
    ['nothing', Buffer.alloc(0)],
    ['HTML', Buffer.from('<!doctype html><html><body>Login</body></html>')],
    ['an error', Buffer.from('<Error><Code>X</Code></Error>')],
    ['JSON', Buffer.from('{"ListBucketResult":[]}')],
    ['more, but not where', page(entry('a'), '<IsTruncated>true</IsTruncated>')],
    ['cut within an entry', page(entry('a')).subarray(0, -50)],
    ['cut behind an entry', Buffer.from(new TextDecoder().decode(page(entry('a'))).replace('</ListBucketResult>', ''))],
    ['an entry without a key', page('<Contents><Size>1</Size></Contents>')],
    ['an element that does not end', page('<Contents><Key>k</Key><Size>1</Size><Owner><ID>1</ID></Contents>')],
    ['a tag that does not end', page('<Contents><Key>k</Key><Size>1</Size><Own')],
    ['an empty size', page('<Contents><Key>k</Key><Size></Size></Contents>')],
    ['a size above 2^53', page('<Contents><Key>k</Key><Size>9007199254740992</Size></Contents>')],
    ['a fraction', page('<Contents><Key>k</Key><Size>1.5</Size></Contents>')],
    ['a size that is none', page('<Contents><Key>k</Key><Size>x</Size></Contents>')],
    ['a negative size', page('<Contents><Key>k</Key><Size>-1</Size></Contents>')],
  ] as const) test(`refused: ${name}`, () => { assert.equal(parseListPage(bytes), undefined) })
})

describe('unquote', () => {
  for (const [text, etag] of [['', ''], ['"a"', 'a'], ['&quot;a-3&quot;', 'a-3'], ['a', 'a'], ['W/"a"', 'W/"a"'], ['&#34;a&#34;', 'a']] as const) test(text, () => { assert.equal(unquote(text), etag) })
})
