import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'

import { inflatedMember } from '../../src/format/gzip-member.ts'
import { gunzip } from '../../src/format/gunzip.ts'
import { isFault } from '../../src/util/fault.ts'
import { randomOf } from './random.ts'

const random = randomOf(5)
const digits = Buffer.from(Uint8Array.from({ length: 20_000 }, () => 48 + random(10)))
const plain = zlib.gzipSync(digits)

/** The same stream behind a head that says more. */
function withHead(flags: number, more: readonly number[]): Buffer {
  return Buffer.concat([Buffer.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3, ...more), plain.subarray(10)])
}

for (const [what, file] of [
  ['no more than it must', plain],
  ['extra fields', withHead(4, [3, 0, 1, 2, 3])],
  ['a name', withHead(8, [...Buffer.from('numbers.csv'), 0])],
  ['a comment', withHead(16, [65, 66, 0])],
  ['all of them', withHead(28, [1, 0, 9, 65, 0, 66, 0])],
] as const) {
  test(`a member with ${what}`, () => { assert.ok(digits.equals(inflatedMember(file)!)) })
}

const cut = plain.subarray(0, -1), wrong = Buffer.from(plain)
wrong[plain.length - 5]! ^= 1
const short = Buffer.from(plain)
short.writeUInt32LE(digits.length - 1, plain.length - 4)

for (const [what, file, isSound] of [
  ['no file', Buffer.alloc(0), false],
  ['a head alone', plain.subarray(0, 10), false],
  ['a name without an end', Buffer.concat([Buffer.of(0x1f, 0x8b, 8, 8), Buffer.alloc(40, 65)]), false],
  ['reserved flags', withHead(32, []), false],
  ['a wrong checksum of the head', withHead(2, [0, 0]), false],
  ['a file that is cut', cut, false],
  ['a wrong checksum', wrong, false],
  ['a wrong length', short, false],
  ['two members', Buffer.concat([plain, plain]), true],
  ['zeros behind', Buffer.concat([plain, Buffer.alloc(20)]), true],
  ['few bytes', zlib.gzipSync('123'), true],
  ['bytes that repeat themselves', zlib.gzipSync(Buffer.alloc(10_000)), true],
] as const) {
  test(`${what}: left to zlib, which ${isSound ? 'inflates it' : 'says what is wrong'}`, () => {
    assert.equal(inflatedMember(file), undefined)
    if (isSound) assert.ok(zlib.gunzipSync(file).equals(gunzip('k', file)))
    else assert.throws(() => gunzip('k', file), (error) => isFault(error, 'format') && error.info.reason === 'damaged')
  })
}
