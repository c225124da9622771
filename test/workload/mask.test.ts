import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskText, maskTree, maskWords } from '../../src/workload/mask.ts'

const rows: [text: string, masked: string][] = [
  ['', ''],
  ['++workload.reader.read_threads=7', '++workload.reader.read_threads=7'],
  ['++workload.storage.storage_options.secret_access_key=hush', '++workload.storage.storage_options.secret_access_key=***'],
  ['++a.my_SECRET_thing = hush=hush', '++a.my_SECRET_thing =***'],
  ['--sse-customer-key=hush', '--sse-customer-key=***'],
  ['a=token', 'a=token'],
  ['storage.storage_options.request_headers={Authorization: Basic hush, cookie: hush}', 'storage.storage_options.request_headers={Authorization: ***, cookie: ***}'],
  ['{my_session_token: "hush, hush", region: x}', '{my_session_token: ***, region: x}'],
  ['endpoint=https://user:hush@host/', 'endpoint=https://***@host/'],
]
for (const [text, masked] of rows) {
  test(`"${text}" is shown as "${masked}"`, () => { assert.equal(maskText(text), masked) })
}

const commands: [words: string[], masked: string[]][] = [
  [[], []],
  [['--proxy', 'user:hush@host:3128'], ['--proxy', '***@host:3128']],
  [['--proxy=user:hush@host:3128'], ['--proxy=***@host:3128']],
  [['--faults', 'slow-down:get@2%', '--proxy', 'user:hush@host'], ['--faults', 'slow-down:get@2%', '--proxy', '***@host']],
  [['--faults=reset:put@3'], ['--faults=reset:put@3']],
  [['--faults', 'expired-token:get@2', 'token:hush'], ['--faults', 'expired-token:get@2', 'token:***']],
  [['--faults=expired-token:get'], ['--faults=expired-token:get']],
]
for (const [words, masked] of commands) {
  test(`the command ${JSON.stringify(words.join(' '))} is shown as ${JSON.stringify(masked.join(' '))}`, () => { assert.deepEqual(maskWords(words), masked) })
}

test('a customer\'s key in a list of headers is not shown', () => {
  const headers = ['x-amz-server-side-encryption-customer-algorithm: AES256', 'x-amz-server-side-encryption-customer-key: hush+hush=', 'x-amz-server-side-encryption-customer-key-md5: hush=', 'x-amz-request-payer: requester']
  assert.deepEqual(maskTree({ storage: { storage_options: { request_headers: headers } } }), { storage: { storage_options: { request_headers: [
    headers[0], 'x-amz-server-side-encryption-customer-key: ***', 'x-amz-server-side-encryption-customer-key-md5: ***', headers[3],
  ] } } })
})

test('a long word takes no longer than reading it', () => {
  const begin = performance.now()
  for (const word of ['a'.repeat(200_000), 'key'.repeat(60_000), 'token:'.repeat(30_000)]) maskText(word)
  // Milliseconds. Quadratic in the word's length, the first one alone takes minutes.
  assert.ok(performance.now() - begin < 5000)
})
