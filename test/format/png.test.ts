import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { unfilter } from '../../src/format/png-filter.ts'
import { pngSignature } from '../../src/format/png-write.ts'
import { png } from '../../src/format/png.ts'
import { headValues } from '../../src/format/tensor-values.ts'
import { crc32 } from '../../src/util/crc.ts'
import { isFault } from '../../src/util/fault.ts'

/** The predictor of each filter, from the unfiltered row and the one above it. */
const predictors: readonly ((row: Uint8Array, above: Uint8Array, i: number) => number)[] = [
  () => 0,
  (row, _, i) => row[i - 1] ?? 0,
  (_, above, i) => above[i]!,
  (row, above, i) => ((row[i - 1] ?? 0) + above[i]!) >> 1,
  (row, above, i) => {
    const [left, over, corner] = [row[i - 1] ?? 0, above[i]!, above[i - 1] ?? 0]
    const near = [left, over, corner].map((value) => Math.abs(left + over - corner - value))
    return near[0]! <= near[1]! && near[0]! <= near[2]! ? left : near[1]! <= near[2]! ? over : corner
  },
]

for (const filter of predictors.keys()) {
  test(`filter ${filter} is taken back`, () => {
    const [length, rows] = [17, 5]
    const original = Uint8Array.from({ length: length * rows }, (_, index) => index * index * 7 + index * 31 & 0xff)
    const filtered = new Uint8Array(rows * (length + 1))
    for (let row = 0; row < rows; row++) {
      const line = original.subarray(row * length, (row + 1) * length)
      const above = row === 0 ? new Uint8Array(length) : original.subarray((row - 1) * length, row * length)
      filtered[row * (length + 1)] = filter
      for (let i = 0; i < length; i++) filtered[row * (length + 1) + 1 + i] = line[i]! - predictors[filter]!(line, above, i)
    }
    assert.equal(unfilter(filtered, length), true)
    for (let row = 0; row < rows; row++) assert.deepEqual(filtered.subarray(row * (length + 1) + 1, (row + 1) * (length + 1)), original.subarray(row * length, (row + 1) * length))
  })
}

test('filter 5 is none', () => { assert.equal(unfilter(Uint8Array.from([5, 0]), 1), false) })

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), data, Buffer.alloc(4)])
  bytes.writeUInt32BE(data.length, 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4)
  return bytes
}

/** A 2 × 2 image; `header`: bit depth, colour type, three methods. */
function image(header: readonly number[], rows: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from(pngSignature), chunk('IHDR', Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, ...header])), chunk('IDAT', zlib.deflateSync(Buffer.from(rows))), chunk('IEND', Buffer.alloc(0))])
}

for (const [what, bytes, dtype, values] of [
  ['8 bits', image([8, 0, 0, 0, 0], [0, 1, 2, 0, 3, 4]), 'uint8', [1, 2, 3, 4]],
  ['8 bits, interlaced', image([8, 0, 0, 0, 1], [0, 1, 0, 2, 0, 3, 4]), 'uint8', [1, 2, 3, 4]],
  ['16 bits', image([16, 0, 0, 0, 0], [0, 1, 2, 3, 4, 0, 5, 6, 7, 8]), 'uint16', [0x102, 0x304, 0x506, 0x708]],
  ['grey with alpha', image([8, 4, 0, 0, 0], [0, 1, 2, 3, 4, 0, 5, 6, 7, 8]), 'uint8', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['4 bits', image([4, 0, 0, 0, 0], [0, 0x0f, 0, 0x18]), 'uint8', [0, 255, 17, 136]],
  ['2 bits', image([2, 0, 0, 0, 0], [0, 0x30, 0, 0x90]), 'uint8', [0, 255, 170, 85]],
  ['1 bit', image([1, 0, 0, 0, 0], [0, 0x40, 0, 0x80]), 'bool', [false, true, true, false]],
  ['palette', image([2, 3, 0, 0, 0], [0, 0x30, 0, 0x90]), 'uint8', [0, 3, 2, 1]],
] as const) {
  test(`${what}: the values as stored`, async () => {
    const reader = await png.open(bytesSource('k', bytes), { numSamples: 1 })
    const sample = await reader.readSample(0)
    assert.deepEqual([sample.dtype, headValues(sample)], [dtype, values])
  })
}

for (const [what, bytes, reason] of [
  ['an interlaced palette', image([2, 3, 0, 0, 1], [0, 0, 0, 0]), 'unsupported'],
  ['3 bits', image([3, 0, 0, 0, 0], [0, 0, 0, 0]), 'damaged'],
  ['colour type 1', image([8, 1, 0, 0, 0], [0, 0, 0, 0]), 'damaged'],
  ['rows that are missing', image([8, 0, 0, 0, 0], [0, 1, 2]), 'damaged'],
  ['few bits of rows that are missing', image([1, 0, 0, 0, 0], [0]), 'damaged'],
  ['an unknown filter', image([1, 0, 0, 0, 0], [7, 0, 0, 0]), 'damaged'],
] as const) {
  test(`${what}: ${reason}`, async () => {
    await assert.rejects(png.open(bytesSource('k', bytes), { numSamples: 1 }), (error) => isFault(error, 'format') && error.info.reason === reason)
  })
}
