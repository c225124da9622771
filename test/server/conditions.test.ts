import assert from 'node:assert/strict'
import test from 'node:test'
import { checkReadConditions, checkWriteConditions } from '../../src/server/conditions.ts'
import type { ObjectInfo } from '../../src/server/objects.ts'

const time = Date.parse('2024-05-01T12:00:00Z')
const info: ObjectInfo = { key: 'k', size: 1, etag: 'abc', lastModified: time, headers: {} }
const at = 'Wed, 01 May 2024 12:00:00 GMT'
const before = 'Wed, 01 May 2024 11:59:59 GMT'
const after = 'Wed, 01 May 2024 12:00:01 GMT'

type Outcome = 'ok' | 'NotModified' | 'PreconditionFailed' | 'NoSuchKey' | 'NotImplemented'

function outcome(check: () => void): Outcome {
  try {
    check()
  } catch (error) {
    return (error as { code: Outcome }).code
  }
  return 'ok'
}

const reads: [headers: Record<string, string>, expected: Outcome][] = [
  [{}, 'ok'],
  [{ 'if-match': '"abc"' }, 'ok'], [{ 'if-match': 'abc' }, 'ok'], [{ 'if-match': '*' }, 'ok'], [{ 'if-match': '"x", "abc"' }, 'ok'],
  [{ 'if-match': '"x"' }, 'PreconditionFailed'], [{ 'if-match': 'W/"abc"' }, 'PreconditionFailed'],
  [{ 'if-none-match': '"abc"' }, 'NotModified'], [{ 'if-none-match': 'W/"abc"' }, 'NotModified'], [{ 'if-none-match': '*' }, 'NotModified'], [{ 'if-none-match': '"x"' }, 'ok'],
  [{ 'if-modified-since': before }, 'ok'], [{ 'if-modified-since': at }, 'NotModified'], [{ 'if-modified-since': after }, 'NotModified'],
  [{ 'if-unmodified-since': before }, 'PreconditionFailed'], [{ 'if-unmodified-since': at }, 'ok'],
  [{ 'if-modified-since': 'yesterday' }, 'ok'], [{ 'if-unmodified-since': 'yesterday' }, 'ok'],
  // RFC 9110 13.2.2: an ETag decides, and the date beside it is not looked at.
  [{ 'if-match': '"abc"', 'if-unmodified-since': before }, 'ok'],
  [{ 'if-none-match': '"x"', 'if-modified-since': after }, 'ok'],
  [{ 'if-none-match': '"abc"', 'if-modified-since': before }, 'NotModified'],
  [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'PreconditionFailed'],
]
for (const [headers, expected] of reads) {
  test(`a read with ${JSON.stringify(headers)} is ${expected}`, () => {
    assert.equal(outcome(() => { checkReadConditions(new Map(Object.entries(headers)), info) }), expected)
  })
}

test('a copy whose source is not modified is a failed precondition', () => {
  const headers = new Map([['x-amz-copy-source-if-none-match', '"abc"']])
  assert.equal(outcome(() => { checkReadConditions(headers, info, 'x-amz-copy-source-') }), 'PreconditionFailed')
})

const writes: [headers: Record<string, string>, current: ObjectInfo | undefined, expected: Outcome][] = [
  [{}, undefined, 'ok'], [{}, info, 'ok'],
  [{ 'if-none-match': '*' }, undefined, 'ok'], [{ 'if-none-match': '*' }, info, 'PreconditionFailed'], [{ 'if-none-match': '"abc"' }, undefined, 'NotImplemented'],
  [{ 'if-match': '"abc"' }, info, 'ok'], [{ 'if-match': '"x"' }, info, 'PreconditionFailed'], [{ 'if-match': '"abc"' }, undefined, 'NoSuchKey'],
]
for (const [headers, current, expected] of writes) {
  test(`a write with ${JSON.stringify(headers)} ${current ? 'over an object' : 'to a free key'} is ${expected}`, () => {
    assert.equal(outcome(() => { checkWriteConditions(new Map(Object.entries(headers)), current) }), expected)
  })
}
