import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRange } from '../../src/server/range.ts'

const size = 1009
const good: [header: string, offset: number, length: number][] = [
  ['bytes=0-0', 0, 1], ['bytes=0-', 0, size], ['bytes=0-1008', 0, size], ['bytes=1008-1008', 1008, 1], ['bytes=1008-', 1008, 1],
  ['bytes=5-9', 5, 5], ['bytes=0-999999', 0, size], ['bytes=-1', 1008, 1], ['bytes=-1009', 0, size], ['bytes=-5000', 0, size],
]
for (const [header, offset, length] of good) test(`${header} of ${size} bytes`, () => { assert.deepEqual(parseRange(header, size), { offset, length }) })

const bad: [header: string, size: number, code: string][] = [
  ['bytes=0-0', 0, 'InvalidRange'], ['bytes=-1', 0, 'InvalidRange'], ['bytes=-0', size, 'InvalidRange'], ['bytes=1009-', size, 'InvalidRange'],
  ['bytes=1009-2000', size, 'InvalidRange'], ['bytes=0-1,4-5', size, 'InvalidRange'],
  ['', size, 'InvalidArgument'], ['bytes=', size, 'InvalidArgument'], ['bytes=-', size, 'InvalidArgument'], ['bytes=10', size, 'InvalidArgument'],
  ['bytes=5-4', size, 'InvalidArgument'], ['bytes=a-b', size, 'InvalidArgument'], ['items=0-1', size, 'InvalidArgument'], ['0-1', size, 'InvalidArgument'],
]
for (const [header, length, code] of bad) test(`'${header}' of ${length} bytes is ${code}`, () => { assert.throws(() => parseRange(header, length), { code }) })
