// Lies that checksums do not catch: metadata of every fixture are changed and sealed again, so that what is behind the checks
// is reached. Each input decodes or is a 'format' Fault; nothing else, nothing slow, nothing large.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import { lookup3 } from '../../src/format/hdf5-checksum.ts'
import { hdf5 } from '../../src/format/hdf5.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { MersenneTwister } from '../../src/util/random.ts'
import { MiB } from '../../src/util/units.ts'
import { blocksOf } from '../fuzz/seals.ts'
import { fixture } from '../support/root.ts'

const inputsPerFile = 30

const lies = [0, 1, 2, 3, 7, 0x10, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

async function decodes(bytes: Uint8Array): Promise<void> {
  const source = bytesSource('object', bytes)
  for (const run of [
    async () => {
      const reader = await hdf5.open(source, { numSamples: 1 })
      for (const index of [0, reader.numSamples - 1]) if (index >= 0 && index < reader.numSamples) packedBytes(await reader.readSample(index))
    },
    async () => { await hdf5.inspect(source, { numSamples: 1 }) },
  ]) {
    try {
      await run()
    } catch (error) {
      if (!isFault(error, 'format')) throw error
    }
  }
}

for (const file of readdirSync(fixture('hdf5')).filter((name) => name.endsWith('.hdf5'))) {
  const original = readFileSync(fixture('hdf5', file))
  const blocks = blocksOf(original)
  if (blocks.length === 0) continue
  test(`hdf5/${file}: ${inputsPerFile} lies in ${blocks.length} blocks of metadata`, { timeout: 1000 * Math.max(60, inputsPerFile) }, async () => {
    const random = new MersenneTwister(original.length)
    const below = (limit: number): number => random.interval(limit - 1)
    for (let input = 0; input < inputsPerFile; input++) {
      const bytes = Buffer.from(original)
      const { begin, end, isSealed } = blocks[below(blocks.length)]!
      const at = begin + (isSealed ? 4 : 0) + below(end - begin - 8)
      const width = [1, 2, 4][below(3)]!
      const value = lies[below(lies.length)]!
      if (width === 1) bytes.writeUInt8(value & 0xff, at)
      else if (width === 2) bytes.writeUInt16LE(value & 0xffff, at)
      else bytes.writeUInt32LE(value, at)
      if (isSealed) bytes.writeUInt32LE(lookup3(bytes.subarray(begin, end)), end)
      const before = process.memoryUsage()
      const started = performance.now()
      try {
        await decodes(bytes)
      } catch (error) {
        throw new Error(`input ${input}: ${value} in ${width} bytes at ${at}`, { cause: error })
      }
      const elapsed = performance.now() - started
      const after = process.memoryUsage()
      const grown = after.arrayBuffers - before.arrayBuffers + after.external - before.external
      assert.ok(elapsed < 20_000, `input ${input}: ${elapsed} ms for ${value} in ${width} bytes at ${at}`)
      assert.ok(grown < 2 * (64 * MiB + 4 * bytes.length), `input ${input}: ${grown} bytes for ${value} in ${width} bytes at ${at}`)
    }
  })
}
