// Streams by the own program: what zlib takes from it, byte by byte, and nothing that zlib refuses.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import zlib from 'node:zlib'

import { inflate } from '../../src/format/inflate.ts'
import { inflated, inflatedZlib } from '../../src/format/inflater.ts'
import { KiB } from '../../src/util/units.ts'
import { randomOf } from './random.ts'

type Random = (below: number) => number

const contents: Readonly<Record<string, (length: number, random: Random) => Buffer>> = {
  'zeros': (length) => Buffer.alloc(length),
  'noise': (length, random) => Buffer.from(Uint8Array.from({ length }, () => random(256))),
  'float32': (length, random) => {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at + 4 <= length; at += 4) bytes.writeFloatLE((random(2 ** 24) + random(2 ** 24) + random(2 ** 24)) / 2 ** 24 - 1.5, at)
    return bytes
  },
  'digits': (length, random) => Buffer.from(Uint8Array.from({ length }, () => 48 + random(10))),
  // Codes of up to 15 bits, which two looks are needed for.
  'bytes of very different frequency': (length, random) => Buffer.from(Uint8Array.from({ length }, () => Math.min(255, Math.clz32(random(2 ** 31)) * 8 + random(8)))),
  // Of distances and lengths from all of their ranges.
  'repetitions': (length, random) => {
    const bytes = Buffer.alloc(length)
    for (let at = 0; at < length;) {
      const distance = 1 + random(random(3) === 0 ? 16 : 33_000), count = 3 + random(300)
      if (distance > at) bytes[at++] = random(256)
      else for (const end = Math.min(length, at + count); at < end; at++) bytes[at] = bytes[at - distance]!
    }
    return bytes
  },
}

/** Both wrappers; true where both gave exactly these bytes, and said where they end. */
function isTaken(bytes: Buffer, options: zlib.ZlibOptions): boolean {
  const raw = zlib.deflateRawSync(bytes, options), wrapped = zlib.deflateSync(bytes, options)
  const into = Buffer.alloc(bytes.length + 2, 0xee), inside = into.subarray(1, -1)
  const whole = Buffer.concat([Buffer.of(0xee), bytes, Buffer.of(0xee)])
  const behind = Buffer.concat([Buffer.of(1, 2, 3), raw, Buffer.of(4, 5)])
  if (inflated(behind, inside, 3) !== raw.length + 3 || !into.equals(whole)) return false
  inside.fill(0)
  return inflatedZlib(wrapped, inside) === wrapped.length && into.equals(whole)
}

for (const [name, make] of Object.entries(contents)) {
  describe(`streams of ${name}`, () => {
    for (const length of [1, 2, 15, 16, 17, 100, 4095, 4096, 32 * KiB + 1, 64 * KiB, 64 * KiB + 1, 400_000]) {
      for (const strategy of [zlib.constants.Z_DEFAULT_STRATEGY, zlib.constants.Z_HUFFMAN_ONLY, zlib.constants.Z_RLE, zlib.constants.Z_FIXED]) {
        test(`${length} bytes by strategy ${strategy}`, () => {
          const bytes = make(length, randomOf(length))
          for (const options of [{ level: 1 }, { level: 9 }, { level: 6, memLevel: 5 }, { level: 6, windowBits: 9 }]) assert.ok(isTaken(bytes, { ...options, strategy }), JSON.stringify(options))
        })
      }
    }
  })
}

test('blocks of all kinds in one stream', async () => {
  const random = randomOf(7)
  const deflate = zlib.createDeflateRaw()
  const pieces: Buffer[] = [], all: Buffer[] = []
  deflate.on('data', (piece: Buffer) => pieces.push(piece))
  for (let i = 0; i < 60; i++) {
    const bytes = Object.values(contents)[i % 6]!(random(40_000), random)
    all.push(bytes)
    await new Promise<void>((resolve) => { deflate.params(i % 10, [0, 2, 3, 4][i % 4]!, () => { resolve() }) })
    await new Promise<void>((resolve) => { deflate.write(bytes, () => { resolve() }) })
    await new Promise<void>((resolve) => { deflate.flush([zlib.constants.Z_SYNC_FLUSH, zlib.constants.Z_FULL_FLUSH, zlib.constants.Z_PARTIAL_FLUSH][i % 3], () => { resolve() }) })
  }
  deflate.end()
  await once(deflate, 'end')
  const stream = Buffer.concat(pieces), bytes = Buffer.concat(all), into = Buffer.alloc(bytes.length)
  assert.equal(inflated(stream, into), stream.length)
  assert.ok(into.equals(bytes))
})

const text = Buffer.from('the quick brown fox jumps over the lazy dog, and '.repeat(30)), wrapped = zlib.deflateSync(text)

for (const [what, stream, length] of [
  ['no stream', Buffer.alloc(0), 0],
  ['one byte less than there is', wrapped, text.length - 1],
  ['one byte more than there is', wrapped, text.length + 1],
  ['nothing of something', wrapped, 0],
  ['a wrong checksum', Buffer.concat([wrapped.subarray(0, -1), Buffer.of(wrapped.at(-1)! ^ 1)]), text.length],
  ['no wrapper', zlib.deflateRawSync(text), text.length],
  ['a dictionary', zlib.deflateSync(text, { dictionary: Buffer.from('quick brown') }), text.length],
  ['a window above 32 KiB', Buffer.concat([Buffer.of(0x88, 0x1c), wrapped.subarray(2)]), text.length],
  ['a block of type 3', Buffer.concat([wrapped.subarray(0, 2), Buffer.of(0x07, 0, 0, 0, 0, 0)]), 0],
  ['287 literals and lengths', Buffer.concat([wrapped.subarray(0, 2), Buffer.of(0xf5, 0x00, ...Buffer.alloc(80, 0x92))]), 10],
  ['31 distances', Buffer.concat([wrapped.subarray(0, 2), Buffer.of(0x05, 0x1e, ...Buffer.alloc(80, 0x92))]), 10],
  ['a stored block with a wrong complement', Buffer.concat([wrapped.subarray(0, 2), Buffer.of(1, 1, 0, 0xff, 0xff, 65, 0, 66, 0, 66)]), 1],
  ['a stored block that is cut', Buffer.concat([wrapped.subarray(0, 2), Buffer.of(1, 9, 0, 0xf6, 0xff, 65)]), 9],
] as const) {
  test(`${what} is not taken, and the next stream is`, () => {
    assert.throws(() => { assert.equal(zlib.inflateSync(stream).length, length) })
    assert.equal(inflatedZlib(stream, new Uint8Array(length)), undefined)
    const into = Buffer.alloc(text.length)
    assert.equal(inflatedZlib(wrapped, into), wrapped.length)
    assert.ok(into.equals(text))
  })
}

test('a stored block, to its last byte', () => {
  const into = Buffer.alloc(1)
  assert.equal(inflatedZlib(Buffer.of(0x78, 0x9c, 1, 1, 0, 0xfe, 0xff, 65, 0, 66, 0, 66), into), 12)
  assert.equal(into.toString(), 'A')
})

test('a match that begins before the first byte', () => {
  // Fixed codes: length 3 at distance 1, with nothing written.
  assert.equal(inflated(Buffer.of(0x03, 0x02, 0x00, 0x00), new Uint8Array(3)), undefined)
})

/** Its bits, the lowest first. */
const number = (value: number, bits: number): string => Array.from({ length: bits }, (_, bit) => (value >> bit) & 1).join('')

/** A block whose literals are "a" (code 0), its end (10) and a length of 3 (11), and whose only distance, 1, has a code of `distance` bits; then `codes`. */
function fewDistances(distance: 0 | 1, codes: string): Buffer {
  // Codes of lengths: 0, 1, 2 and 18, which is many zeros, have two bits each.
  const lengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].map((symbol) => number([0, 1, 2, 18].includes(symbol) ? 2 : 0, 3)).join('')
  const zeros = (count: number): string => `11${number(count - 11, 7)}`
  const bits = ['1', number(2, 2), number(1, 5), number(0, 5), number(15, 4), lengths, zeros(97), '01', zeros(138), zeros(20), '10', '10', distance === 1 ? '01' : '00', codes].join('')
  return Buffer.from(bits.match(/.{1,8}/g)!.map((byte) => Array.from(byte, (bit, place) => Number(bit) << place).reduce((sum, bit) => sum + bit)))
}

for (const [what, stream, expected] of [
  ['one distance', fewDistances(1, '01100110010'), 'aaaaaaaaa'],
  ['no distance', fewDistances(0, '00010'), 'aaa'],
  ['one distance, and another is used', fewDistances(1, '011110'), undefined],
  ['no distance, and one is used', fewDistances(0, '011010'), undefined],
] as const) {
  test(`a block with ${what}`, () => {
    const into = Buffer.alloc(expected?.length ?? 4)
    assert.equal(inflated(stream, into), expected === undefined ? undefined : stream.length)
    if (expected === undefined) assert.throws(() => zlib.inflateRawSync(stream))
    else assert.deepEqual([into.toString(), zlib.inflateRawSync(stream).toString()], [expected, expected])
  })
}

test('a stream of many short blocks is left to zlib before long', async () => {
  const deflate = zlib.createDeflateRaw()
  const pieces: Buffer[] = []
  deflate.on('data', (piece: Buffer) => pieces.push(piece))
  const bytes = contents['digits']!(100_000, randomOf(3))
  for (let at = 0; at < bytes.length; at += 100) {
    deflate.write(bytes.subarray(at, at + 100))
    await new Promise<void>((resolve) => { deflate.flush(zlib.constants.Z_SYNC_FLUSH, () => { resolve() }) })
  }
  deflate.end()
  await once(deflate, 'end')
  const stream = Buffer.concat(pieces)
  assert.equal(inflated(stream, Buffer.alloc(bytes.length)), undefined)
  assert.ok(bytes.equals(inflate('k', { compressed: stream, offset: 0, size: bytes.length })))
})

test('blocks without end, of nothing', () => {
  // Fixed blocks of 10 bits that hold their end alone.
  const stream = Buffer.from(Uint8Array.from({ length: 4_000_000 }, (_, i) => [0x02, 0x08, 0x20, 0x80, 0x00][i % 5]!))
  assert.equal(inflated(stream, Buffer.alloc(4096)), undefined)
})

test('every cut stream is left to zlib', () => {
  const into = new Uint8Array(text.length)
  for (let length = 0; length < wrapped.length; length++) assert.equal(inflatedZlib(wrapped.subarray(0, length), into), undefined, String(length))
})

test('what is taken of damaged streams, zlib takes too, and gives the same', () => {
  const random = randomOf(11)
  let taken = 0
  for (let round = 0; round < 4000; round++) {
    const make = Object.values(contents)[random(6)]!
    // Most are short; the others take several pieces of input and output.
    const bytes = make(1 + random(round % 40 === 0 ? 200_000 : 3000), random)
    const stream = zlib.deflateRawSync(bytes, { level: random(10), memLevel: 1 + random(9), strategy: random(5) })
    for (let flips = random(3); flips >= 0; flips--) stream[random(random(2) === 0 ? Math.min(stream.length, 60) : stream.length)]! ^= 1 << random(8)
    const into = Buffer.alloc(bytes.length)
    if (inflated(stream, into) === undefined) continue
    taken++
    assert.ok(zlib.inflateRawSync(stream).equals(into), String(round))
  }
  assert.ok(taken > 100, String(taken))
})
