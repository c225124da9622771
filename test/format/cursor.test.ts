import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { Cursor } from '../../src/format/cursor.ts'
import { isFault } from '../../src/util/fault.ts'

const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 0, 9])

test('numbers are little-endian and follow each other', () => {
  const cursor = new Cursor('k', bytes, 100)
  assert.deepEqual([cursor.u8(), cursor.u16(), cursor.u32(), cursor.offset, cursor.remaining], [1, 0x0302, 0x07060504, 107, 2])
  cursor.position = 0
  assert.equal(cursor.u64(), 0x0007060504030201)
  assert.deepEqual(cursor.take(1), Uint8Array.from([9]))
})

for (const [what, read] of [
  ['u8', (cursor) => cursor.u8()],
  ['u16', (cursor) => cursor.u16()],
  ['u32', (cursor) => cursor.u32()],
  ['u64', (cursor) => cursor.u64()],
  ['take of 1', (cursor) => cursor.take(1)],
  ['skip of -1', (cursor) => cursor.skip(-1)],
  ['skip of NaN', (cursor) => cursor.skip(Number.NaN)],
  ['skip of 2^53', (cursor) => cursor.skip(2 ** 53)],
  ['expect', (cursor) => { cursor.expect(0, 'thing') }],
] as const satisfies readonly (readonly [string, (cursor: Cursor) => unknown])[]) {
  test(`${what} at the end is a Fault with the object's offset`, () => {
    assert.throws(() => read(new Cursor('k', bytes, 100, 9)), (error) => isFault(error, 'format') && error.info.offset === 109 && error.info.key === 'k')
  })
}

test('an expected signature is stepped over, another one named', () => {
  const cursor = new Cursor('k', bytes, 100)
  cursor.expect(0x04030201, 'thing')
  assert.equal(cursor.position, 4)
  assert.throws(() => { cursor.expect(1, 'thing') }, /k has no thing at 104: found 0x00070605$/)
})

test('2^53 is no size', () => {
  assert.throws(() => new Cursor('k', Uint8Array.from([0, 0, 0, 0, 0, 0, 0x20, 0]), 0).u64(), (error) => isFault(error, 'format'))
})

for (const [offset, length, ok] of [[0, 0, true], [9, 0, true], [0, 9, true], [8, 1, true], [9, 1, false], [0, 10, false], [-1, 1, false], [0, -1, false]] as const) {
  test(`${length} bytes at ${offset} of 9 ${ok ? 'are a view' : 'are a Fault'}`, async () => {
    const reading = bytesSource('k', bytes).read(offset, length)
    if (!ok) {
      await assert.rejects(reading, (error) => isFault(error, 'format'))
      return
    }
    const view = await reading
    assert.deepEqual([view.length, view.buffer], [length, bytes.buffer])
  })
}
