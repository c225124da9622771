// The small parts of the HDF5 format: checksums, filters, boxes, pages.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'

import { copyBox, copyRunsInside, runsOf } from '../../src/format/hdf5-box.ts'
import { arrayLength, rowCopier } from '../../src/format/hdf5-box-program.ts'
import { fletcher32, lookup3 } from '../../src/format/hdf5-checksum.ts'
import { unfiltered, unshuffled } from '../../src/format/hdf5-filters.ts'
import { coalesced, fetchRanges, Missing, Pages } from '../../src/format/hdf5-pages.ts'
import { lzfCompress, lzfDecompress } from '../../src/format/lzf.ts'
import { isFault } from '../../src/util/fault.ts'
import { countingSource } from './counting-source.ts'

/** Filters as the library applies them, by their numbers; elements have four bytes. */
const filtered: Readonly<Record<1 | 2 | 3, (bytes: Uint8Array) => Uint8Array>> = {
  1: (bytes) => zlib.deflateSync(bytes, { level: 1 }),
  2(bytes) {
    const result = Uint8Array.from(bytes)
    const count = bytes.length >> 2
    for (let i = 0; i < 4 * count; i++) result[(i & 3) * count + (i >> 2)] = bytes[i]!
    return result
  },
  3(bytes) {
    const sum = Buffer.alloc(4)
    sum.writeUInt32LE(fletcher32(bytes))
    return Buffer.concat([bytes, sum])
  },
}

for (const [text, sum] of [
  ['', 0xdeadbeef],
  ['Four score and seven years ago', 0x17770551], // of lookup3.c's own self test
] as const) {
  test(`lookup3 of "${text}"`, () => { assert.equal(lookup3(Buffer.from(text)), sum) })
}

for (const [text, sum] of [
  ['', 0],
  ['a', 0x61006100], // one word, 0x6100, in both halves
  ['ab', 0x61626162],
  ['abc', 0x25c5c462], // words 0x6162 and 0x6300: their sum, and 2 × the first + the second
] as const) {
  test(`fletcher32 of "${text}"`, () => { assert.equal(fletcher32(Buffer.from(text)).toString(16), sum.toString(16)) })
}

test('fletcher32 of many large words does not overflow', () => { assert.equal(fletcher32(Buffer.alloc(100_000, 0xff)), 0xffffffff) })

for (const [itemSize, bytes, expected] of [
  [1, [1, 2, 3], [1, 2, 3]],
  [2, [1, 2, 11, 12], [1, 11, 2, 12]],
  [3, [1, 2, 11, 12, 21, 22], [1, 11, 21, 2, 12, 22]],
  [4, [1, 2, 11, 12, 21, 22, 31, 32, 99], [1, 11, 21, 31, 2, 12, 22, 32, 99]],
  [8, [...Array(16).keys()], [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]],
  [4, [1, 2, 3], [1, 2, 3]],
] as const) {
  test(`unshuffled by ${itemSize}: ${bytes.join(' ')}`, () => { assert.deepEqual([...unshuffled(Uint8Array.from(bytes), itemSize)], expected) })
}

for (const [title, bytes, size, expected] of [
  ['nothing', [], 0, ''],
  ['literals', [2, 97, 98, 99], 3, 'abc'],
  ['a copy that overlaps itself', [0, 97, 0x20 | 0, 0], 4, 'aaaa'],
  ['a long copy', [0, 97, 0xe0, 1, 0], 11, 'a'.repeat(11)],
  ['literals that end early', [5, 97], 6, undefined],
  ['a copy from before the beginning', [0, 97, 0x20, 1], 4, undefined],
  ['a copy that ends early', [0, 97, 0x20], 4, undefined],
  ['less than declared', [0, 97], 2, undefined],
  ['more than declared', [2, 97, 98, 99], 2, undefined],
  ['more than it can become', [0, 97], 1 << 30, undefined],
] as const) {
  test(`lzf: ${title}`, () => {
    const result = lzfDecompress(Uint8Array.from(bytes), size)
    assert.equal(result && Buffer.from(result).toString(), expected)
  })
}

for (const [title, bytes, most] of [
  ['4096 zeros', Buffer.alloc(4096), 64],
  ['a long period', Buffer.alloc(50_000, Buffer.from(Array.from({ length: 8000 }, (_, i) => (i * i) >> 3))), 10_000],
  ['text', Buffer.from('the quick brown fox jumps over the lazy dog, '.repeat(200)), 400],
  ['literals and copies in turn', Buffer.from(Array.from({ length: 3000 }, (_, i) => [i & 0xff, i >> 8, 7, 7, 7]).flat()), 15_000],
  ['copies of every length', Buffer.concat(Array.from({ length: 300 }, (_, i) => Buffer.concat([Buffer.alloc(i, 1), Buffer.of(2, 3 + (i & 0x7f), i >> 7)]))), 5000],
] as const) {
  test(`lzf: ${title} become less, and what they were`, () => {
    const compressed = lzfCompress(bytes)
    assert.ok(compressed && compressed.length <= most, `${compressed?.length} bytes`)
    assert.ok(bytes.equals(lzfDecompress(compressed, bytes.length)!))
  })
}

for (const [title, bytes] of [
  ['nothing', Buffer.alloc(0)], ['a byte', Buffer.of(1)], ['three bytes', Buffer.of(1, 1, 1)], ['four kinds', Buffer.of(1, 2, 3, 4)],
  ['every byte twice, in another order', Buffer.from(Array.from({ length: 512 }, (_, i) => (i * (i < 256 ? 1 : 5)) & 0xff))],
] as const) {
  test(`lzf: ${title} cannot become less`, () => { assert.equal(lzfCompress(bytes), undefined) })
}

for (const length of [1, 2, 15, 16, 17, 31, 32, 33, 91, 300]) {
  test(`rows of ${length} bytes are copied within a memory, and nothing beside them`, () => {
    const { bytes, copyRows } = rowCopier()
    bytes.fill(0xee)
    const from = arrayLength + 3, [fromStep, intoStep] = [length + 7, length + 5]
    for (let i = 0; i < 4 * fromStep; i++) bytes[from + i] = 1 + (i % 200)
    copyRows(from, 11, length, 4, fromStep, intoStep)
    const expected = Buffer.alloc(11 + 4 * intoStep + 20, 0xee)
    for (let row = 0; row < 4; row++) for (let i = 0; i < length; i++) expected[11 + row * intoStep + i] = 1 + ((row * fromStep + i) % 200)
    assert.deepEqual(Buffer.from(bytes.slice(0, expected.length)), expected)
  })
}

test('a filter that was skipped is not undone', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  assert.equal(unfiltered([{ id: 1, values: [4] }], { key: 'k', offset: 0, bytes, mask: 1, length: 3 }), bytes)
  assert.throws(() => unfiltered([{ id: 1, values: [4] }], { key: 'k', offset: 0, bytes, mask: 0, length: 3 }), (error) => isFault(error, 'format'))
})

for (const [title, filters] of [
  ['deflate', [1]], ['shuffle and deflate', [2, 1]], ['shuffle, deflate and fletcher32', [2, 1, 3]], ['fletcher32 and deflate', [3, 1]],
  ['fletcher32, shuffle and deflate', [3, 2, 1]], ['shuffle', [2]], ['none', []],
] as const) {
  for (const length of [10, 4096, 3 << 20]) {
    test(`${length} bytes through ${title}, undone in memory that is there and in their own`, () => {
      const original = Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff)
      let bytes: Uint8Array = original
      for (const id of filters) bytes = filtered[id](bytes)
      const chunk = { key: 'k', offset: 0, bytes, mask: 0, length }
      const undo = filters.map((id) => ({ id, values: [4] }))
      const into = new Uint8Array(length + 1)
      assert.equal(unfiltered(undo, chunk, into.subarray(1)).byteOffset, 1)
      assert.ok(Buffer.from(original).equals(into.subarray(1)))
      assert.ok(Buffer.from(original).equals(unfiltered(undo, chunk)))
    })
  }
}

for (const [chunk, shape, corner] of [
  [[2], [5], [4]],
  [[3, 4], [7, 9], [6, 8]],
  [[3, 4], [7, 9], [-1, -2]],
  [[2, 3, 4], [2, 5, 4], [1, 3, 0]],
  [[2, 70], [4, 100], [1, 50]],
  [[1, 2, 400], [3, 3, 500], [2, 2, 200]],
  [[2, 2], [2, 2], [5, 0]],
] as const) {
  for (const itemSize of [1, 4, 8]) {
    test(`a chunk of ${chunk.join(' × ')} × ${itemSize} at ${corner.join(', ')} of ${shape.join(' × ')}`, () => {
      const product = (axes: readonly number[]): number => axes.reduce((count, axis) => count * axis, itemSize)
      const from = Uint8Array.from({ length: product(chunk) }, (_, index) => 1 + (index % 251))
      const found = new Uint8Array(product(shape)), expected = new Uint8Array(product(shape))
      for (let element = 0; element < product(chunk) / itemSize; element++) {
        let rest = element, target = 0, step = 1, inside = true
        for (let axis = chunk.length - 1; axis >= 0; axis--) {
          const at = (rest % chunk[axis]!) + corner[axis]!
          rest = Math.floor(rest / chunk[axis]!)
          if (at < 0 || at >= shape[axis]!) inside = false
          target += at * step
          step *= shape[axis]!
        }
        if (inside) expected.set(from.subarray(element * itemSize, (element + 1) * itemSize), target * itemSize)
      }
      copyBox(from, found, { chunk, shape, corner, itemSize })
      assert.deepEqual(found, expected)

      const { bytes, ...copier } = rowCopier()
      bytes.fill(0)
      bytes.set(from, arrayLength + 5)
      const runs = runsOf({ chunk, shape, corner, itemSize })
      assert.equal(runs === undefined, expected.every((byte) => byte === 0))
      if (runs) copyRunsInside({ bytes, ...copier }, arrayLength + 5, runs)
      assert.deepEqual(bytes.slice(0, expected.length), expected)
      assert.ok(bytes.subarray(expected.length, arrayLength).every((byte) => byte === 0), 'bytes behind the array were written')
    })
  }
}

test('pages are found, told missing, and kept once', async () => {
  const source = countingSource('k', Uint8Array.from({ length: 100_000 }, (_, index) => index % 251))
  const pages = new Pages(source)
  assert.throws(() => pages.view(10, 5), (error) => error instanceof Missing && error.ranges[0]?.offset === 10)
  await fetchRanges(source, pages, () => [{ offset: 10, length: 5 }, { offset: 12, length: 10 }, { offset: 90_000, length: 4 }])
  assert.deepEqual(source.ranges, [{ offset: 10, length: 12 }, { offset: 90_000, length: 4 }])
  assert.deepEqual([...pages.view(14, 4)], [14, 15, 16, 17])
  await fetchRanges(source, pages, () => [{ offset: 0, length: 50_000 }])
  await fetchRanges(source, pages, () => [{ offset: 49_000, length: 1000 }, { offset: 11, length: 1 }, { offset: 90_001, length: 3 }])
  assert.equal(source.ranges.length, 3)
  assert.equal(pages.view(49_999, 1)[0], 49_999 % 251)
  assert.throws(() => pages.view(99_999, 2), (error) => isFault(error, 'format'))
})

for (const [ranges, expected] of [
  [[], []],
  [[[0, 10], [20_000, 5]], [[0, 10], [20_000, 5]]],
  [[[20, 5], [0, 10], [22, 1]], [[0, 25]]],
] as const) {
  test(`ranges ${JSON.stringify(ranges)} become ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(coalesced(ranges.map(([offset, length]) => ({ offset, length }))), expected.map(([offset, length]) => ({ offset, length })))
  })
}
