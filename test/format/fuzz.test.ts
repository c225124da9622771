// Mutations of every fixture: each decodes or is a 'format' Fault. Nothing else, nothing slow, nothing large.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bytesSource } from '../../src/format/bytes-source.ts'
import type { Format } from '../../src/format/format.ts'
import { formatNames, loadFormat } from '../../src/format/index.ts'
import { inspectionJson } from '../../src/format/inspection.ts'
import { packedBytes } from '../../src/format/tensor-values.ts'
import { isFault } from '../../src/util/fault.ts'
import { MiB } from '../../src/util/units.ts'
import { fixture } from '../support/root.ts'

/** mulberry32: a seed gives the same mutations on every machine. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Mutation = (bytes: Buffer, random: (below: number) => number) => Buffer

const lies = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

const mutations: Readonly<Record<string, Mutation>> = {
  'bit flips': (bytes, random) => {
    for (let flips = 1 + random(4); flips > 0; flips--) bytes[random(bytes.length)]! ^= 1 << random(8)
    return bytes
  },
  truncation: (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  // Where headers are: the beginning and the end.
  'lying numbers': (bytes, random) => {
    if (bytes.length < 8) return bytes
    const near = Math.min(bytes.length - 4, 260)
    for (let count = 1 + random(3); count > 0; count--) {
      const at = random(2) === 0 ? random(near) : bytes.length - 4 - random(near)
      const value = lies[random(lies.length)]!
      if (random(2) === 0) bytes.writeUInt32LE(value, at)
      else bytes.writeUInt16LE(value & 0xffff, at)
    }
    return bytes
  },
  'text in headers': (bytes, random) => {
    const text = ['9', '(', "'", '}', 'L', ',', '\\', '<O', ' -', '\0'][random(10)]!
    if (bytes.length > 4) bytes.write(text, random(Math.min(bytes.length - 2, 300)), 'latin1')
    return bytes
  },
  'pieces moved': (bytes, random) => {
    const [from, to] = [random(bytes.length), random(bytes.length)]
    bytes.copy(bytes, to, from, Math.min(bytes.length, from + 1 + random(64)))
    return bytes
  },
}

async function decodes(format: Format, bytes: Uint8Array): Promise<boolean> {
  const source = bytesSource('object', bytes)
  let read = true
  try {
    const reader = await format.open(source, { numSamples: 1 })
    for (const index of [0, reader.numSamples - 1]) if (index >= 0 && index < reader.numSamples) packedBytes(await reader.readSample(index))
  } catch (error) {
    if (!isFault(error, 'format')) throw error
    read = false
  }
  try {
    inspectionJson(format.name, source.size, await format.inspect(source, { numSamples: 1 }))
  } catch (error) {
    if (!isFault(error, 'format')) throw error
  }
  return read
}

for (const name of formatNames) {
  // Inflating 32 MiB thousands of times proves nothing more than once: the fixtures' own test reads it.
  const files = readdirSync(fixture(name)).filter((file) => file.endsWith(`.${name}`) && !file.includes('32mib') && !file.includes('many-members'))
  const inputsPerFile = Math.ceil(1200 / files.length)
  for (const [kind, mutate] of Object.entries(mutations)) {
    test(`${name}: ${files.length} files × ${inputsPerFile} × ${kind}`, { timeout: 60_000 }, async () => {
      const format = await loadFormat(name)
      let [decoded, worst] = [0, 0]
      for (const [fileIndex, file] of files.entries()) {
        const original = readFileSync(fixture(name, file))
        for (let seed = 0; seed < inputsPerFile; seed++) {
          const input = original.length === 0 ? original : mutate(Buffer.from(original), randomOf(fileIndex * 1000 + seed))
          const before = process.memoryUsage().arrayBuffers
          try {
            if (await decodes(format, input)) decoded++
          } catch (error) {
            throw new Error(`${file}, seed ${seed}`, { cause: error })
          }
          worst = Math.max(worst, process.memoryUsage().arrayBuffers - before)
        }
      }
      assert.ok(worst < 64 * MiB, `${worst} bytes of buffers for one small input`)
      assert.ok(decoded > 0 || kind === 'truncation', 'no mutation was harmless: the test reaches nothing behind the first check')
    })
  }
}

/** A file whose every 4-byte word near the headers is lied about, one after the other: nothing is left to chance. */
for (const [name, file] of [['npz', 'stored.npz'], ['npz', 'deflated.npz'], ['npz', 'zip64-extra.npz'], ['npy', 'v2-float32.npy']] as const) {
  test(`${name}/${file}: every word of the headers replaced by each lie`, { timeout: 60_000 }, async () => {
    const format = await loadFormat(name)
    const original = readFileSync(fixture(name, file))
    for (let at = 0; at + 4 <= original.length; at++) {
      if (at === 240) at = Math.max(at, original.length - 300)
      for (const value of [0, 0x7fffffff, 0xffffffff]) {
        const input = Buffer.from(original)
        input.writeUInt32LE(value, at)
        await decodes(format, input)
      }
    }
  })
}
