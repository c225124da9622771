import assert from 'node:assert/strict'
import test from 'node:test'
import { ChunkedDecoder } from '../../src/server/chunked.ts'

interface Decoded { data: string; trailers: [string, string][] }

/** Feeds `body` in pieces of `step` bytes. */
function decode(body: string, { trailer = true, step = body.length }: { trailer?: boolean; step?: number } = {}): Decoded {
  let data = ''
  const decoder = new ChunkedDecoder({ verifier: undefined, trailer }, (piece) => { data += piece.toString('latin1') })
  const bytes = Buffer.from(body, 'latin1')
  for (let i = 0; i < bytes.length; i += step) decoder.push(bytes.subarray(i, i + step))
  decoder.end()
  return { data, trailers: [...decoder.trailers] }
}

const big = 'x'.repeat(8192)
const good: [name: string, body: string, data: string, trailers: [string, string][]][] = [
  ['no bytes', '0\r\n\r\n', '', []],
  ['one chunk', '3\r\nabc\r\n0\r\n\r\n', 'abc', []],
  ['two chunks, hex in either case', `2000\r\n${big}\r\nA\r\n0123456789\r\n0\r\n\r\n`, `${big}0123456789`, []],
  ['data that looks like frames', '8\r\n\r\n0\r\n\r\nx\r\n0\r\n\r\n', '\r\n0\r\n\r\nx', []],
  ['a trailer', '1\r\na\r\n0\r\nX-Amz-Checksum-Crc32: 6Le+Qw==\r\n\r\n', 'a', [['x-amz-checksum-crc32', '6Le+Qw==']]],
]
for (const [name, body, data, trailers] of good) {
  test(`decodes ${name}, however it is cut`, () => {
    for (const step of [1, 2, 7, 8191, body.length]) assert.deepEqual(decode(body, { step }), { data, trailers })
  })
}

const bad: [name: string, body: string, code: string][] = [
  ['nothing', '', 'IncompleteBody'],
  ['no last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
  ['no end of the trailers', '3\r\nabc\r\n0\r\n', 'IncompleteBody'],
  ['a chunk that is too long', '2\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['a chunk that is too short', '4\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['a size that is none', 'g\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['a negative size', '-1\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['an extension', '3;a=b\r\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['a bare line feed', '3\nabc\r\n0\r\n\r\n', 'InvalidRequest'],
  ['bytes behind the end', '0\r\n\r\nx\r\n', 'InvalidRequest'],
  ['an endless line', '0'.repeat(5000), 'InvalidRequest'],
  ['a small chunk that is not the last', '3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n', 'InvalidChunkSizeError'],
  ['a trailer without a colon', '0\r\nabc\r\n\r\n', 'MalformedTrailerError'],
  ['a trailer twice', '0\r\na: 1\r\na: 1\r\n\r\n', 'MalformedTrailerError'],
]
for (const [name, body, code] of bad) test(`refuses ${name}`, () => { assert.throws(() => decode(body), { code }) })

test('refuses a trailer that was not announced', () => {
  assert.throws(() => decode('0\r\na: 1\r\n\r\n', { trailer: false }), { code: 'MalformedTrailerError' })
})
