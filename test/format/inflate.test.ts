import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'

import { inflateMachine } from '../../src/format/inflate-machine.ts'
import { inflate, inflateInto } from '../../src/format/inflate.ts'
import { isFault } from '../../src/util/fault.ts'
import { GiB, KiB, MiB } from '../../src/util/units.ts'

function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['1 byte', Buffer.from([7])],
  ['4 KiB of noise', noise(4 * KiB)],
  ['1 MiB of noise', noise(MiB)],
  ['1 MiB of zeros', Buffer.alloc(MiB)],
  ['40 MiB of zeros', Buffer.alloc(40 * MiB)],
  ['a megabyte of text', Buffer.from('the quick brown fox '.repeat(50_000))],
] as const) {
  for (const level of [0, 1, 9]) {
    test(`${what} at level ${level}`, () => {
      const compressed = zlib.deflateRawSync(bytes, { level })
      assert.ok(bytes.equals(inflate('k', { compressed, offset: 0, size: bytes.length })))
    })
  }
}

test('this Node has the machine that inflates into memory of the caller', () => { assert.ok(inflateMachine()) })

for (const length of [0, 1, 4 * KiB, MiB]) {
  test(`${length} bytes are inflated to where they belong, and nothing beside it`, () => {
    const bytes = noise(length), into = Buffer.alloc(length + 2, 0xee)
    inflateInto('k', { compressed: zlib.deflateSync(bytes), offset: 0 }, into.subarray(1, -1))
    assert.ok(into.equals(Buffer.concat([Buffer.of(0xee), bytes, Buffer.of(0xee)])))
  })
}

const foxes = Buffer.from('the quick brown fox '.repeat(500)), wrapped = zlib.deflateSync(foxes)

for (const [what, given, size] of [
  ['no stream', Buffer.alloc(0), 0],
  ['one byte less than there is', wrapped, 9999],
  ['one byte more than there is', wrapped, 10_001],
  ['half a stream', wrapped.subarray(0, wrapped.length >> 1), 10_000],
  ['a stream without its checksum', wrapped.subarray(0, -4), 10_000],
  ['a stream without the end of its checksum', wrapped.subarray(0, -1), 10_000],
  ['a stream with a wrong checksum', Buffer.concat([wrapped.subarray(0, -1), Buffer.of(wrapped.at(-1)! ^ 1)]), 10_000],
  ['a stream without a wrapper', zlib.deflateRawSync(foxes), 10_000],
  ['more than deflate can expand to', wrapped, wrapped.length * 1033],
] as const) {
  test(`${what} is damaged, and the next stream is inflated as ever`, () => {
    assert.throws(() => { inflateInto('k', { compressed: given, offset: 55 }, new Uint8Array(size)) }, (error) => isFault(error, 'format') && error.info.reason === 'damaged' && error.info.offset === 55)
    const into = Buffer.alloc(foxes.length)
    inflateInto('k', { compressed: wrapped, offset: 0 }, into)
    assert.ok(into.equals(foxes))
  })
}

const compressed = zlib.deflateRawSync(Buffer.from('the quick brown fox '.repeat(500)))

for (const [what, stream, size, reason] of [
  ['no stream', Buffer.alloc(0), 0, 'damaged'],
  ['one byte less than there is', compressed, 9999, 'damaged'],
  ['one byte more than there is', compressed, 10_001, 'damaged'],
  ['nothing, of a stream that has something', compressed, 0, 'damaged'],
  ['a cut stream', compressed.subarray(0, -1), 10_000, 'damaged'],
  ['noise', noise(1000), 10_000, 'damaged'],
  ['more than deflate can expand to', compressed, compressed.length * 1033, 'damaged'],
  ['300 MiB from 300 KiB', Buffer.alloc(300 * KiB), 300 * MiB, 'refused'],
  ['5 GiB', Buffer.alloc(60 * MiB), 5 * GiB, 'unsupported'],
] as const) {
  test(`${what} is ${reason}, and takes no memory to find out`, () => {
    const before = process.memoryUsage().arrayBuffers
    assert.throws(() => inflate('k', { compressed: stream, offset: 55, size }), (error) => isFault(error, 'format') && error.info.reason === reason && error.info.key === 'k')
    assert.ok(process.memoryUsage().arrayBuffers - before < MiB)
  })
}
