import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, formatSeconds, fromSeconds, GiB, KiB, MiB, parseSize, toSeconds } from '../../src/util/units.ts'

test('the units are powers of 1024', () => { assert.deepEqual([KiB, MiB, GiB], [2 ** 10, 2 ** 20, 2 ** 30]) })

const sizes: [string, number | undefined][] = [
  ['0', 0], ['1', 1], ['4096', 4096], ['8MiB', 8 * MiB], ['8 mib', 8 * MiB], ['64k', 64 * KiB], ['1.5GiB', 1.5 * GiB], ['1MB', 1e6], ['2TiB', 2048 * GiB],
  ['', undefined], ['x', undefined], ['-1', undefined], ['1e3', undefined], ['8 furlongs', undefined], ['1constructor', undefined],
]
for (const [text, bytes] of sizes) test(`parseSize('${text}') is ${bytes}`, () => { assert.equal(parseSize(text), bytes) })

const shown: [number, string][] = [[0, '0 B'], [1, '1 B'], [1023, '1023 B'], [1024, '1.00 KiB'], [65536, '64.0 KiB'], [1.5 * MiB, '1.50 MiB'], [1014 * KiB, '1014 KiB'], [9.9996 * MiB, '10.0 MiB'], [123 * GiB, '123 GiB']]
for (const [bytes, text] of shown) test(`formatBytes(${bytes}) is ${text}`, () => { assert.equal(formatBytes(bytes), text) })

const spans: [number, string][] = [[0, '0 µs'], [4e-6, '4.00 µs'], [0.00412, '4.12 ms'], [1, '1.00 s'], [59.9, '59.9 s'], [65, '1m 05s'], [3600, '60m 00s']]
for (const [seconds, text] of spans) test(`formatSeconds(${seconds}) is ${text}`, () => { assert.equal(formatSeconds(seconds), text) })

test('seconds and nanoseconds are inverse', () => { for (const s of [0, 1, 0.0035, 12345.678]) assert.equal(toSeconds(fromSeconds(s)), s) })
