import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeUri, encodeListed, encodePath, encodeUri, parseQuery } from '../../src/server/uri.ts'

const rows: [text: string, encoded: string][] = [
  ['', ''], ['aZ0-._~', 'aZ0-._~'], [' ', '%20'], ['+', '%2B'], ['%', '%25'], ['/', '%2F'], ["!'()*", '%21%27%28%29%2A'], ['ü', '%C3%BC'], ['😀', '%F0%9F%98%80'],
]
for (const [text, encoded] of rows) {
  test(`'${text}' is encoded as '${encoded}' and back`, () => {
    assert.equal(encodeUri(text), encoded)
    assert.equal(decodeUri(encoded), text)
  })
}

test('a path keeps its slashes', () => { assert.equal(encodePath('/a b//../c'), '/a%20b//../c') })
test('a listing writes blanks as plus signs, and plus signs encoded', () => { assert.equal(encodeListed('a b+c/d'), 'a+b%2Bc/d') })

for (const text of ['%', '%2', '%zz', '%ff', '%C3']) {
  test(`'${text}' is no escape`, () => { assert.throws(() => decodeUri(text), { code: 'InvalidURI' }) })
}

const queries: [raw: string, canonical: string, parameters: [string, string][]][] = [
  ['', '', []],
  ['b=2&a=1', 'a=1&b=2', [['b', '2'], ['a', '1']]],
  ['a', 'a=', [['a', '']]],
  ['a=b=c', 'a=b%3Dc', [['a', 'b=c']]],
  ['a=x+y%20z', 'a=x%20y%20z', [['a', 'x y z']]],
  ['a%2fb=%2F', 'a%2Fb=%2F', [['a/b', '/']]],
  ['&a=1&', 'a=1', [['a', '1']]],
  ['X-Amz-Signature=1&a=1', 'a=1', [['X-Amz-Signature', '1'], ['a', '1']]],
]
for (const [raw, canonical, parameters] of queries) {
  test(`the query '${raw}'`, () => {
    const query = parseQuery(raw)
    assert.equal(query.canonical, canonical)
    assert.deepEqual([...query.parameters], parameters)
  })
}

test('a parameter may not be there twice', () => { assert.throws(() => parseQuery('a=1&a=2'), { code: 'InvalidArgument' }) })
