import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differingIndex, firstDifference, type Difference, type FoundBytes } from '../../src/dataset/comparison.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'

async function* inPieces(bytes: Uint8Array, ...lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const length of lengths) yield bytes.subarray(at, at += length)
  yield bytes.subarray(at)
}

const ten = Uint8Array.from({ length: 10 }, (_, i) => i)
const changed = (...at: readonly number[]): Uint8Array => ten.map((byte, i) => (at.includes(i) ? 0xff : byte))
const from = (offset: number, bytes: Uint8Array): FoundBytes => ({ offset, bytes })

const rows: readonly (readonly [what: string, size: number, found: readonly FoundBytes[], Difference | undefined])[] = [
  ['nothing is read', 10, [], undefined],
  ['all is read and as it should be', 10, [from(0, ten)], undefined],
  ['the first byte differs', 10, [from(0, changed(0))], { offset: 0, expected: 0, found: 255 }],
  ['the last byte differs', 10, [from(0, changed(9))], { offset: 9, expected: 9, found: 255 }],
  ['two bytes differ', 10, [from(0, changed(7, 3))], { offset: 3, expected: 3, found: 255 }],
  ['a range differs', 10, [from(4, changed(5).subarray(4, 7))], { offset: 5, expected: 5, found: 255 }],
  ['ranges in any order, one inside another', 10, [from(6, ten.subarray(6, 8)), from(0, ten.subarray(0, 8)), from(2, changed(2).subarray(2, 3))], { offset: 2, expected: 2, found: 255 }],
  ['what differs lies where nothing was read', 10, [from(0, changed(8).subarray(0, 8))], undefined],
  ['the object is shorter', 8, [from(0, ten.subarray(0, 8))], { offset: 8, expected: 8 }],
  ['the object is empty', 0, [], { offset: 0, expected: 0 }],
  ['the object is longer', 11, [from(0, Uint8Array.from([...ten, 0]))], { offset: 10 }],
]
for (const lengths of [[], [1, 0, 3], [9], [10], [2, 2, 2, 2, 2]]) for (const [what, size, found, expected] of rows) {
  test(`encoded in pieces of ${lengths.join(', ') || 'all'}: ${what}`, async () => {
    const end = found.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes.length), 0)
    assert.deepEqual(await firstDifference(inPieces(ten, ...lengths), { size, end, found: () => found }), expected)
  })
}

test('an empty object of an encoder that gives nothing is as it should be', async () => {
  assert.equal(await firstDifference(inPieces(new Uint8Array(0)), { size: 0, end: 0, found: () => [] }), undefined)
})

test('no more is encoded than is known of the object', async () => {
  let numPieces = 0
  async function* encoded(): AsyncGenerator<Uint8Array> {
    for (const byte of ten) {
      numPieces++
      yield Uint8Array.of(byte)
    }
  }
  assert.equal(await firstDifference(encoded(), { size: 10, end: 4, found: () => [from(3, Uint8Array.of(3))] }), undefined)
  assert.equal(numPieces, 4)
})

test('a long comparison lets others have their turn, and stops when it is told to', async () => {
  const controller = new AbortController()
  setImmediate(() => { controller.abort() })
  let numPieces = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (const piece = new Uint8Array(MiB); ; numPieces++) yield piece
  }
  const { signal } = controller
  await assert.rejects(firstDifference(endless(), { size: 2 ** 40, end: 2 ** 40, found: () => [], signal }), (error) => isFault(error, 'aborted'))
  assert.ok(numPieces <= 8)
})

test('the differing index of arrays of any length is the first', () => {
  for (let length = 0; length < 20; length++) for (let at = 0; at <= length; at++) {
    const a = new Uint8Array(length), b = a.map((_, i) => (i >= at ? 1 : 0))
    assert.equal(differingIndex(a, b), at === length ? undefined : at)
  }
})
