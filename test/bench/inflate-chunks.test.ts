import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { inflateChunks } from './inflate-chunks.ts'

test('chunks are inflated in turns until the time is over', () => {
  const chunks = [zlib.deflateSync(Buffer.alloc(1000)), zlib.deflateSync(Buffer.alloc(5000, 'abc'))]
  const { requests, bytes, wallSeconds, cpuSeconds, bytesPerSecond } = inflateChunks(chunks, 0.02)
  assert.ok(wallSeconds! >= 0.02 && cpuSeconds! > 0)
  const pairs = Math.floor(requests! / 2)
  assert.equal(bytes, pairs * (chunks[0]!.length + chunks[1]!.length) + (requests! % 2) * chunks[0]!.length)
  assert.equal(bytesPerSecond, bytes / wallSeconds!)
})

test('what is no deflated chunk is an error, and not a fast one', () => {
  assert.throws(() => inflateChunks([Buffer.from('no chunk')], 0.01))
})
